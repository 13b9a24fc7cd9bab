import ctypes
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from stitchkit_proposals import SelectiveSearch, SelectiveSearchConfig
from stitchkit_proposals.opencv import selective_search
from torchvision.ops import box_iou

from stitchkit.errors import InputError
from stitchkit.plugins import find
from stitchkit.proposals import Proposed, recall


def picture(dataset, index: int = 0) -> np.ndarray:
    return dataset[index]["image"].permute(1, 2, 0).numpy()


@pytest.fixture
def search(tmp_path: Path) -> Callable[..., SelectiveSearch]:
    return lambda **options: SelectiveSearch(SelectiveSearchConfig(root=tmp_path, threads=1, **options))


def test_the_recipe_finds_it_by_name() -> None:
    assert find("proposals", "selective_search") is SelectiveSearch


def test_it_finds_the_blocks(search, blocks, capsys: pytest.CaptureFixture[str]) -> None:
    dataset, proposals = blocks(3), search()
    proposals.prepare(dataset)
    assert "proposals: recall 1.000 of 6 objects at IoU 0.5" in capsys.readouterr().err
    assert recall(proposals, dataset, 0.8).fraction == 1.0
    assert Proposed(dataset, proposals)[2]["proposals"].dtype == torch.float32


@pytest.mark.parametrize("longest", [None, 60])
def test_boxes_are_distinct_inside_the_picture_and_large_enough(blocks, longest: int | None) -> None:
    boxes = selective_search(picture(blocks()), longest, 20)
    assert boxes.dtype == np.uint16
    assert len({tuple(box) for box in boxes.tolist()}) == len(boxes)
    assert [0, 0, 120, 90] in boxes.tolist()  # the whole picture, at its own scale
    assert (boxes[:, 2:].astype(int) - boxes[:, :2] >= 20).all()
    assert (boxes[:, 2:] <= [120, 90]).all()
    assert len(selective_search(picture(blocks()), longest, 1)) > len(boxes)


def test_large_boxes_come_first_on_the_whole(blocks) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    boxes = selective_search(noise, None, 1).astype(int)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    quarter = len(areas) // 4
    assert quarter > 20
    assert np.median(areas[:quarter]) > 2 * np.median(areas[-quarter:])
    assert (np.diff(areas) > 0).any()  # but not by size alone


def test_equal_pictures_get_equal_boxes_whatever_the_state_of_rand(blocks) -> None:
    if sys.platform == "win32":
        pytest.skip("rand is set through the C library of POSIX systems")
    found: list[list[list[int]]] = []
    for state in (1, 7):
        ctypes.CDLL(None).srand(state)
        found.append(selective_search(picture(blocks()), None, 20).tolist())
    assert found[0] == found[1]


def test_another_process_finds_the_same_boxes() -> None:
    code = """
import hashlib
import numpy as np
from stitchkit_proposals.opencv import selective_search
from torchvision.ops import box_iou
noise = np.random.default_rng(3).integers(0, 256, (40, 60, 3), dtype=np.uint8)
print(hashlib.sha256(selective_search(noise, None, 5).tobytes()).hexdigest())
"""
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    noise = np.random.default_rng(3).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    boxes = selective_search(noise, None, 5)
    assert len(boxes) > 10
    assert hashlib.sha256(boxes.tobytes()).hexdigest() == other.stdout.strip()


def test_the_number_of_threads_changes_nothing(tmp_path: Path, blocks) -> None:
    dataset, found = blocks(5), []
    for threads in (1, 3):
        config = SelectiveSearchConfig(root=tmp_path / str(threads), threads=threads)
        proposals = SelectiveSearch(config)
        proposals.make(dataset)
        found.append([proposals.boxes(dataset, i).tolist() for i in range(5)])
    assert found[0] == found[1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 3), (60, 80)])
def test_pictures_without_anything_to_see_are_one_box(shape: tuple[int, int]) -> None:
    flat = np.full((*shape, 3), 77, np.uint8)
    assert selective_search(flat, None, 1).tolist() == [[0, 0, shape[1], shape[0]]]
    assert selective_search(flat, None, 100).shape == (0, 4)


def test_grey_pictures_are_searched(blocks) -> None:
    grey = picture(blocks()).mean(axis=2, keepdims=True).astype(np.uint8).repeat(3, axis=2)
    assert len(selective_search(grey, None, 20))


def test_an_interrupted_search_goes_on_where_it_stopped(search, blocks, tmp_path: Path) -> None:
    dataset, proposals = blocks(6), search()
    dataset.broken = 4
    with pytest.raises(KeyboardInterrupt):
        proposals.make(dataset)
    kept = sorted(file.name for file in proposals.folder(dataset).iterdir())
    assert kept == [f"{index:06d}.npy" for index in range(len(kept))]
    assert 1 <= len(kept) < 4

    dataset.broken = None
    dataset.read.clear()
    proposals.make(dataset)
    assert dataset.read == list(range(len(kept), 6))
    assert len(list(tmp_path.rglob("*"))) == 7  # one folder, six files, nothing half-written


def test_each_frame_is_searched_once_whatever_the_limit(search, blocks) -> None:
    dataset = blocks(2)
    search().make(dataset)
    dataset.read.clear()
    few = search(limit=3)
    few.make(dataset)
    assert dataset.read == []
    assert torch.equal(few.boxes(dataset, 1), search().boxes(dataset, 1)[:3])


def test_each_split_and_setting_has_a_folder_of_its_own(search, blocks) -> None:
    train, test = blocks(2), blocks(2, "test")
    folders = {search().folder(train), search().folder(test)}
    folders |= {search(longest=None).folder(train), search(smallest=5).folder(train)}
    assert len(folders) == 4
    assert search(limit=3).folder(train) in folders


def test_the_fingerprint_is_of_what_changes_the_boxes(tmp_path: Path) -> None:
    def fingerprint(**options: object) -> str:
        return SelectiveSearch(SelectiveSearchConfig.model_validate(options)).fingerprint

    first = fingerprint()
    assert fingerprint(root=tmp_path, threads=3) == first
    others = {fingerprint(limit=3), fingerprint(longest=None), fingerprint(smallest=5)}
    assert len(others | {first}) == 4


def test_boxes_are_kept_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STITCHKIT_CACHE", str(tmp_path))
    assert SelectiveSearchConfig().folder == tmp_path / "proposals"
    monkeypatch.delenv("STITCHKIT_CACHE")
    assert SelectiveSearchConfig().folder.parts[-2:] == ("stitchkit", "proposals")


def test_missing_and_damaged_boxes_are_named(search, blocks) -> None:
    dataset, proposals = blocks(2), search()
    with pytest.raises(InputError, match="no proposals of frame 2008_000001; run again"):
        proposals.boxes(dataset, 1)
    proposals.make(dataset)
    file = proposals.folder(dataset) / "000001.npy"
    whole = file.read_bytes()
    np.save(file, np.zeros((3, 5)))
    for damage in (whole[:-3], b"", b"no array", file.read_bytes()):
        file.write_bytes(damage)
        with pytest.raises(InputError, match=r"000001\.npy: .*remove this file and run again"):
            proposals.boxes(dataset, 1)


def test_a_place_that_cannot_be_written_is_named(blocks, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    proposals = SelectiveSearch(SelectiveSearchConfig(root=tmp_path / "file", threads=1))
    with pytest.raises(InputError, match=r"proposals cannot be stored.*another folder as root"):
        proposals.make(blocks(1))


def test_an_opencv_without_selective_search_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remedy = "pip install --force-reinstall --no-deps opencv-contrib-python"
    monkeypatch.delattr(cv2.ximgproc.segmentation, "createSelectiveSearchSegmentation")
    with pytest.raises(InputError, match=f"another distribution of OpenCV.*{remedy}"):
        SelectiveSearch(SelectiveSearchConfig())
    monkeypatch.delattr(cv2, "ximgproc")
    with pytest.raises(InputError, match=remedy):
        SelectiveSearch(SelectiveSearchConfig())
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(InputError, match=f"OpenCV cannot be imported.*{remedy}"):
        SelectiveSearch(SelectiveSearchConfig())


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"longest": 10}, {"smallest": 0}, {"threads": 0}, {"k": 50}])
def test_wrong_options_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        SelectiveSearchConfig.model_validate(wrong)


def test_most_objects_of_real_frames_are_found(real_data: Callable[[str], Path]) -> None:
    folder = real_data("voc2008")
    rows = (folder / "attribute_data" / "apascal_train.txt").read_text().splitlines()
    here = [row.split() for row in rows if (folder / "JPEGImages" / row.split()[0]).is_file()]
    frames = sorted({row[0] for row in here})[:5]
    found = []
    for name in frames:
        image = np.asarray(Image.open(folder / "JPEGImages" / name).convert("RGB"))
        boxes = torch.from_numpy(selective_search(image, 250, 20).astype(np.float32))
        objects = torch.tensor([[float(edge) for edge in row[2:6]] for row in here if row[0] == name])
        found += (box_iou(objects - torch.tensor([1, 1, 0, 0]), boxes).amax(1) >= 0.5).tolist()
    assert len(found) >= 5
    assert sum(found) >= 0.75 * len(found)

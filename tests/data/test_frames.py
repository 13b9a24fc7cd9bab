import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from stitchkit.data import VOID, Depth, Labels, Normals
from stitchkit.data.frame_dataset import FrameDataset
from stitchkit.data.frame_writer import FrameWriter
from stitchkit.data.frames import FrameFolder
from stitchkit.errors import InputError

CLASSES = ("wall", "floor", "lamp")
SIZE = (12, 16)


def arrays(number: int) -> dict[str, Any]:
    random = np.random.default_rng(number)
    normals = random.normal(size=(*SIZE, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    depth = random.uniform(0.5, 9.0, SIZE).astype(np.float32)
    normals[0, 0] = 0
    depth[0, 0] = 0
    return {
        "image": random.integers(0, 256, (*SIZE, 3), dtype=np.uint8),
        "labels": random.integers(0, 4, SIZE, dtype=np.uint8),
        "depth": depth,
        "normals": normals,
    }


def writer(root: Path, **changes: Any) -> FrameWriter:
    options = {
        "name": "toy",
        "classes": CLASSES,
        "size": SIZE,
        "normals_source": "drawn at random",
        **changes,
    }
    return FrameWriter(root, **options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A full-precision folder: frames 1 to 4, the last one for the test."""
    root = tmp_path / "toy"
    frames = writer(root, published=["labels"], label_source="made up")
    for number in range(1, 5):
        frames.write(number, **arrays(number))
    frames.finish({"train": [1, 2, 3], "test": [4]}, {1: "kitchen 1", 2: "kitchen 1", 3: "attic", 4: "hall"})
    return root


@pytest.fixture
def coarse(tmp_path: Path) -> Path:
    """One frame of 4 x 6 with 8-bit maps of half that size, described with scales and offsets."""
    root = tmp_path / "coarse"
    for name in ("image", "depth", "normal"):
        (root / name).mkdir(parents=True)
    Image.fromarray(np.arange(72, dtype=np.uint8).reshape(4, 6, 3)).save(root / "image" / "0001.jpg")
    Image.fromarray(np.array([[0, 10, 20], [30, 40, 255]], np.uint8)).save(root / "depth" / "0001.png")
    normals = np.full((2, 3, 3), 128, np.uint8)
    normals[0, 0] = (248, 128, 128)
    normals[0, 1] = 0
    normals[1, :, 2] = 8
    Image.fromarray(normals).save(root / "normal" / "0001.png")
    described = {
        "name": "coarse",
        "image": {"path": "image/{:04d}.jpg", "size": [4, 6]},
        "depth": {"path": "depth/{:04d}.png", "size": [2, 3], "scale": 0.04, "offset": 0.02, "unit": "metre"},
        "normal": {"path": "normal/{:04d}.png", "size": [2, 3], "scale": 1 / 120, "offset": -128 / 120},
        "splits": {"train": "train.txt"},
    }
    (root / "train.txt").write_text("0001\n")
    (root / "dataset.json").write_text(json.dumps(described))
    return root


def change(root: Path, **entries: Any) -> None:
    path = root / "dataset.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def test_what_was_written_is_read(folder: Path) -> None:
    given, read = arrays(2), FrameFolder(folder).read(2)
    assert (type(read["labels"]), type(read["depth"]), type(read["normals"])) == (Labels, Depth, Normals)
    np.testing.assert_array_equal(read["image"].permute(1, 2, 0).numpy(), given["image"])
    np.testing.assert_array_equal(
        read["labels"].numpy(), np.where(given["labels"], given["labels"] - 1, VOID)
    )
    np.testing.assert_array_equal(read["depth"].numpy(), given["depth"])
    np.testing.assert_allclose(read["normals"].permute(1, 2, 0).numpy(), given["normals"], atol=5e-4)
    assert read["normals"][:, 0, 0].tolist() == [0, 0, 0]
    lengths = torch.linalg.vector_norm(read["normals"], dim=0).flatten()[1:]
    torch.testing.assert_close(lengths, torch.ones_like(lengths), rtol=0, atol=1e-6)


def test_stored_normals_are_within_the_documented_angle(folder: Path) -> None:
    given, read = (
        arrays(3)["normals"],
        FrameFolder(folder).read(3)["normals"].permute(1, 2, 0).double().numpy(),
    )
    sine = np.linalg.norm(np.cross(given.astype(np.float64), read), axis=-1)
    assert np.degrees(np.arcsin(sine)).max() < 0.04


def test_splits_groups_and_targets_are_those_of_the_folder(folder: Path) -> None:
    frames = FrameFolder(folder)
    assert frames.split("train") == [1, 2, 3]
    assert [frames.group(number) for number in (1, 2, 3)] == ["kitchen 1", "kitchen 1", "attic"]
    targets = frames.targets()
    assert list(targets) == ["labels", "depth", "normals"]
    assert (targets["labels"].classes, targets["labels"].published) == (CLASSES, True)
    assert (targets["normals"].source, targets["normals"].published) == ("drawn at random", False)


def test_dataset_follows_the_folder(folder: Path) -> None:
    data = FrameDataset(FrameFolder(folder), "train", crop=(2, 10, 3, 16))
    assert (len(data), data.key(1), data.group(1)) == (3, "0002", "kitchen 1")
    assert {key: tuple(value.shape) for key, value in data[0].items()} == {
        "image": (3, 8, 13),
        "labels": (8, 13),
        "depth": (8, 13),
        "normals": (3, 8, 13),
    }
    assert data.fingerprint == FrameDataset(FrameFolder(folder), "train", (2, 10, 3, 16)).fingerprint
    assert data.fingerprint != FrameDataset(FrameFolder(folder), "train").fingerprint


def test_scales_offsets_and_sizes_of_8_bit_maps(coarse: Path) -> None:
    read = FrameFolder(coarse).read(1)
    assert set(read) == {"image", "depth", "normals"}
    metres = torch.tensor([[0.02, 0.42, 0.82], [1.22, 1.62, 10.22]])
    torch.testing.assert_close(
        read["depth"].as_subclass(torch.Tensor), metres.repeat_interleave(2, 0).repeat_interleave(2, 1)
    )
    normals = read["normals"]
    assert normals[:, 0, 0].tolist() == normals[:, 1, 1].tolist() == [1, 0, 0]
    assert normals[:, 0, 2].tolist() == [0, 0, 0], "the invalid triple"
    assert normals[:, 0, 4].tolist() == [0, 0, 0], "a vector without length"
    assert normals[:, 3, 5].tolist() == [0, 0, -1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_crop_is_a_part_of_the_whole(coarse: Path, data: st.DataObject) -> None:
    top, bottom = sorted(data.draw(st.lists(st.integers(0, 4), min_size=2, max_size=2, unique=True)))
    left, right = sorted(data.draw(st.lists(st.integers(0, 6), min_size=2, max_size=2, unique=True)))
    whole, part = FrameFolder(coarse).read(1), FrameFolder(coarse).read(1, (top, bottom, left, right))
    for key, value in part.items():
        assert torch.equal(value, whole[key][..., top:bottom, left:right]), key


def test_writing_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first = writer(tmp_path)
    first.write(1, **arrays(1))
    with pytest.raises(InputError, match=r"dataset\.json"):
        FrameFolder(tmp_path)
    second = writer(tmp_path)
    assert (second.done(1), second.done(2)) == (True, False)
    (tmp_path / "depth" / "0001.npy").unlink()
    assert not second.done(1), "a frame counts only when all its files are there"
    second.write(1, **arrays(1))
    second.finish({"train": [1]})
    assert FrameFolder(tmp_path).split("train") == [1]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "classes.txt",
        "dataset.json",
        "train.txt",
    ]


def test_frames_of_other_options_are_not_mixed(tmp_path: Path) -> None:
    writer(tmp_path)
    with pytest.raises(InputError, match="other options"):
        writer(tmp_path, normals_source="elsewhere")


def test_a_finished_folder_is_not_written_again(folder: Path) -> None:
    with pytest.raises(InputError, match="finished"):
        writer(folder)


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = writer(tmp_path)
    write = Path.write_bytes

    def fill(path: Path, content: bytes) -> int:
        if "0001.npy" not in path.name:
            return write(path, content)
        write(path, content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(InputError, match=r"depth.0001\.npy: cannot be written \(No space left on device\)"):
        frames.write(1, **arrays(1))
    assert not frames.done(1)
    assert [path.name for path in (tmp_path / "depth").iterdir()] == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": np.zeros(SIZE)}, r"depth must be float32 \[12, 16\], but got float64"),
        ({"image": np.zeros((3, *SIZE), np.uint8)}, r"image must be uint8 \[12, 16, 3\]"),
        ({"labels": np.full(SIZE, 4, np.uint8)}, "label 4, but there are 3 classes"),
    ],
)
def test_wrong_arrays_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        writer(tmp_path).write(1, **{**arrays(1), **changes})


def test_a_split_of_unwritten_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frame 7 has not been written"):
        writer(tmp_path).finish({"train": [7]})


def test_the_fingerprint_follows_the_files_of_its_split(folder: Path) -> None:
    frames = FrameFolder(folder)
    before = frames.fingerprint("train"), frames.fingerprint("test")
    picture = folder / "image" / "0004.png"
    Image.fromarray(255 - arrays(4)["image"]).save(picture)
    assert frames.fingerprint("train") == before[0]
    assert frames.fingerprint("test") != before[1]


@pytest.mark.parametrize(
    "entry",
    [
        {"image": {"path": "../image/{:04d}.png", "size": SIZE}},
        {"image": {"path": "/image/{:04d}.png", "size": SIZE}},
        {"image": {"path": "C:\\image\\{:04d}.png", "size": SIZE}},
        {"image": {"path": "image/{.__class__}.png", "size": SIZE}},
        {"image": {"path": "image/{:9999999d}.png", "size": SIZE}},
        {"image": {"path": "image/one.png", "size": SIZE}},
        {"image": {"path": "image/{:04d}.png", "size": [0, 16]}},
        {"splits": {"train": "../../train.txt"}},
        {"depth": {"path": "depth/{:04d}.npy", "size": SIZE, "scale": float("nan")}},
        {"label": {"path": "label/{:04d}.png", "size": SIZE, "classes": "classes.txt", "void": 255}},
        {"name": None},
    ],
)
def test_a_description_that_leads_astray_is_refused(folder: Path, entry: dict[str, Any]) -> None:
    change(folder, **entry)
    with pytest.raises(InputError, match=rf"dataset\.json: {next(iter(entry))}"):
        FrameFolder(folder)


def test_unknown_keys_of_a_description_are_notes(folder: Path) -> None:
    change(folder, remark="measured in spring")
    assert FrameFolder(folder).description.name == "toy"


def test_broken_files_are_named(folder: Path) -> None:
    def refused(message: str, number: int = 1) -> None:
        with pytest.raises(InputError, match=message) as caught:
            FrameFolder(folder).read(number)
        assert "\n" not in str(caught.value)

    picture = folder / "image" / "0001.png"
    picture.write_bytes(picture.read_bytes()[:-200])
    refused(r"image.0001\.png: ")
    Image.fromarray(np.zeros((5, 4, 3), np.uint8)).save(picture)
    refused(r"image.0001\.png: must be 12 x 16 \(height x width\), but got 5 x 4")
    Image.fromarray(np.zeros(SIZE, np.uint8)).save(picture)
    refused(r"image.0001\.png: must have 3 channels, but its mode is L")
    picture.write_text("no picture")
    refused(r"image.0001\.png: cannot identify")
    picture.unlink()
    refused(r"image.0001\.png: no such file")
    depth = folder / "depth" / "0002.npy"
    depth.write_bytes(depth.read_bytes()[:-1])
    refused(r"depth.0002\.npy", 2)
    np.save(depth, np.array([None]), allow_pickle=True)
    refused(r"depth.0002\.npy", 2)
    np.save(depth, np.zeros((3, 3), np.float32))
    refused(r"depth.0002\.npy: must be numbers \[12, 16\], but got float32 \[3, 3\]", 2)
    Image.fromarray(np.full(SIZE, 9, np.uint8)).save(folder / "label" / "0003.png")
    refused(r"label.0003\.png: label 9 in frame 3, but classes\.txt names 3 classes", 3)


def test_bad_lists_are_named(folder: Path) -> None:
    def refused(message: str) -> None:
        with pytest.raises(InputError, match=message):
            FrameFolder(folder).split("train")

    (folder / "train.txt").write_text("1\n17\n")
    refused(r"train\.txt: names frame 17, but there is no image/0017\.png")
    (folder / "train.txt").write_text("1\n1\n")
    refused("each frame once")
    (folder / "train.txt").write_text("one\n")
    refused("every line must be a frame number")
    (folder / "train.txt").unlink()
    refused(r"train\.txt: cannot be read")
    with pytest.raises(InputError, match="unknown split 'tests'; did you mean 'test'"):
        FrameFolder(folder).split("tests")
    (folder / "groups.txt").write_text("nonsense\n")
    with pytest.raises(InputError, match=r"groups\.txt: every line must be a frame number and a group"):
        FrameFolder(folder).group(1)


def test_missing_folder_and_broken_description(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        FrameFolder(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"dataset\.json: cannot be read"):
        FrameFolder(tmp_path)
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(InputError, match=r"dataset\.json: Invalid JSON"):
        FrameFolder(tmp_path)


def test_a_crop_outside_the_image_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"no crop \(0, 13, 0, 16\) in images of 12 x 16"):
        FrameFolder(folder).read(1, (0, 13, 0, 16))

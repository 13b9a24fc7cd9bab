from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy.io import savemat
from stitchkit_proposals import ProposalFiles, ProposalFilesConfig
from torchvision.ops import box_iou

from stitchkit.errors import InputError
from stitchkit.plugins import find
from stitchkit.proposals import Proposed

KEYS = ["2008_000000", "2008_000001"]


def cells(*items: Any) -> np.ndarray:
    array = np.empty((len(items), 1), object)
    array[:, 0] = items
    return array


def save_npz(file: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(file, allow_pickle=True, **arrays)


def read(path: Path, **options: Any) -> ProposalFiles:
    return ProposalFiles(ProposalFilesConfig(path=path, **options))


@pytest.fixture
def mat(tmp_path: Path) -> Path:
    """Two frames in the layout of Fast R-CNN: y1, x1, y2, x2, counted from 1, ends included."""
    boxes = cells(np.array([[2, 3, 11, 23], [1, 1, 90, 120]], np.uint16), np.zeros((0, 0)))
    savemat(tmp_path / "voc_2008_train.mat", {"boxes": boxes, "images": cells(*KEYS)})
    return tmp_path / "voc_2008_train.mat"


def test_the_recipe_finds_it_by_name() -> None:
    assert find("proposals", "proposal_files") is ProposalFiles


def test_mat_boxes_become_edges(mat: Path, blocks) -> None:
    proposals, dataset = read(mat), blocks(2)
    proposals.prepare(dataset)
    assert proposals.boxes(dataset, 0).tolist() == [[2, 1, 23, 11], [0, 0, 120, 90]]
    assert proposals.boxes(dataset, 1).shape == (0, 4)
    assert Proposed(dataset, proposals)[0]["proposals"].dtype == torch.float32


def test_edges_have_the_overlaps_that_inclusive_boxes_have_in_voc(tmp_path: Path, blocks) -> None:
    start = np.random.default_rng(0).integers(1, 30, (12, 2))
    inclusive = np.concatenate([start, start + np.random.default_rng(1).integers(0, 40, (12, 2))], axis=1)
    savemat(tmp_path / "x.mat", {"boxes": cells(inclusive.astype(float)), "images": cells(KEYS[0])})
    edges = read(tmp_path / "x.mat").boxes(blocks(1), 0)

    first, second = inclusive[:, None], inclusive[None]
    low, high = np.maximum(first, second)[..., :2], np.minimum(first, second)[..., 2:]
    shared = (high - low + 1).clip(0).prod(-1)
    area = (inclusive[:, 2:] - inclusive[:, :2] + 1).prod(-1)
    expected = shared / (area[:, None] + area[None] - shared)
    np.testing.assert_allclose(box_iou(edges, edges).numpy(), expected, rtol=1e-6)


def test_images_may_be_written_as_paths(tmp_path: Path, blocks) -> None:
    names = cells(r"C:\VOC\JPEGImages\2008_000000.jpg", "JPEGImages/2008_000001.jpg")
    box = np.array([[1, 1, 5, 5]])
    savemat(tmp_path / "x.mat", {"boxes": cells(box, 2 * box), "images": names})
    assert read(tmp_path / "x.mat").boxes(blocks(2), 1).tolist() == [[1, 1, 10, 10]]


def test_npz_arrays_are_edges_already(tmp_path: Path, blocks) -> None:
    arrays = {KEYS[0]: np.array([[0.5, 1, 20, 30], [2, 2, 4, 4]]), KEYS[1]: np.empty((0, 4))}
    save_npz(tmp_path / "x.npz", arrays)
    proposals = read(tmp_path / "x.npz")
    assert proposals.boxes(blocks(2), 0).tolist() == arrays[KEYS[0]].tolist()
    assert proposals.boxes(blocks(2), 1).shape == (0, 4)
    assert read(tmp_path / "x.npz", limit=1).boxes(blocks(2), 0).tolist() == [[0.5, 1, 20, 30]]


def test_a_folder_joins_its_files(mat: Path, blocks) -> None:
    save_npz(mat.parent / "more.npz", {"2008_000002": np.array([[0, 0, 7, 7]])})
    (mat.parent / "notes.txt").write_text("nothing of interest")
    proposals, dataset = read(mat.parent), blocks(3)
    proposals.make(dataset)
    assert [len(proposals.boxes(dataset, i)) for i in range(3)] == [2, 0, 1]

    save_npz(mat.parent / "same.npz", {KEYS[1]: np.array([[0, 0, 7, 7]])})
    with pytest.raises(InputError, match=r"voc_2008_train\.mat: frame 2008_000001 is in another file"):
        read(mat.parent)


def test_what_a_caller_does_to_boxes_stays_with_the_caller(mat: Path, blocks) -> None:
    proposals, dataset = read(mat), blocks(1)
    proposals.boxes(dataset, 0).zero_()
    assert proposals.boxes(dataset, 0)[0].tolist() == [2, 1, 23, 11]


def test_frames_without_boxes_are_counted_and_the_first_is_named(mat: Path, blocks) -> None:
    proposals, dataset = read(mat), blocks(4)
    with pytest.raises(InputError, match=r"no proposals of frame 2008_000002, 2 of 4 frames lack them"):
        proposals.prepare(dataset)
    with pytest.raises(InputError, match="no proposals of frame 2008_000003"):
        proposals.boxes(dataset, 3)


def test_boxes_of_another_data_set_are_refused(tmp_path: Path, blocks) -> None:
    save_npz(tmp_path / "x.npz", {KEYS[0]: np.array([[0, 0, 500, 375]])})
    with pytest.raises(InputError, match="are they of this data set"):
        Proposed(blocks(1), read(tmp_path / "x.npz"))[0]


def test_the_fingerprint_is_of_the_content(mat: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "other_name.mat"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(mat.read_bytes())
    assert read(elsewhere).fingerprint == read(mat).fingerprint
    assert read(mat, limit=5).fingerprint != read(mat).fingerprint
    np.savez(mat.parent / "more.npz", other=np.array([[0, 0, 7, 7]]))
    assert read(mat.parent).fingerprint != read(mat).fingerprint


def wrong_files(folder: Path) -> dict[str, str]:
    box = np.array([[1, 1, 5, 5]])
    savemat(folder / "no_images.mat", {"boxes": cells(box)})
    savemat(folder / "matrix.mat", {"boxes": box, "images": cells("a")})
    savemat(folder / "uneven.mat", {"boxes": cells(box, box), "images": cells("a")})
    savemat(folder / "numbers.mat", {"boxes": cells(box), "images": cells(np.array([1.0]))})
    savemat(folder / "columns.mat", {"boxes": cells(np.ones((2, 5))), "images": cells("a")})
    savemat(folder / "twice.mat", {"boxes": cells(box, box), "images": cells("a.jpg", "a.png")})
    (folder / "broken.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(100))
    (folder / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    np.savez(folder / "columns.npz", a=np.ones((2, 5)))
    np.savez(folder / "objects.npz", a=np.array([{"code": "here"}], object))
    (folder / "list.txt").write_text("1 1 5 5")
    (folder / "empty").mkdir()
    return {
        "no_images.mat": "no variable 'images'",
        "matrix.mat": "must be cell arrays of one length",
        "uneven.mat": "must be cell arrays of one length",
        "numbers.mat": "must hold one name in each cell",
        "columns.mat": r"boxes of frame a must be numbers \[P, 4\]",
        "twice.mat": "frame a is there twice",
        "broken.mat": "cannot be read as a MATLAB file",
        "broken.npz": r"cannot be read as an \.npz file",
        "columns.npz": r"boxes of frame a must be numbers \[P, 4\]",
        "objects.npz": r"cannot be read as an \.npz file",
        "list.txt": r"must be \.mat or \.npz files, but got \.txt",
        "empty": "holds no proposals",
        "nowhere": "no such file or folder",
    }


def test_wrong_files_are_refused_in_one_line(tmp_path: Path) -> None:
    for name, message in wrong_files(tmp_path).items():
        with pytest.raises(InputError, match=message) as error:
            read(tmp_path / name)
        assert str(tmp_path / name) in str(error.value)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("wrong", [{}, {"path": "x", "limit": 0}, {"path": "x", "order": "xyxy"}])
def test_wrong_options_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        ProposalFilesConfig.model_validate(wrong)

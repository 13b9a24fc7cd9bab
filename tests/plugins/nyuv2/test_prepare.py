import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy.io import savemat
from stitchkit_nyuv2 import NYUv2, NYUv2Config, PrepareOptions

from stitchkit.data import VOID
from stitchkit.errors import InputError


def quiet(done: int, total: int, what: str) -> None: ...


def degrees(given: np.ndarray, true: np.ndarray) -> np.ndarray:
    sine = np.linalg.norm(np.cross(given.astype(np.float64), true), axis=-1)
    return np.degrees(np.arctan2(sine, (given * true).sum(-1)))


@pytest.fixture
def quick_normals(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that do not look at them."""

    def ahead(depth: np.ndarray, measured: np.ndarray) -> np.ndarray:
        return np.broadcast_to(np.array([0, 0, -1], np.float32), (*depth.shape, 3))

    monkeypatch.setattr("stitchkit_nyuv2.prepare.normals_from_depth", ahead)


def opened(root: Path, split: Any = "train") -> NYUv2:
    return NYUv2(NYUv2Config(root=root, frame="full"), split)


def test_the_folder_holds_what_the_official_files_hold(official: Any) -> None:
    said: list[tuple[int, int, str]] = []
    root = NYUv2.prepare(official.options(), lambda *state: said.append(state))
    assert root == official.folder / "out"
    assert said == [(1, 3, "frame 1"), (2, 3, "frame 2"), (3, 3, "frame 3")]

    train, test = opened(root), opened(root, "test")
    assert [train.key(0), train.key(1), test.key(0)] == ["0001", "0003", "0002"]
    assert [train.group(0), train.group(1), test.group(0)] == ["kitchen_0004", "office_0021", "kitchen_0004"]
    for sample, index in ((train[0], 0), (test[0], 1), (train[1], 2)):
        np.testing.assert_array_equal(sample["image"].permute(1, 2, 0).numpy(), official.images[index])
        np.testing.assert_array_equal(sample["depth"].numpy(), official.depths[index])
        expected = np.append(VOID, official.mapping - 1)[official.labels[index]]
        np.testing.assert_array_equal(sample["labels"].numpy(), expected)
        normals = sample["normals"].permute(1, 2, 0).numpy()
        assert not normals[:, :45].any(), "no normals where the sensor measured no depth"
        assert np.median(degrees(normals[:, 46:], official.normals[index][:, 46:])) < 0.05
    assert train.targets["labels"].classes[:2] == ("wall", "floor")
    assert not train.targets["normals"].published
    assert "must not be set beside published" in train.limits
    assert "Depth is stored" not in train.limits


@pytest.mark.usefixtures("quick_normals")
def test_a_stopped_run_goes_on(official: Any) -> None:
    def stop(done: int, total: int, what: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        NYUv2.prepare(official.options(), stop)
    out = official.folder / "out"
    with pytest.raises(InputError, match="NYUv2 is not at"):
        opened(out)
    kept = {path: path.stat().st_mtime_ns for path in out.glob("*/000[12].*")}
    said: list[str] = []
    NYUv2.prepare(official.options(), lambda done, total, what: said.append(what))
    assert said == ["frame 1 was there", "frame 2 was there", "frame 3"]
    assert len(kept) == 8
    assert kept == {path: path.stat().st_mtime_ns for path in kept}
    assert len(opened(out)) == 2


@pytest.mark.usefixtures("quick_normals")
def test_a_full_disk_stops_with_a_message_and_the_rest_can_follow(
    official: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = os.replace

    def full(aside: Path, path: Path) -> None:
        if path.name == "0002.npy":
            raise OSError(28, "No space left on device")
        move(aside, path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(InputError, match=r"0002\.npy: cannot be written \(No space left on device\)"):
            NYUv2.prepare(official.options(), quiet)
    assert not list((official.folder / "out" / "depth").glob(".*")), "nothing is left aside"
    assert len(opened(NYUv2.prepare(official.options(), quiet))) == 2


@pytest.mark.parametrize("signs", [(-1, -1, -1), (1, -1, -1)], ids=str)
def test_published_normals_are_turned_to_our_axes(official: Any, signs: tuple[int, int, int]) -> None:
    folder = official.write_normals("nm", signs)
    train = opened(NYUv2.prepare(official.options(normals=folder), quiet))
    normals = train[0]["normals"].permute(1, 2, 0).numpy()
    assert not normals[:, :45].any()
    assert degrees(normals[:, 45:], official.normals[0][:, 45:]).max() < 0.05
    assert train.targets["normals"].published
    assert str(signs) in train.targets["normals"].source


@pytest.mark.usefixtures("quick_normals")
def test_normals_of_other_options_are_not_mixed(official: Any) -> None:
    def stop(done: int, total: int, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        NYUv2.prepare(official.options(), stop)
    with pytest.raises(InputError, match="begun with other options"):
        NYUv2.prepare(official.options(normals=official.write_normals("nm", (1, 1, 1))), quiet)


def test_wrong_normals_are_refused(official: Any) -> None:
    def refused(message: str) -> None:
        with pytest.raises(InputError, match=message):
            NYUv2.prepare(official.options(normals=folder, out=official.folder / "refused"), quiet)

    folder = official.write_normals("nm", (1, 1, 1))
    x, y, z = np.moveaxis(official.normals[2], -1, 0)
    valid = np.ones((480, 640))
    third = folder / "nm_000003.mat"
    savemat(third, {"nx": y, "ny": z, "nz": x, "depthValid": valid})
    savemat(folder / "nm_000001.mat", {"nx": y, "ny": z, "nz": x, "depthValid": valid})
    savemat(folder / "nm_000002.mat", {"nx": y, "ny": z, "nz": x, "depthValid": valid})
    refused("do not fit the depth whatever the signs")
    savemat(third, {"nx": x[:100], "ny": y[:100], "nz": z[:100], "depthValid": valid[:100]})
    refused(r"nm_000003\.mat: .* must all be 480 x 640 or 427 x 561, but got \[\(100, 640\)\]")
    savemat(third, {"nx": x, "ny": y, "nz": z})
    refused(r"nm_000003\.mat: has no variable 'depthValid'")
    third.unlink()
    refused(r"nm_000003\.mat: no such file")


def test_a_frame_of_another_convention_is_refused(official: Any) -> None:
    from stitchkit_nyuv2.given_normals import GivenNormals
    from stitchkit_nyuv2.official import OfficialFile

    folder = official.write_normals("nm", (1, 1, 1))
    x, y, z = np.moveaxis(-official.normals[1], -1, 0)
    savemat(folder / "nm_000002.mat", {"nx": x, "ny": y, "nz": z, "depthValid": np.ones((480, 640))})
    with OfficialFile(official.folder / "labeled.mat") as file:
        given = GivenNormals(folder, file, [1, 3])
        assert given.signs == (1, 1, 1)
        with pytest.raises(InputError, match=r"nm_000002\.mat: most of its normals point away"):
            given[2]


def edit(path: Path, **variables: np.ndarray | None) -> None:
    with h5py.File(path, "r+") as file:
        for name, data in variables.items():
            del file[name]
            if data is not None:
                file[name] = data


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"scenes": None}, "has no variable 'scenes'"),
        ({"rawDepths": None}, "has no variable 'rawDepths'"),
        ({"scenes": np.zeros((1, 3))}, "'scenes' must be 3 strings"),
        (
            {"depths": np.zeros((3, 480, 640), np.float32)},
            r"'depths' must be numbers \[3, 640, 480\], but got",
        ),
        ({"images": np.zeros((3, 3, 640, 480), np.float32)}, "'images' must be numbers .* but got float32"),
        ({"labels": np.full((3, 640, 480), 895, np.uint16)}, "frame 1: label 895, but mapClass ends at 894"),
    ],
)
@pytest.mark.usefixtures("quick_normals")
def test_a_wrong_official_file_is_refused(official: Any, variables: Any, message: str) -> None:
    edit(official.folder / "labeled.mat", **variables)
    with pytest.raises(InputError, match=message):
        NYUv2.prepare(official.options(), quiet)


def test_a_file_of_another_kind_is_refused(official: Any) -> None:
    text = official.folder / "text.mat"
    text.write_text("not what it says\n" * 100)
    with pytest.raises(InputError, match=r"text\.mat: not an HDF5 file"):
        NYUv2.prepare(official.options(**{"from": text}), quiet)
    with pytest.raises(InputError, match=r"gone\.mat: no such file"):
        NYUv2.prepare(official.options(**{"from": official.folder / "gone.mat"}), quiet)
    for option in ("splits", "classes"):
        with pytest.raises(InputError, match=r"text\.mat: cannot be read as a MATLAB file"):
            NYUv2.prepare(official.options(**{option: text}), quiet)


@pytest.mark.parametrize(
    ("option", "variables", "message"),
    [
        ("splits", {"trainNdxs": [1, 2]}, "has no variable 'testNdxs'"),
        ("splits", {"trainNdxs": [1, 2], "testNdxs": [2, 3]}, "distinct frame numbers from 1 to 3"),
        ("splits", {"trainNdxs": [1, 2], "testNdxs": [4]}, "distinct frame numbers from 1 to 3"),
        ("classes", {"mapClass": [1, 41], "className": np.array(["a", "b"], object)}, r"must map to 1\.\.2"),
    ],
)
def test_wrong_lists_are_refused(official: Any, option: str, variables: Any, message: str) -> None:
    savemat(official.folder / "wrong.mat", variables)
    with pytest.raises(InputError, match=message):
        NYUv2.prepare(official.options(**{option: official.folder / "wrong.mat"}), quiet)


@pytest.mark.usefixtures("quick_normals")
def test_out_is_in_the_data_folder_by_default(official: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    options: PrepareOptions = official.options(out=None)
    monkeypatch.delenv("STITCHKIT_DATA", raising=False)
    with pytest.raises(InputError, match="STITCHKIT_DATA is not set"):
        NYUv2.prepare(options, quiet)
    monkeypatch.setenv("STITCHKIT_DATA", str(official.folder))
    assert NYUv2.prepare(options, quiet) == official.folder / "nyuv2"


@pytest.mark.usefixtures("quick_normals")
def test_the_command_line_prepares(official: Any, stitchkit_command: Any) -> None:
    files = {"from": "labeled.mat", "splits": "splits.mat", "classes": "classMapping40.mat"}
    words = [word for key, file in files.items() for word in (f"--{key}", official.folder / file)]
    code, output, errors = stitchkit_command(
        "data", "prepare", "nyuv2", *words, "--out", official.folder / "made"
    )
    assert code == 0
    assert output.split() == ["data", str(official.folder / "made")]
    assert errors.splitlines()[-1].startswith("prepare nyuv2: 3/3")
    assert len(opened(official.folder / "made")) == 2

    code, _, errors = stitchkit_command(
        "data", "prepare", "nyuv2", *words[:-1], official.folder / "splits.mat"
    )
    assert code == 2
    assert len(errors.splitlines()) == 1
    assert "splits.mat" in errors

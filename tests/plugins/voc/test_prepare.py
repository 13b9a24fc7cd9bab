import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stitchkit_voc import VOC2008, PrepareOptions, VOC2008Config
from voc_tree import TEST, TRAIN, write, write_picture, write_tree

from stitchkit.errors import InputError


def quiet(done: int, total: int, what: str) -> None: ...


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """Both archives unpacked; the devkit has a frame of neither split, as the official one does."""
    root = write_tree(tmp_path / "unpacked", TRAIN, TEST)
    write_picture(root / "VOCdevkit/VOC2008/JPEGImages/2008_009999.jpg", 10, 10)
    write(root / "attribute_data/ayahoo_test.txt", ["not used"])
    return root


def options(archives: Path, **changes: Any) -> PrepareOptions:
    named = {"devkit": archives / "VOCdevkit", "attributes": archives / "attribute_data"}
    return PrepareOptions.model_validate({**named, "out": archives.parent / "voc2008", **changes})


def fingerprints(root: Path) -> list[str]:
    return [VOC2008(VOC2008Config(root=root), split).fingerprint for split in ("train", "test")]


def test_the_archives_come_together(archives: Path) -> None:
    said: list[tuple[int, int, str]] = []
    out = VOC2008.prepare(options(archives), lambda *state: said.append(state))
    assert out == archives.parent / "voc2008"
    assert fingerprints(out) == fingerprints(archives)
    there = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert len(there) == said[-1][1] == 4 * 2 + 4 + 2
    assert not [path for path in there if "9999" in path or "ayahoo" in path]
    assert said[-1] == (
        14,
        14,
        "train 3 frames, 3 objects, test 1 frames, 1 objects: not the complete data set",
    )
    assert [path.name for path in out.parent.iterdir()].count(".voc2008.part") == 0
    shutil.rmtree(archives)
    assert len(fingerprints(out)) == 2, "the given files are no longer needed"


def test_it_can_be_done_again_and_in_place(archives: Path) -> None:
    out = VOC2008.prepare(options(archives), quiet)
    assert VOC2008.prepare(options(archives), quiet) == out
    assert VOC2008.prepare(options(archives, out=archives), quiet) == archives
    assert (archives / "attribute_data/ayahoo_test.txt").exists()


def test_a_folder_that_is_there_is_left_alone(archives: Path) -> None:
    other = archives.parent / "other"
    write(other / "notes.txt", ["mine"])
    with pytest.raises(InputError, match=r"other: is already there; remove it or name another folder"):
        VOC2008.prepare(options(archives, out=other), quiet)
    assert [path.name for path in other.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("linked", [True, False])
def test_a_stopped_run_goes_on(archives: Path, monkeypatch: pytest.MonkeyPatch, linked: bool) -> None:
    if not linked:

        def refuse(*_: object) -> None:
            raise OSError(18, "Invalid cross-device link")

        monkeypatch.setattr(os, "link", refuse)

    def stop(done: int, total: int, what: str) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        VOC2008.prepare(options(archives), stop)
    out = archives.parent / "voc2008"
    assert not out.exists()
    kept = {path: path.stat().st_ino for path in (out.parent / ".voc2008.part").rglob("*.jpg")}
    assert len(kept) == 3
    VOC2008.prepare(options(archives), quiet)
    assert {
        path: (out / path.relative_to(out.parent / ".voc2008.part")).stat().st_ino for path in kept
    } == kept
    assert fingerprints(out) == fingerprints(archives)


def test_a_full_disk_stops_with_a_message(archives: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path, copy: Path) -> None:
        raise OSError(28, "No space left on device", str(copy))

    monkeypatch.setattr("stitchkit_voc.prepare._link_or_copy", full)
    with pytest.raises(InputError, match=r"No space left on device; what is done is kept"):
        VOC2008.prepare(options(archives), quiet)
    assert not (archives.parent / "voc2008").exists()


@pytest.mark.parametrize("inner", ["", "VOCdevkit", "VOCdevkit/VOC2008"])
def test_the_devkit_is_found_wherever_it_was_unpacked(archives: Path, inner: str) -> None:
    made = VOC2008.prepare(options(archives, devkit=archives / inner, attributes=archives), quiet)
    assert len(VOC2008(VOC2008.Config(root=made), "train")) == 3


WHERE = r"fetch VOCtrainval_14-Jul-2008\.tar \(MD5 2629fa636546599198acfcfbfcf1904a\)"


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("VOCdevkit", rf"--devkit .*: there is no JPEGImages in it; {WHERE}"),
        ("attribute_data", rf"--attributes .*: there is no apascal_train\.txt in it; {WHERE}"),
        ("VOCdevkit/VOC2008/ImageSets", rf"train\.txt: not there.*{WHERE}"),
        ("VOCdevkit/VOC2008/Annotations", rf"has no Annotations; {WHERE}"),
    ],
)
def test_what_is_missing_is_named_with_where_to_get_it(archives: Path, part: str, message: str) -> None:
    shutil.rmtree(archives / part)
    with pytest.raises(InputError, match=message) as raised:
        VOC2008.prepare(options(archives), quiet)
    assert "\n" not in str(raised.value)
    assert "attribute_data.tar.gz" in str(raised.value)


def test_an_archive_that_was_not_unpacked_is_said(archives: Path) -> None:
    tar = archives.parent / "VOCtrainval_14-Jul-2008.tar"
    tar.write_bytes(b"tar")
    with pytest.raises(InputError, match="is a file, not the folder unpacked from it"):
        VOC2008.prepare(options(archives, devkit=tar), quiet)


def test_everything_is_checked_before_anything_is_written(archives: Path) -> None:
    xml = archives / "VOCdevkit/VOC2008/Annotations/2008_000003.xml"
    whole = xml.read_text()
    xml.unlink()
    with pytest.raises(InputError, match=r"2008_000003\.xml: cannot be read"):
        VOC2008.prepare(options(archives), quiet)
    xml.write_text(whole)
    write(archives / "attribute_data/class_names.txt", ["cat", "dog"])
    with pytest.raises(InputError, match=r"class_names\.txt: lacks aeroplane, bicycle"):
        VOC2008.prepare(options(archives), quiet)
    assert [path.name for path in archives.parent.iterdir()] == ["unpacked"]


def test_out_is_in_the_data_folder_by_default(archives: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STITCHKIT_DATA", raising=False)
    with pytest.raises(InputError, match="STITCHKIT_DATA is not set"):
        VOC2008.prepare(options(archives, out=None), quiet)
    monkeypatch.setenv("STITCHKIT_DATA", str(archives.parent / "data"))
    out = VOC2008.prepare(options(archives, out=None), quiet)
    assert out == archives.parent / "data" / "voc2008"
    assert len(VOC2008(VOC2008Config(), "train")) == 3


def test_the_command_line_prepares(archives: Path, stitchkit_command: Callable[..., Any]) -> None:
    words = ("data", "prepare", "voc2008", "--devkit", archives / "VOCdevkit")
    out = archives.parent / "made"
    code, output, errors = stitchkit_command(
        *words, "--attributes", archives / "attribute_data", "--out", out
    )
    assert code == 0, errors
    assert output.split() == ["data", str(out)]
    assert errors.splitlines()[-1].startswith("prepare voc2008: 14/14")

    code, _, errors = stitchkit_command(*words)
    assert code == 2
    assert len(errors.splitlines()) == 1
    assert "--attributes: field required" in errors
    assert "2629fa636546599198acfcfbfcf1904a" in errors

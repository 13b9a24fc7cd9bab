import shutil
from pathlib import Path

import pytest
from voc_tree import TEST, TRAIN, write, write_tree

from stitchkit.data.voc_layout import VOCLayout
from stitchkit.errors import InputError


def test_the_complete_layout(tmp_path: Path) -> None:
    layout = VOCLayout.of(write_tree(tmp_path, TRAIN, TEST))
    assert layout.frames("train") == list(TRAIN)
    assert layout.frames("test") == list(TEST)
    assert layout.annotations == tmp_path / "VOCdevkit/VOC2008/Annotations"
    assert not layout.partial
    assert len(layout.names("attribute")) == 64


def test_the_devkit_may_lie_in_the_folder_itself(tmp_path: Path) -> None:
    write_tree(tmp_path, TRAIN, TEST)
    for part in (tmp_path / "VOCdevkit/VOC2008").iterdir():
        part.rename(tmp_path / part.name)
    (tmp_path / "VOCdevkit/VOC2008").rmdir()
    layout = VOCLayout.of(tmp_path)
    assert layout.frames("train") == list(TRAIN)
    assert layout.annotations == tmp_path / "Annotations"


def test_a_partial_copy_has_lists_of_its_own(tmp_path: Path) -> None:
    write_tree(tmp_path, TRAIN, TEST)
    shutil.rmtree(tmp_path / "VOCdevkit/VOC2008/ImageSets")
    with pytest.raises(InputError, match=r"Main/train\.txt: not there"):
        VOCLayout.of(tmp_path)
    write(tmp_path / "apascal_train.imagelist.txt", ["2008_000007.jpg", "2008_000001.jpg"])
    with pytest.raises(InputError, match=r"apascal_test\.imagelist\.txt: not there"):
        VOCLayout.of(tmp_path)
    write(tmp_path / "apascal_test.imagelist.txt", ["2008_000003.jpg"])
    layout = VOCLayout.of(tmp_path)
    assert layout.partial
    assert layout.frames("train") == ["2008_000007", "2008_000001"]


@pytest.mark.parametrize("part", ["VOCdevkit/VOC2008/JPEGImages", "attribute_data"])
def test_a_missing_part_is_named(tmp_path: Path, part: str) -> None:
    shutil.rmtree(write_tree(tmp_path, TRAIN, TEST) / part)
    with pytest.raises(InputError, match=rf"{part}: not there: is the data set complete"):
        VOCLayout.of(tmp_path)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["2008_000001", "2008_000001"], r"train\.txt:2: frame '2008_000001' a second time"),
        (
            ["2008_000001", "2008_000099"],
            r"train\.txt:2: names frame '2008_000099', but there is no .*99\.jpg",
        ),
        (["../2008_000001"], r"train\.txt:1: must be the name of a frame"),
        (["2008_000001 1"], r"train\.txt:1: must be the name of a frame"),
        ([], r"train\.txt: must name at least one frame"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    layout = VOCLayout.of(write_tree(tmp_path, TRAIN, TEST))
    write(layout.lists["train"], lines)
    with pytest.raises(InputError, match=message):
        layout.frames("train")


def test_names_are_told_once(tmp_path: Path) -> None:
    layout = VOCLayout.of(write_tree(tmp_path, TRAIN, TEST))
    write(layout.attributes / "class_names.txt", ["cat", "dog", "cat"])
    with pytest.raises(InputError, match=r"class_names\.txt: must name each class once"):
        layout.names("class")
    (layout.attributes / "class_names.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match=r"class_names\.txt: cannot be read"):
        layout.names("class")

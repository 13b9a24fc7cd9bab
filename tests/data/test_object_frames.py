from pathlib import Path

import pytest
from PIL import Image
from voc_tree import CLASSES, TEST, TRAIN, Thing, write, write_picture, write_tree

from stitchkit.data.object_frames import read_objects
from stitchkit.data.voc_layout import VOCLayout
from stitchkit.errors import InputError


@pytest.fixture
def layout(tmp_path: Path) -> VOCLayout:
    return VOCLayout.of(write_tree(tmp_path, TRAIN, TEST, size=(60, 90)))


def test_frames_are_in_the_order_of_the_list_and_objects_in_that_of_their_rows(layout: VOCLayout) -> None:
    write(layout.lists["train"], ["2008_000007", "2008_000002", "2008_000001"])
    rows = layout.rows("train").read_text().splitlines()
    write(layout.rows("train"), rows[::-1])
    found = read_objects(layout, "train", CLASSES)
    assert [frame.name for frame in found.frames] == ["2008_000007", "2008_000002", "2008_000001"]
    assert {frame.size for frame in found.frames} == {(60, 90)}
    assert [CLASSES[number] for number in found.frames[2].classes] == ["person", "dog"]
    assert found.frames[2].difficult.tolist() == [True, False]
    assert found.objects == 3


def test_the_classes_may_be_fewer_than_the_file_names(layout: VOCLayout) -> None:
    with pytest.raises(InputError, match=r"apascal_train\.txt:2: unknown class 'person'"):
        read_objects(layout, "train", ["dog", "tvmonitor"])


def test_no_picture_is_decoded(layout: VOCLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(self: Image.Image) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", decode)
    assert read_objects(layout, "train", CLASSES).objects == 3


def test_every_source_is_counted_for_itself(layout: VOCLayout) -> None:
    assert layout.annotations is not None
    alone = [Thing("dog", (1, 1, 90, 60)), Thing("cat", (1, 1, 90, 60)), Thing("cow", (1, 1, 2, 2))]
    write(
        layout.annotations / "2008_000002.xml",
        [f"<annotation>{''.join(thing.xml for thing in alone)}</annotation>"],
    )
    write(layout.annotations / "2008_000007.xml", ["<annotation/>"])
    with layout.rows("train").open("a") as rows:
        rows.write(f"2008_000003.jpg {alone[0].row}\n")
    found = read_objects(layout, "train", CLASSES)
    assert (found.rows_elsewhere, found.rows_alone, found.annotated_alone) == (1, 1, 3)


def test_a_box_outside_its_picture_names_the_row(layout: VOCLayout) -> None:
    write_picture(layout.picture("2008_000007"), 60, 89)
    with pytest.raises(
        InputError, match=r"apascal_train\.txt:3: box 90 60 90 60 leaves the picture, which is 89 wide"
    ):
        read_objects(layout, "train", CLASSES)

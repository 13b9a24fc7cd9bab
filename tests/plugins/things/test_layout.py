import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from stitchkit_things import Things, ThingsConfig
from stitchkit_things.layout import annotation, entry
from stitchkit_things.order import Order
from stitchkit_things.truth import Thing
from stitchkit_things.vocabulary import ATTRIBUTES, KINDS

from stitchkit.data.voc_xml import read_annotation

SIZE = (48, 64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("things")
    Things(ThingsConfig(train=5, test=4, size=SIZE, seed=3, root=root, processes=1), "train")
    (made,) = root.iterdir()
    return made


def test_the_files_are_where_voc_has_them(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "JPEGImages",
        "Annotations",
        "ImageSets",
        "attribute_data",
    }
    main = folder / "ImageSets" / "Main"
    assert main.joinpath("train.txt").read_text().split() == [f"{n:06d}" for n in range(1, 6)]
    assert main.joinpath("val.txt").read_text().split() == [f"{n:06d}" for n in range(6, 10)]
    for name in ("JPEGImages", "Annotations"):
        assert sorted(path.stem for path in (folder / name).iterdir()) == [f"{n:06d}" for n in range(1, 10)]
    assert tuple((folder / "attribute_data/attribute_names.txt").read_text().splitlines()) == ATTRIBUTES
    assert tuple((folder / "attribute_data/class_names.txt").read_text().splitlines()) == KINDS


def test_rows_say_image_class_inclusive_box_and_attributes(folder: Path) -> None:
    things = [(shot.name, thing) for shot in Order(5, 4, SIZE, 3).shots()[:5] for thing in shot.take().things]
    rows = (folder / "attribute_data" / "apascal_train.txt").read_text().splitlines()
    assert len(rows) == len(things)
    for row, (name, thing) in zip(rows, things, strict=True):
        image, kind, *numbers = row.split()
        left, top, right, bottom = thing.box
        assert (image, kind) == (f"{name}.jpg", thing.kind)
        assert list(map(int, numbers)) == [left + 1, top + 1, right, bottom, *thing.attributes]


def test_what_is_read_is_what_was_drawn(folder: Path) -> None:
    config = ThingsConfig(train=5, test=4, size=SIZE, seed=3, root=folder.parent)
    shots = Order(5, 4, SIZE, 3).shots()
    for data, drawn in ((Things(config, "train"), shots[:5]), (Things(config, "test"), shots[5:])):
        assert len(data) == len(drawn)
        for index, shot in enumerate(drawn):
            sample, taken = data[index], shot.take()
            assert data.key(index) == shot.name
            assert sample["boxes"].tolist() == [list(thing.box) for thing in taken.things]
            assert [KINDS[number] for number in sample["classes"]] == [thing.kind for thing in taken.things]
            assert sample["attributes"].tolist() == [thing.attributes.tolist() for thing in taken.things]
            assert sample["difficult"].tolist() == [thing.difficult for thing in taken.things]
            image = sample["image"].numpy().transpose(1, 2, 0).astype(int)
            assert np.abs(image - taken.image).mean() < 6


def test_the_annotation_of_a_known_object() -> None:
    attributes = np.array([name in ("occluded", "head") for name in ATTRIBUTES], np.uint8)
    content = annotation("000007", (20, 30), [Thing("cat", (0, 2, 10, 12), attributes, True, False)])
    root = ElementTree.fromstring(content)
    assert root.findtext("filename") == "000007.jpg"
    assert [root.findtext(f"size/{key}") for key in ("width", "height", "depth")] == ["30", "20", "3"]
    found = {element.tag: element.text for element in root.iterfind("object/*") if len(element) == 0}
    assert found == {
        "name": "cat",
        "pose": "Unspecified",
        "truncated": "0",
        "occluded": "1",
        "difficult": "1",
    }
    box = [root.findtext(f"object/bndbox/{key}") for key in ("xmin", "ymin", "xmax", "ymax")]
    assert box == ["1", "3", "10", "12"]


def test_the_annotation_is_read_back(tmp_path: Path) -> None:
    attributes = np.zeros(64, np.uint8)
    things = [
        Thing("cat", (0, 2, 10, 12), attributes, True, False),
        Thing("bus", (5, 0, 30, 20), attributes, False, True),
    ]
    (tmp_path / "a.xml").write_bytes(annotation("a", (20, 30), things))
    read = read_annotation(tmp_path / "a.xml")
    assert [(each.name, each.box, each.difficult) for each in read] == [
        (thing.kind, thing.box, thing.difficult) for thing in things
    ]


def test_the_picture_is_a_jpeg_of_the_size_asked_for() -> None:
    made = entry(Order(1, 1, SIZE, 0).shots()[0])
    with Image.open(io.BytesIO(made.picture)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (SIZE[1], SIZE[0])

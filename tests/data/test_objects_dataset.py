import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors
from torchvision.ops import box_iou
from voc_tree import CLASSES, TEST, TRAIN, Thing, write, write_picture, write_tree

from stitchkit.data.objects_dataset import ObjectsDataset
from stitchkit.data.voc_layout import VOCLayout
from stitchkit.errors import InputError


def opened(root: Path, split: str = "train") -> ObjectsDataset:
    return ObjectsDataset(VOCLayout.of(root), "test" if split == "test" else "train")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree", TRAIN, TEST)


def test_samples_hold_what_the_files_say(root: Path) -> None:
    data = opened(root)
    assert [data.key(index) for index in range(len(data))] == list(TRAIN)
    sample = data[0]
    assert sample.keys() == {"image", "boxes", "classes", "attributes", "difficult"}
    picture = root / "VOCdevkit/VOC2008/JPEGImages/2008_000001.jpg"
    np.testing.assert_array_equal(sample["image"].permute(1, 2, 0).numpy(), np.asarray(Image.open(picture)))
    assert isinstance(sample["boxes"], tv_tensors.BoundingBoxes)
    assert sample["boxes"].format == tv_tensors.BoundingBoxFormat.XYXY
    assert sample["boxes"].canvas_size == (60, 90)
    assert sample["boxes"].dtype == torch.float32
    assert sample["boxes"].tolist() == [[0, 0, 90, 60], [10, 5, 30, 50]]
    assert [CLASSES[number] for number in sample["classes"]] == ["dog", "person"]
    assert sample["attributes"].dtype == torch.uint8
    assert [row.nonzero().flatten().tolist() for row in sample["attributes"]] == [[0, 63], [3]]
    assert sample["difficult"].tolist() == [False, True]
    assert data.limits == ""
    assert opened(root, "test")[0]["classes"].tolist() == [CLASSES.index("cat")]


def test_a_frame_without_objects_has_empty_targets(root: Path) -> None:
    sample = opened(root).annotations(1)
    shapes = {name: (tuple(value.shape), value.dtype) for name, value in sample.items()}
    assert shapes == {
        "boxes": ((0, 4), torch.float32),
        "classes": ((0,), torch.int64),
        "attributes": ((0, 64), torch.uint8),
        "difficult": ((0,), torch.bool),
    }


def test_overlap_of_edges_is_vocs_inclusive_overlap(tmp_path: Path) -> None:
    first, second = (3, 4, 20, 30), (10, 1, 25, 22)
    things = [Thing("dog", first), Thing("cat", second)]
    boxes = opened(write_tree(tmp_path, {"a": things}, TEST)).annotations(0)["boxes"]
    pixels = np.zeros((2, 60, 90), bool)
    for mask, (xmin, ymin, xmax, ymax) in zip(pixels, (first, second), strict=True):
        mask[ymin - 1 : ymax, xmin - 1 : xmax] = True
    counted = (pixels[0] & pixels[1]).sum() / (pixels[0] | pixels[1]).sum()
    assert box_iou(boxes[:1], boxes[1:]).item() == pytest.approx(counted)


def test_annotations_read_no_picture_and_are_ones_own(root: Path) -> None:
    data = opened(root)
    shutil.rmtree(data.layout.pictures)
    sample = data.annotations(0)
    sample["classes"] += 1
    sample["boxes"] += 1
    assert data.annotations(0)["classes"].tolist() == [CLASSES.index("dog"), CLASSES.index("person")]
    assert data.annotations(0)["boxes"][0].tolist() == [0, 0, 90, 60]


def test_targets_announce_names(root: Path) -> None:
    targets = opened(root).targets
    assert {name: target.kind for name, target in targets.items()} == {
        "boxes": "boxes",
        "classes": "object_classes",
        "attributes": "object_attributes",
        "difficult": "object_flags",
    }
    assert targets["classes"].classes == tuple(CLASSES)
    assert targets["attributes"].classes[63] == "attribute 63"
    assert all(target.per_object for target in targets.values())


def test_flags_come_by_overlap_and_what_lacks_a_partner_is_counted(root: Path) -> None:
    moved = [
        Thing("person", (12, 6, 31, 51), difficult=True),
        Thing("dog", (1, 1, 20, 20), difficult=True),
        Thing("sofa", (1, 1, 90, 60)),
    ]
    write(
        root / "VOCdevkit/VOC2008/Annotations/2008_000001.xml",
        [f"<annotation>{''.join(thing.xml for thing in moved)}</annotation>"],
    )
    data = opened(root)
    assert data.annotations(0)["difficult"].tolist() == [False, True]
    assert (data.objects.rows_alone, data.objects.annotated_alone) == (1, 2)
    assert "without an XML annotation, not marked as difficult: 1." in data.limits
    assert "left out because they have no attributes: 2." in data.limits


def test_without_annotations_nothing_is_difficult_and_limits_say_so(root: Path) -> None:
    shutil.rmtree(root / "VOCdevkit/VOC2008/Annotations")
    data = opened(root)
    assert not any(data.annotations(index)["difficult"].any() for index in range(len(data)))
    assert data.limits == "There are no XML annotations, so no object is marked as difficult."
    assert (data.objects.rows_alone, data.objects.annotated_alone) == (0, 0)


def test_only_a_list_of_what_is_there_leaves_frames_out(root: Path) -> None:
    devkit = root / "VOCdevkit/VOC2008"
    (devkit / "JPEGImages/2008_000001.jpg").unlink()
    with pytest.raises(InputError, match=r"train\.txt:1: names frame '2008_000001', but there is no"):
        opened(root)
    write(devkit / "ImageSets/Main/train.txt", ["2008_000007"])
    with pytest.raises(
        InputError, match=r"apascal_train\.txt:1: there is no .*2008_000001\.jpg; mend the row"
    ):
        opened(root)
    shutil.rmtree(devkit / "ImageSets")
    write(root / "apascal_train.imagelist.txt", ["2008_000007.jpg"])
    write(root / "apascal_test.imagelist.txt", ["2008_000003.jpg"])
    data = opened(root)
    assert [data.key(index) for index in range(len(data))] == ["2008_000007"]
    assert data.limits == "Objects left out because their pictures are not there: 2."


def test_frames_of_another_split_stay_out(root: Path) -> None:
    rows = root / "attribute_data/apascal_train.txt"
    with rows.open("a") as file:
        file.write(f"2008_000003.jpg {Thing('cow', (1, 1, 5, 5)).row}\n")
    data = opened(root)
    assert "2008_000003" not in [data.key(index) for index in range(len(data))]
    assert data.limits == "Objects left out because the split does not name their frames: 1."


def test_a_broken_picture_is_named(root: Path) -> None:
    picture = root / "VOCdevkit/VOC2008/JPEGImages/2008_000001.jpg"
    whole = picture.read_bytes()
    picture.write_bytes(b"not a picture")
    with pytest.raises(InputError, match=r"2008_000001\.jpg: not a JPEG picture"):
        opened(root)
    picture.write_bytes(whole)
    data = opened(root)
    picture.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"2008_000001\.jpg: .*fetch this file again"):
        data[0]
    write_picture(picture, 61, 90)
    with pytest.raises(InputError, match=r"2008_000001\.jpg: must be 60 x 90 .* but got 61 x 90"):
        data[0]


def test_the_fingerprint_is_of_the_content_not_of_the_place(root: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(root, tmp_path / "copy")
    print_ = opened(root).fingerprint
    assert opened(copy).fingerprint == print_
    assert opened(copy, "test").fingerprint != print_

    def changed() -> bool:
        different = opened(copy).fingerprint != print_
        shutil.rmtree(copy)
        shutil.copytree(root, copy)
        return different

    rows = copy / "attribute_data/apascal_train.txt"
    rows.write_text(rows.read_text().replace("11 6 30 50", "11 6 30 51"))
    assert changed()
    rows.write_text(rows.read_text().replace("dog", "cow"))
    assert changed()
    rows.write_text(rows.read_text()[:-2] + "1\n")
    assert changed()
    xml = copy / "VOCdevkit/VOC2008/Annotations/2008_000001.xml"
    xml.write_text(xml.read_text().replace("<difficult>1", "<difficult>0"))
    assert changed()
    names = copy / "attribute_data/attribute_names.txt"
    names.write_text(names.read_text().replace("attribute 5\n", "tail\n"))
    assert changed()
    picture = copy / "VOCdevkit/VOC2008/JPEGImages/2008_000002.jpg"
    Image.open(picture).convert("L").convert("RGB").save(picture, quality=95)
    assert changed()
    os.utime(picture)
    xml.write_text(xml.read_text().replace("<pose>Left", "<pose>Right"))
    assert not changed()


def test_workers_get_the_same_data_set(root: Path) -> None:
    data = opened(root)
    other = pickle.loads(pickle.dumps(data))
    assert other.fingerprint == data.fingerprint
    torch.testing.assert_close(dict(other[0]), dict(data[0]), rtol=0, atol=0)

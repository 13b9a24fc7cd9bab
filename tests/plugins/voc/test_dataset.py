import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from stitchkit_voc import VOC2008, VOC2008Config
from voc_tree import CLASSES, TEST, TRAIN, Thing, write, write_tree

from stitchkit.data import Split
from stitchkit.errors import InputError


def opened(root: Path, split: Split = "train") -> VOC2008:
    return VOC2008(VOC2008Config(root=root), split)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "voc2008", TRAIN, TEST)


@pytest.fixture
def whole(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small tree, taken for the complete data set."""
    monkeypatch.setattr("stitchkit_voc.dataset.COUNTS", {"train": (3, 3), "test": (1, 1)})
    return root


def published(data: VOC2008) -> set[str]:
    return {name for name, target in data.targets.items() if target.published}


def test_classes_are_vocs_twenty(root: Path) -> None:
    data = opened(root)
    assert data.targets["classes"].classes == tuple(CLASSES[:20])
    assert len(data.targets["attributes"].classes) == 64
    write(root / "attribute_data/apascal_train.txt", [f"2008_000001.jpg {Thing('donkey', (1, 1, 2, 2)).row}"])
    with pytest.raises(InputError, match=r"apascal_train\.txt:1: unknown class 'donkey'"):
        opened(root)


def test_another_number_of_attributes_is_refused(root: Path) -> None:
    write(root / "attribute_data/attribute_names.txt", [f"a{number}" for number in range(63)])
    with pytest.raises(InputError, match=r"apascal_train\.txt:1: .* 63 attributes of 0 or 1"):
        opened(root)
    write(root / "attribute_data/apascal_train.txt", [])
    with pytest.raises(InputError, match=r"a-PASCAL has 64 attributes, but attribute_names\.txt names 63"):
        opened(root)


def test_the_complete_data_is_the_published_one(whole: Path) -> None:
    data = opened(whole)
    assert published(data) == {"boxes", "classes", "attributes", "difficult"}
    assert data.limits == "Complete VOC 2008 train with the objects of a-PASCAL."
    assert data.targets["difficult"].source == "the XML annotations of VOC 2008"
    assert opened(whole, "test").limits == "Complete VOC 2008 val with the objects of a-PASCAL."


def test_without_difficult_flags_only_the_attributes_are_the_published_ones(whole: Path) -> None:
    shutil.rmtree(whole / "VOCdevkit/VOC2008/Annotations")
    data = opened(whole)
    assert published(data) == {"attributes"}
    assert "no object is marked as difficult" in data.limits


def test_boxes_that_the_annotations_do_not_know_are_not_the_published_ones(whole: Path) -> None:
    xml = whole / "VOCdevkit/VOC2008/Annotations/2008_000007.xml"
    write(xml, ["<annotation/>"])
    data = opened(whole)
    assert published(data) == {"attributes"}
    assert data.limits.endswith("Objects without an XML annotation, not marked as difficult: 1.")


def test_any_other_number_of_frames_or_objects_is_not_complete(root: Path) -> None:
    data = opened(root, "test")
    assert published(data) == set()
    assert data.limits == (
        "Not the complete VOC 2008 val, but 1 of its 2227 frames with 1 of 6355 objects: "
        "figures on them must not be set beside published ones."
    )


def test_missing_data_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remedy = r"fetch VOCtrainval_14-Jul-2008\.tar .* attribute_data\.tar\.gz .* prepare voc2008 --devkit"
    monkeypatch.setenv("STITCHKIT_DATA", str(tmp_path))
    with pytest.raises(InputError, match=rf"VOC 2008 is not at .*voc2008; set STITCHKIT_DATA .*{remedy}"):
        VOC2008(VOC2008Config(), "train")
    (tmp_path / "voc2008").mkdir()
    with pytest.raises(InputError, match=rf"JPEGImages: not there: is the data set complete\? {remedy}"):
        VOC2008(VOC2008Config(), "train")
    monkeypatch.delenv("STITCHKIT_DATA")
    with pytest.raises(InputError, match=rf"STITCHKIT_DATA is not set; .*{remedy}"):
        VOC2008(VOC2008Config(), "train")


def test_the_data_folder_is_the_default(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STITCHKIT_DATA", str(root.parent))
    assert VOC2008(VOC2008Config(), "train").fingerprint == opened(root).fingerprint


@pytest.mark.parametrize(("split", "frames"), [("train", 498), ("test", 536)])
def test_real_frames(real_data: Callable[[str], Path], split: Split, frames: int) -> None:
    root = real_data("voc2008")
    if not (root / "apascal_train.imagelist.txt").exists():
        pytest.skip("this voc2008 is not the partial copy that the test counts")
    data = opened(root, split)
    listed = (root / f"apascal_{split}.imagelist.txt").read_text().split()
    rows = (root / f"attribute_data/apascal_{split}.txt").read_text().splitlines()
    present = [row.split() for row in rows if row.split()[0] in set(listed)]
    assert [f"{data.key(index)}.jpg" for index in range(len(data))] == listed
    assert len(data) == frames

    objects = [data.annotations(index) for index in range(len(data))]
    classes = torch.cat([each["classes"] for each in objects])
    names = data.targets["classes"].classes
    assert Counter(names[number] for number in classes) == Counter(row[1] for row in present)
    attributes = torch.cat([each["attributes"] for each in objects]).long().sum(0)
    assert attributes.tolist() == [sum(row[6 + k] == "1" for row in present) for k in range(64)]
    assert not any(each["difficult"].any() for each in objects)
    assert f"but {frames} of its" in data.limits
    assert f"{len(present)} of" in data.limits
    assert "no object is marked as difficult" in data.limits
    assert published(data) == set()

    for index in range(0, len(data), 50):
        sample = data[index]
        height, width = sample["image"].shape[1:]
        left, top, right, bottom = sample["boxes"].as_subclass(torch.Tensor).unbind(1)
        assert sample["boxes"].canvas_size == (height, width)
        assert ((left >= 0) & (left < right) & (right <= width)).all()
        assert ((top >= 0) & (top < bottom) & (bottom <= height)).all()

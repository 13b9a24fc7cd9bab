"""Every defect of a data set is found by the check of the property that it breaks."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torchvision import tv_tensors

from stitchkit import plugins
from stitchkit.data import Dataset, Labels, Sample, Split, Target
from stitchkit.testing import DATASET_CHECKS, Broken, DatasetCase, check_dataset


class Fields(Dataset):
    """Three small frames with labels and boxes."""

    class Config(plugins.Config):
        shade: int = 7

    targets: Mapping[str, Target] = {
        "labels": Target("labels", ("grass", "sky")),
        "boxes": Target("boxes"),
        "flags": Target("object_flags"),
    }
    limits = "Fields are no photographs."

    def __init__(self, config: Any, split: Split) -> None:
        self.config, self.split = config, split

    @property
    def fingerprint(self) -> str:
        return f"fields {self.config.shade} {self.split}"

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Sample:
        boxes = torch.tensor([[0.0, 0, 4, 3], [1, 1, 6, 8]])[:index]
        return {
            "image": tv_tensors.Image(torch.full((3, 8, 6), self.config.shade + index, dtype=torch.uint8)),
            "labels": Labels(torch.ones(8, 6, dtype=torch.uint8)),
            "boxes": tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(8, 6)),
            "flags": torch.zeros(index, dtype=torch.bool),
        }

    def key(self, index: int) -> str:
        return f"{index}"


class Namesakes(Fields):
    def key(self, index: int) -> str:
        return "frame"


class Numbered(Fields):
    def group(self, index: int) -> Any:
        return index


class Timed(Fields):
    @property
    def fingerprint(self) -> str:
        return str(time.perf_counter_ns())


class Alike(Fields):
    fingerprint = "fields"


class Nameless(Fields):
    targets: Mapping[str, Target] = {"labels": Target("labels")}


class Silent(Fields):
    limits = ""


class Changed(Fields):
    """What is wrong with a sample is in ``change``."""

    change: tuple[str, Any]

    def __getitem__(self, index: int) -> Sample:
        name, value = self.change
        return {**super().__getitem__(index), name: value}


class Flickering(Fields):
    def __getitem__(self, index: int) -> Sample:
        sample = super().__getitem__(index)
        return {**sample, "image": tv_tensors.Image(torch.randint(0, 9, (3, 8, 6), dtype=torch.uint8))}


class Open(Fields):
    def __init__(self, config: Any, split: Split) -> None:
        super().__init__(config, split)
        self.read = lambda index: index


class Terse(Fields):
    def annotations(self, index: int) -> Sample:
        return {"labels": self[index]["labels"]}


def changed(name: str, value: Any) -> type[Fields]:
    return type(f"Changed_{name}", (Changed,), {"change": (name, value)})


ANNOUNCED = "samples-hold-what-is-announced"
DEFECTS: list[tuple[type[Fields], str]] = [
    (Namesakes, "every-frame-has-a-name-of-its-own"),
    (Numbered, "every-frame-has-a-group"),
    (Timed, "a-fingerprint-is-of-the-content"),
    (Alike, "a-fingerprint-is-of-the-content"),
    (Nameless, "targets-are-described"),
    (Silent, "limits-are-said"),
    (changed("image", tv_tensors.Image(torch.zeros(3, 8, 6))), ANNOUNCED),
    (changed("labels", Labels(torch.full((8, 6), 2, dtype=torch.uint8))), ANNOUNCED),
    (changed("labels", Labels(torch.zeros(8, 5, dtype=torch.uint8))), ANNOUNCED),
    (changed("labels", torch.zeros(8, 6, dtype=torch.uint8)), ANNOUNCED),
    (changed("flags", torch.zeros(9, dtype=torch.bool)), ANNOUNCED),
    (changed("extra", 1), ANNOUNCED),
    (
        changed("boxes", tv_tensors.BoundingBoxes([[0.0, 0, 7, 3]], format="XYXY", canvas_size=(8, 6))),
        ANNOUNCED,
    ),
    (Flickering, "a-frame-read-twice-is-the-same"),
    (Open, "a-split-travels-between-processes"),
    (Terse, "annotations-are-the-sample-without-its-image"),
]
BY_NAME = {str(check): check for check in DATASET_CHECKS}


def test_the_data_set_without_a_defect_passes() -> None:
    check_dataset(Fields, shade=3)


@pytest.mark.parametrize(("defect", "name"), DEFECTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_defect_is_found(defect: type[Fields], name: str) -> None:
    with pytest.raises((Broken, AttributeError)) as found:  # AttributeError: of pickle
        BY_NAME[name](DatasetCase(defect))
    told = [str(found.value), *getattr(found.value, "__notes__", [])]
    assert any(f"data set '{defect.__name__}': " in line for line in told)

"""Writes small folders in the official layout of VOC 2008 and a-PASCAL, for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ATTRIBUTES = [f"attribute {number}" for number in range(64)]
CLASSES = [
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable"),
    *("dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor", "donkey"),
]


@dataclass(frozen=True)
class Thing:
    """An object; ``box`` is VOC's 1-based inclusive xmin, ymin, xmax, ymax."""

    name: str
    box: tuple[int, int, int, int]
    attributes: tuple[int, ...] = ()
    difficult: bool = False

    @property
    def row(self) -> str:
        values = " ".join("1" if number in self.attributes else "0" for number in range(64))
        return f"{self.name} {' '.join(map(str, self.box))} {values}"

    @property
    def xml(self) -> str:
        keys = ("xmin", "ymin", "xmax", "ymax")
        box = "".join(f"<{key}>{value}</{key}>" for key, value in zip(keys, self.box, strict=True))
        part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
        return (
            f"<object><name>{self.name}</name><pose>Left</pose><truncated>0</truncated><occluded>1</occluded>"
            f"<bndbox>{box}</bndbox><difficult>{int(self.difficult)}</difficult>{part}</object>"
        )


Frames = Mapping[str, Sequence[Thing]]


def write_picture(path: Path, height: int, width: int) -> None:
    pixels = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95)


def write(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines))


def write_attribute_data(folder: Path, train: Frames, test: Frames) -> None:
    for split, frames in (("train", train), ("test", test)):
        rows = [f"{frame}.jpg {thing.row}" for frame, things in frames.items() for thing in things]
        write(folder / f"apascal_{split}.txt", rows)
    write(folder / "attribute_names.txt", ATTRIBUTES)
    write(folder / "class_names.txt", CLASSES)


def write_tree(root: Path, train: Frames, test: Frames, size: tuple[int, int] = (60, 90)) -> Path:
    """The complete layout; every picture has this height and width."""
    devkit = root / "VOCdevkit" / "VOC2008"
    for name, frames in (("train", train), ("val", test)):
        write(devkit / "ImageSets" / "Main" / f"{name}.txt", list(frames))
        for frame, things in frames.items():
            write_picture(devkit / "JPEGImages" / f"{frame}.jpg", *size)
            objects = "".join(thing.xml for thing in things)
            write(
                devkit / "Annotations" / f"{frame}.xml",
                [f"<annotation><filename>{frame}.jpg</filename>{objects}</annotation>"],
            )
    write_attribute_data(root / "attribute_data", train, test)
    return root


TRAIN: Frames = {
    "2008_000001": [
        Thing("dog", (1, 1, 90, 60), (0, 63)),
        Thing("person", (11, 6, 30, 50), (3,), difficult=True),
    ],
    "2008_000002": [],
    "2008_000007": [Thing("tvmonitor", (90, 60, 90, 60))],
}
TEST: Frames = {"2008_000003": [Thing("cat", (5, 5, 40, 40), (1, 2))]}

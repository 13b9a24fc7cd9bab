"""Writes pictures and their objects as PASCAL VOC with the attribute lists of a-PASCAL beside it.

``JPEGImages/000001.jpg``, ``Annotations/000001.xml`` and ``ImageSets/Main/{train,val}.txt`` are as in the VOC
devkit, ``attribute_data/apascal_{train,test}.txt`` as Farhadi et al. (CVPR 2009) publish theirs; val and test
are the same pictures. Boxes are written 1-based and inclusive, as both do.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

from stitchkit.files import write_text
from stitchkit_things.order import Shot
from stitchkit_things.truth import Thing
from stitchkit_things.vocabulary import ATTRIBUTES, KINDS, OCCLUDED

QUALITY = 92  # of the JPEG pictures


@dataclass(frozen=True)
class Entry:
    """One picture, ready to be written.

    Attributes:
        name: Name of its files.
        picture: Content of the JPEG file.
        annotation: Content of the XML file.
        rows: A line for each object: image, class, box, attributes.
    """

    name: str
    picture: bytes
    annotation: bytes
    rows: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Write picture and annotation."""
        for part, ending, content in (
            ("JPEGImages", "jpg", self.picture),
            ("Annotations", "xml", self.annotation),
        ):
            (folder / part).mkdir(parents=True, exist_ok=True)
            (folder / part / f"{self.name}.{ending}").write_bytes(content)


def entry(shot: Shot) -> Entry:
    """Take a picture and bring it to its form on disk."""
    taken = shot.take()
    jpeg = io.BytesIO()
    Image.fromarray(taken.image).save(jpeg, "JPEG", quality=QUALITY)
    rows = tuple(_row(shot.name, thing) for thing in taken.things)
    return Entry(shot.name, jpeg.getvalue(), annotation(shot.name, shot.size, taken.things), rows)


def _row(name: str, thing: Thing) -> str:
    return " ".join(map(str, (f"{name}.jpg", thing.kind, *_inclusive(thing), *thing.attributes)))


def _inclusive(thing: Thing) -> tuple[int, int, int, int]:
    """The box as VOC writes it: first and last column and row, counted from 1."""
    left, top, right, bottom = thing.box
    return left + 1, top + 1, right, bottom


def annotation(name: str, size: tuple[int, int], things: Sequence[Thing]) -> bytes:
    """The XML file of a picture of ``size`` (height, width)."""
    root = ElementTree.Element("annotation")
    _write(root, folder="things", filename=f"{name}.jpg")
    _write(ElementTree.SubElement(root, "size"), width=size[1], height=size[0], depth=3)
    _write(root, segmented=0)
    for thing in things:
        element = ElementTree.SubElement(root, "object")
        _write(
            element,
            name=thing.kind,
            pose="Unspecified",
            truncated=int(thing.truncated),
            occluded=int(OCCLUDED in thing.names),
            difficult=int(thing.difficult),
        )
        xmin, ymin, xmax, ymax = _inclusive(thing)
        _write(ElementTree.SubElement(element, "bndbox"), xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax)
    ElementTree.indent(root, "\t")
    return bytes(ElementTree.tostring(root, "utf-8"))


def _write(element: ElementTree.Element, **texts: object) -> None:
    for tag, text in texts.items():
        ElementTree.SubElement(element, tag).text = str(text)


def write_lists(
    folder: Path, splits: Sequence[tuple[str, Sequence[str]]], rows: Sequence[Sequence[str]]
) -> None:
    """Write which pictures each split has, all names, and the attribute rows.

    Args:
        folder: The data set.
        splits: Name (``"train"``, ``"test"``) and names of the pictures of each split.
        rows: The rows of each split.
    """
    for (split, names), lines in zip(splits, rows, strict=True):
        devkit_name = "val" if split == "test" else split
        _lines(folder / "ImageSets" / "Main" / f"{devkit_name}.txt", names)
        _lines(folder / "attribute_data" / f"apascal_{split}.txt", lines)
    _lines(folder / "attribute_data" / "attribute_names.txt", ATTRIBUTES)
    _lines(folder / "attribute_data" / "class_names.txt", KINDS)


def _lines(path: Path, lines: Sequence[str]) -> None:
    write_text(path, "".join(f"{line}\n" for line in lines))

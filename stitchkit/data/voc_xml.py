"""Reads the XML files of the VOC devkit, and finds which of their objects an attribute row stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, parse

import numpy as np
import torch
from torchvision.ops import box_iou

from stitchkit.errors import InputError

SAME_OBJECT = 0.5  # least overlap of two boxes of one class that are the same object


@dataclass(frozen=True, slots=True)
class AnnotatedObject:
    """An object as the devkit describes it.

    Attributes:
        name: Its class.
        box: Left, top, right and bottom edge in pixels.
        difficult: Whether VOC's evaluation leaves it out.
    """

    name: str
    box: tuple[float, float, float, float]
    difficult: bool


class _WithoutDoctype(TreeBuilder):
    """Refuses a document type, and with it every entity: VOC's files have neither."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("has a DOCTYPE, which no VOC file has")


def read_annotation(path: Path) -> list[AnnotatedObject]:
    """The objects of one XML file, in its order; parts of a person are no objects.

    Raises:
        InputError: The file is missing, no XML, has a DOCTYPE, or an object lacks its name, box or flag.
    """
    try:
        root = parse(path, XMLParser(target=_WithoutDoctype())).getroot()
        return [_object(element) for element in root.findall("object")]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): is the data set complete?") from None
    except (ParseError, ValueError) as error:
        raise InputError(f"{path}: {error}; fetch this file again") from None


def _object(element: Element) -> AnnotatedObject:
    xmin, ymin, xmax, ymax = (
        float(_text(element, f"bndbox/{key}")) for key in ("xmin", "ymin", "xmax", "ymax")
    )
    difficult = _text(element, "difficult")
    if difficult not in ("0", "1"):
        raise ValueError(f"difficult must be 0 or 1, but got {difficult!r}")
    return AnnotatedObject(_text(element, "name"), (xmin - 1, ymin - 1, xmax, ymax), difficult == "1")


def _text(element: Element, key: str) -> str:
    text = (element.findtext(key) or "").strip()
    if not text:
        raise ValueError(f"an object has no {key}")
    return text


def same_objects(
    names: Sequence[str], boxes: torch.Tensor, annotated: Sequence[AnnotatedObject]
) -> list[int | None]:
    """Pair the objects of one frame with those of its XML file, by class and overlap.

    The best overlap is paired first, each object once; boxes of the two sources need not be equal.

    Args:
        names: Class of each object.
        boxes: float32 [N, 4], left, top, right and bottom edge in pixels.
        annotated: M objects of the XML file.

    Returns:
        For each of the N objects its index among the M; none without a partner of `SAME_OBJECT` overlap.
    """
    pairs: list[int | None] = [None] * len(names)
    if not names or not annotated:
        return pairs
    overlap = box_iou(boxes, torch.tensor([each.box for each in annotated], dtype=torch.float32)).numpy()
    overlap *= np.array([[name == each.name for each in annotated] for name in names])
    for flat in np.argsort(-overlap, axis=None, kind="stable"):
        ours, theirs = map(int, np.unravel_index(flat, overlap.shape))
        if overlap[ours, theirs] >= SAME_OBJECT and pairs[ours] is None and theirs not in pairs:
            pairs[ours] = theirs
    return pairs

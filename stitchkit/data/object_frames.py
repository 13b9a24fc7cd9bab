"""Brings lists, attribute rows and XML files of one split together: what is known of each frame's objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from stitchkit.data.attribute_rows import AttributeRow, read_rows
from stitchkit.data.dataset import Split
from stitchkit.data.voc_layout import VOCLayout
from stitchkit.data.voc_xml import read_annotation, same_objects
from stitchkit.errors import InputError


@dataclass(frozen=True)
class ObjectFrame:
    """A frame and its N objects, in the order of their attribute rows; N may be 0.

    Attributes:
        name: For example ``"2008_000008"``.
        size: Height and width of the picture in pixels.
        boxes: float32 [N, 4], left, top, right and bottom edge in pixels.
        classes: int64 [N], from 0.
        attributes: uint8 [N, A], 0 or 1.
        difficult: bool [N], objects that VOC's evaluation leaves out.
    """

    name: str
    size: tuple[int, int]
    boxes: torch.Tensor
    classes: torch.Tensor
    attributes: torch.Tensor
    difficult: torch.Tensor


@dataclass(frozen=True)
class ObjectFrames:
    """All frames of a split, and what did not fit together.

    Attributes:
        frames: In the order of the split's list.
        rows_elsewhere: Attribute rows of frames that the list does not name: left out.
        rows_alone: Objects with an attribute row but none in the XML files: taken as not difficult.
        annotated_alone: Objects of the XML files without an attribute row: left out.
    """

    frames: list[ObjectFrame]
    rows_elsewhere: int
    rows_alone: int
    annotated_alone: int

    @property
    def objects(self) -> int:
        """Number of objects."""
        return sum(len(frame.classes) for frame in self.frames)


def read_objects(layout: VOCLayout, split: Split, classes: Sequence[str]) -> ObjectFrames:
    """Read a split without decoding a picture; of pictures only the size is read.

    An attribute row says class, box and attributes of an object. The XML files say only whether it is
    difficult; without them no object is.

    Args:
        layout: The files.
        split: The split.
        classes: Names of the classes, in the order of their numbers.

    Raises:
        InputError: A file is missing or wrong; the message names the line.
    """
    rows, rows_elsewhere = _rows_by_frame(layout, split, classes)
    attributes = len(layout.names("attribute"))
    frames, rows_alone, annotated_alone = [], 0, 0
    for name, own in rows.items():
        size = _picture_size(layout.picture(name))
        for row in own:
            row.check_inside(size)
        boxes = torch.tensor([row.box for row in own], dtype=torch.float32).reshape(-1, 4)
        annotation = layout.annotation(name)
        annotated = read_annotation(annotation) if annotation else []
        pairs = same_objects([classes[row.class_] for row in own], boxes, annotated)
        if annotation:
            rows_alone += pairs.count(None)
            annotated_alone += len(annotated) - len(pairs) + pairs.count(None)
        difficult = [pair is not None and annotated[pair].difficult for pair in pairs]
        flags = torch.tensor([list(row.attributes) for row in own], dtype=torch.uint8)
        frames.append(
            ObjectFrame(
                name,
                size,
                boxes,
                torch.tensor([row.class_ for row in own], dtype=torch.int64),
                flags.reshape(-1, attributes),
                torch.tensor(difficult, dtype=torch.bool),
            )
        )
    return ObjectFrames(frames, rows_elsewhere, rows_alone, annotated_alone)


def _rows_by_frame(
    layout: VOCLayout, split: Split, classes: Sequence[str]
) -> tuple[dict[str, list[AttributeRow]], int]:
    """The rows of each frame of the split, and how many rows belong to other frames."""
    rows: dict[str, list[AttributeRow]] = {name: [] for name in layout.frames(split)}
    elsewhere = 0
    for row in read_rows(layout.rows(split), classes, len(layout.names("attribute"))):
        if row.frame in rows:
            rows[row.frame].append(row)
        elif layout.partial or layout.picture(row.frame).is_file():
            elsewhere += 1
        else:
            raise InputError(
                f"{row.place}: there is no {layout.picture(row.frame)}; mend the row or fetch the picture"
            )
    return rows, elsewhere


def _picture_size(path: Path) -> tuple[int, int]:
    """Height and width, from the header alone."""
    try:
        with Image.open(path, formats=("JPEG",)) as picture:
            return picture.height, picture.width
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: not a JPEG picture ({error}); fetch it again") from None

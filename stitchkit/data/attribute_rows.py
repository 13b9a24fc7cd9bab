"""Reads the rows of ``apascal_train.txt`` and ``apascal_test.txt``: one object a row, with its attributes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stitchkit.data.voc_layout import frame_name, lines
from stitchkit.errors import InputError, unknown

_BEFORE_ATTRIBUTES = 6  # image, class, xmin, ymin, xmax, ymax


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One object of a-PASCAL (Farhadi et al., CVPR 2009).

    Attributes:
        place: File and line it stands in.
        frame: Name of its frame, without ``.jpg``.
        class_: Number of its class, from 0.
        box: Left, top, right and bottom edge in pixels; VOC's 1-based inclusive xmin, ymin, xmax, ymax are
            (xmin - 1, ymin - 1, xmax, ymax).
        attributes: 0 or 1 for each attribute.
    """

    place: str
    frame: str
    class_: int
    box: tuple[int, int, int, int]
    attributes: bytes

    def check_inside(self, size: tuple[int, int]) -> None:
        """Raise `InputError` if the box leaves a picture of this height and width."""
        (height, width), (left, top, right, bottom) = size, self.box
        if right > width or bottom > height:
            raise InputError(
                f"{self.place}: box {left + 1} {top + 1} {right} {bottom} leaves the picture, which is "
                f"{width} wide and {height} high; mend the row or fetch the picture again"
            )


def read_rows(path: Path, classes: Sequence[str], attributes: int) -> Iterator[AttributeRow]:
    """Read rows of ``image class xmin ymin xmax ymax a1 ... aN``, separated by blanks.

    Args:
        path: The file.
        classes: Names of the classes, in the order of their numbers.
        attributes: N, the number of attributes.

    Raises:
        InputError: The file cannot be read, or a row is not of this form; the message names the line.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    for place, line in lines(path):
        words = line.split()
        values = words[_BEFORE_ATTRIBUTES:]
        if len(values) != attributes or not set(values) <= {"0", "1"}:
            raise InputError(
                f"{place}: must be image, class, 4 numbers and {attributes} attributes of 0 or 1, "
                f"but got {len(words)} words ending in {words[-1]!r}"
            )
        if words[1] not in numbers:
            raise unknown("class", words[1], classes, place)
        frame, box = frame_name(words[0], place), _edges(words[2:6], place)
        yield AttributeRow(place, frame, numbers[words[1]], box, bytes(map(int, values)))


def _edges(words: list[str], place: str) -> tuple[int, int, int, int]:
    if all(word.isascii() and word.isdigit() and len(word) < 6 for word in words):
        xmin, ymin, xmax, ymax = map(int, words)
        if 1 <= xmin <= xmax and 1 <= ymin <= ymax:
            return xmin - 1, ymin - 1, xmax, ymax
    raise InputError(
        f"{place}: box must be whole numbers xmin <= xmax, ymin <= ymax from 1, but got {' '.join(words)}"
    )

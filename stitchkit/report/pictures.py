"""Test frames: the image, the ground truth, and what each row of the table says, side by side."""

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

from stitchkit.report.run_files import Run, by_row, natural
from stitchkit.results import Results

_LONGEST_SIDE = 480  # pixels; the page shows them at about half of that
_SHORTEST_SIDE = 240
_FULL_SIZE = 45  # pictures; more are made smaller, so that the page stays of a size to send
_MOST_PIXELS = 50_000_000  # of a file that is worth opening
_UNTOUCHED = 0.5  # share of the image's pixels that boxes and words drawn on it leave, at the least


@dataclass(frozen=True)
class Tile:
    """A picture as a data URI, None where the file is missing or unreadable.

    What is drawn on the frame's image, as boxes and words are, is shown larger than a map.
    """

    caption: str
    alt: str
    uri: str | None
    on_image: bool = False


@dataclass(frozen=True)
class Frame:
    """A test frame: its image, and for each task the ground truth and the predictions."""

    name: str
    image: Tile
    tasks: tuple[tuple[str, tuple[Tile, ...]], ...]


def frames(results: Results, runs: Sequence[Run]) -> tuple[Frame, ...]:
    """The frames that the runs have drawn, with the predictions of each row's first seed."""
    shown = [run for run in runs if run.first]
    names = sorted({name for run in shown for name in run.frames}, key=natural)
    of_frame = 1 + len(results.tasks) + sum(len(run.record.task_order) for run in shown)
    side = _side(len(names) * of_frame)
    return tuple(_frame(name, results, shown, side) for name in names)


def _side(pictures: int) -> int:
    """Longest side of so many pictures, in pixels."""
    scale = min(1.0, math.sqrt(_FULL_SIZE / max(1, pictures)))
    return max(_SHORTEST_SIDE, round(_LONGEST_SIDE * scale))


def _frame(name: str, results: Results, runs: Sequence[Run], side: int) -> Frame:
    def tile(caption: str, words: str, of: Sequence[Run], picture: str) -> Tile:
        return _tile(caption, f"{words}, frame {name}", of, name, picture, side)

    tasks = []
    for task in results.tasks:
        with_task = [run for run in runs if task in run.record.task_order]
        truth = tile("Ground truth", f"Ground truth of {task}", with_task, f"{task}.truth")
        said = (
            tile(of[0].label, f"{of[0].label}'s prediction of {task}", of, f"{task}.prediction")
            for of in by_row(with_task).values()
        )
        tasks.append((task, (truth, *said)))
    return Frame(name, tile("Image", "Image", runs, "image"), tuple(tasks))


def _tile(caption: str, alt: str, runs: Sequence[Run], frame: str, picture: str, side: int) -> Tile:
    """The picture from the first run that has it."""
    for run in runs:
        if (opened := _opened(run.picture(frame, picture))) is not None:
            image = _opened(run.picture(frame, "image"))
            on_image = image is not None and _drawn_on(opened, image)
            return Tile(caption, alt, _data_uri(opened, side), on_image)
    return Tile(caption, alt, None)


def _opened(path: Path | None) -> Image.Image | None:
    """A PNG file; None where it is missing or broken."""
    if path is None:
        return None
    try:
        with Image.open(path, formats=("PNG",)) as opened:
            return opened.convert("RGB") if opened.width * opened.height <= _MOST_PIXELS else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # all from broken files
        return None


def _drawn_on(picture: Image.Image, image: Image.Image) -> bool:
    if picture.size != image.size:
        return False
    equal = ImageChops.difference(picture, image).convert("L").histogram()[0]
    return equal >= _UNTOUCHED * image.width * image.height


def _data_uri(image: Image.Image, side: int) -> str:
    """A picture made small: few colours stay exact (label maps), photographs become JPEG."""
    few_colours = image.getcolors(256) is not None
    image.thumbnail((side, side), Image.Resampling.NEAREST if few_colours else Image.Resampling.BOX)
    written = io.BytesIO()
    if few_colours:
        image.save(written, "PNG", optimize=True)
    else:
        # Colours at full resolution: lines and letters drawn on a photograph stay sharp.
        image.save(written, "JPEG", quality=85, subsampling=0, optimize=True)
    kind = "png" if few_colours else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(written.getvalue()).decode('ascii')}"

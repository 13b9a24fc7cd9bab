"""Test frames: the image, the ground truth, and what each method says, side by side."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from stitchkit.report.run_files import Run, methods_of, natural
from stitchkit.report.wording import method_name
from stitchkit.results import Results

_LONGEST_SIDE = 480  # pixels; the page shows them at about half of that
_MOST_PIXELS = 50_000_000  # of a file that is worth opening


@dataclass(frozen=True)
class Tile:
    """A picture as a data URI, None where the file is missing or unreadable."""

    caption: str
    alt: str
    uri: str | None


@dataclass(frozen=True)
class Frame:
    """A test frame: its image, and for each task the ground truth and the predictions."""

    name: str
    image: Tile
    tasks: tuple[tuple[str, tuple[Tile, ...]], ...]


def frames(results: Results, runs: Sequence[Run]) -> tuple[Frame, ...]:
    """The frames that the runs have drawn, with the predictions of each method's first seed."""
    shown = [run for run in runs if run.first]
    names = sorted({name for run in shown for name in run.frames}, key=natural)
    return tuple(_frame(name, results, shown) for name in names)


def _frame(name: str, results: Results, runs: Sequence[Run]) -> Frame:
    tasks = []
    for task in results.tasks:
        with_task = [run for run in runs if task in run.record.task_order]
        tiles = [
            _tile("Ground truth", f"Ground truth of {task}, frame {name}", with_task, name, f"{task}.truth")
        ]
        for method in methods_of(with_task):
            of_method = [run for run in with_task if run.record.method == method]
            alt = f"{method_name(method)}'s prediction of {task}, frame {name}"
            tiles.append(_tile(method_name(method), alt, of_method, name, f"{task}.prediction"))
        tasks.append((task, tuple(tiles)))
    return Frame(name, _tile("Image", f"Image, frame {name}", runs, name, "image"), tuple(tasks))


def _tile(caption: str, alt: str, runs: Sequence[Run], frame: str, picture: str) -> Tile:
    """The picture from the first run that has it."""
    for run in runs:
        path = run.picture(frame, picture)
        if path is not None and (uri := _data_uri(path)) is not None:
            return Tile(caption, alt, uri)
    return Tile(caption, alt, None)


def _data_uri(path: Path) -> str | None:
    """A PNG file made small: few colours stay exact (label maps), photographs become JPEG."""
    try:
        with Image.open(path, formats=("PNG",)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            image = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # all from broken files
        return None
    few_colours = image.getcolors(256) is not None
    image.thumbnail(
        (_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.NEAREST if few_colours else Image.Resampling.BOX
    )
    written = io.BytesIO()
    if few_colours:
        image.save(written, "PNG", optimize=True)
    else:
        image.save(written, "JPEG", quality=85, optimize=True)
    kind = "png" if few_colours else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(written.getvalue()).decode('ascii')}"

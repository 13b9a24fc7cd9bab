"""Renders a whole data set into a folder: the same pictures for any number of processes."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from multiprocessing import current_process, get_context
from pathlib import Path

from stitchkit.data.frame_description import DESCRIPTION
from stitchkit.data.frame_writer import FrameWriter
from stitchkit.errors import InputError
from stitchkit.progress import progress
from stitchkit_rooms.classes import CLASSES
from stitchkit_rooms.render import Frame
from stitchkit_rooms.visit import Order, Visit

_STALE = 24 * 3600.0  # seconds after which a folder that was left half-made is cleared away


def generate(order: Order, root: Path, processes: int | None = None) -> Path:
    """Make the data set as a folder inside ``root``, or find it there, and return the folder.

    It is made aside and moved into place when complete, so that an interruption leaves nothing that looks
    finished, and of several processes at work on the same order the first one wins.

    Args:
        order: What to make.
        root: Folder that holds generated data sets; made if need be.
        processes: How many to work with; as many as there are cores if not given.

    Raises:
        InputError: ``root`` cannot be written.
    """
    folder = root / order.folder
    if (folder / DESCRIPTION).is_file():
        return folder
    try:
        root.mkdir(parents=True, exist_ok=True)
        _clear_stale(root)
        with tempfile.TemporaryDirectory(prefix=".rooms-", dir=root, ignore_cleanup_errors=True) as aside:
            made = Path(aside) / "made"
            _make(order, made, processes or _cores())
            try:
                made.rename(folder)
            except OSError:
                if not (folder / DESCRIPTION).is_file():  # else another process was first
                    raise
    except OSError as error:
        raise InputError(
            f"{error.filename or root}: the rooms cannot be stored ({error.strerror}); "
            "free some space or name another folder as root"
        ) from None
    return folder


def _make(order: Order, folder: Path, processes: int) -> None:
    writer = FrameWriter(
        folder,
        name="rooms",
        classes=CLASSES,
        size=order.size,
        normals_source="rendered: exact normals of the triangles seen (round things have facets)",
        label_source="rendered: class of the triangle seen, void where a pixel shows several classes",
        depth_source="rendered: exact depth at the middle of each pixel",
    )
    visits, total = order.rooms(), order.train + order.test
    with progress("render rooms", total) as advance:
        for number, frame in chain.from_iterable(_walk(visits, min(processes, len(visits)))):
            writer.write(
                number, image=frame.image, labels=frame.labels, depth=frame.depth, normals=frame.normals
            )
            advance(number)
    numbers = range(1, total + 1)
    writer.finish(
        splits={"train": numbers[: order.train], "test": numbers[order.train :]},
        groups={visit.first + k: f"room-{visit.room:04d}" for visit in visits for k in range(visit.views)},
    )


def _walk(visits: list[Visit], processes: int) -> Iterator[list[tuple[int, Frame]]]:
    """The frames of each room in turn."""
    if processes == 1 or current_process().daemon:  # a daemon may not start processes
        yield from map(Visit.frames, visits)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(Visit.frames, visits)
        except BrokenProcessPool:
            raise InputError(
                "rooms: the rendering processes could not start or were killed; call from under "
                "'if __name__ == \"__main__\":', or set processes to 1"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _clear_stale(root: Path) -> None:
    """Remove what processes that were killed have left behind."""
    for left in root.glob(".rooms-*"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)

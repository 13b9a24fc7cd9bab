"""Draws a whole data set into a folder: the same pictures for any number of processes."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import current_process, get_context
from pathlib import Path

from stitchkit.errors import InputError
from stitchkit.progress import progress
from stitchkit_things.layout import Entry, entry, write_lists
from stitchkit_things.order import Order, Shot

_STALE = 24 * 3600.0  # seconds after which a folder that was left half-made is cleared away
_CHUNK = 8  # pictures that a process takes at a time


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
    if folder.is_dir():
        return folder
    try:
        root.mkdir(parents=True, exist_ok=True)
        _clear_stale(root)
        with tempfile.TemporaryDirectory(prefix=".things-", dir=root, ignore_cleanup_errors=True) as aside:
            made = Path(aside) / "made"
            _make(order, made, processes or _cores())
            try:
                made.rename(folder)
            except OSError:
                if not folder.is_dir():  # else another process was first
                    raise
    except OSError as error:
        raise InputError(
            f"{error.filename or root}: the pictures cannot be stored ({error.strerror}); "
            "free some space or name another folder as root"
        ) from None
    return folder


def _make(order: Order, folder: Path, processes: int) -> None:
    shots = order.shots()
    rows: list[tuple[str, ...]] = []
    with progress("draw things", len(shots)) as advance:
        for done, each in enumerate(_entries(shots, min(processes, len(shots))), start=1):
            each.write(folder)
            rows.append(each.rows)
            advance(done)
    names = [shot.name for shot in shots]
    parts = {"train": slice(None, order.train), "test": slice(order.train, None)}
    write_lists(
        folder,
        [(split, names[part]) for split, part in parts.items()],
        [[row for of_one in rows[part] for row in of_one] for part in parts.values()],
    )


def _entries(shots: list[Shot], processes: int) -> Iterator[Entry]:
    if processes == 1 or current_process().daemon:  # a daemon may not start processes
        yield from map(entry, shots)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(entry, shots, chunksize=_CHUNK)
        except BrokenProcessPool:
            raise InputError(
                "things: the drawing processes could not start or were killed; call from under "
                "'if __name__ == \"__main__\":', or set processes to 1"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _clear_stale(root: Path) -> None:
    """Remove what processes that were killed have left behind."""
    for left in root.glob(".things-*"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)

"""Draws a whole data set into a folder: the same pictures for any number of processes."""

from pathlib import Path

from stitchkit.cache import made_once
from stitchkit.processes import in_processes
from stitchkit.progress import progress
from stitchkit_things.layout import entry, write_lists
from stitchkit_things.order import Order

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
    return made_once(root / order.folder, lambda folder: _make(order, folder, processes))


def _make(order: Order, folder: Path, processes: int | None) -> None:
    shots = order.shots()
    rows: list[tuple[str, ...]] = []
    with progress("draw things", len(shots)) as advance:
        entries = in_processes(entry, shots, processes, "things", together=_CHUNK)
        for done, each in enumerate(entries, start=1):
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

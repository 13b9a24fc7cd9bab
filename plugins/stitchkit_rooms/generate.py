"""Renders a whole data set into a folder: the same pictures for any number of processes."""

from itertools import chain
from pathlib import Path

from stitchkit.cache import made_once
from stitchkit.data.frame_writer import FrameWriter
from stitchkit.processes import in_processes
from stitchkit.progress import progress
from stitchkit_rooms.classes import CLASSES
from stitchkit_rooms.visit import Order, Visit


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
        walks = in_processes(Visit.frames, visits, processes, "rooms")
        for number, frame in chain.from_iterable(walks):
            writer.write(
                number, image=frame.image, labels=frame.labels, depth=frame.depth, normals=frame.normals
            )
            advance(number)
    numbers = range(1, total + 1)
    writer.finish(
        splits={"train": numbers[: order.train], "test": numbers[order.train :]},
        groups={visit.first + k: f"room-{visit.room:04d}" for visit in visits for k in range(visit.views)},
    )

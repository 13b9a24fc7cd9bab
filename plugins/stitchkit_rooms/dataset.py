"""The embedded data set: rendered rooms, made on first use and kept in a cache."""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Annotated

import torch
from pydantic import Field

from stitchkit.cache import cache_folder
from stitchkit.data import VOID, Labels, Sample, Split, Target
from stitchkit.data.frame_dataset import FrameDataset
from stitchkit.data.frames import FrameFolder
from stitchkit.plugins import Config
from stitchkit_rooms.classes import CLASSES, STRUCTURE
from stitchkit_rooms.generate import generate
from stitchkit_rooms.visit import Order

Side = Annotated[int, Field(ge=16, le=2048)]


class RoomsConfig(Config):
    """Options of `Rooms`.

    Attributes:
        train: Number of training frames.
        test: Number of test frames, taken in other rooms.
        size: Height and width of the frames in pixels.
        seed: Another seed, other rooms.
        root: Folder to keep generated frames in. By default ``rooms`` in the folder named by the environment
            variable ``STITCHKIT_CACHE`` or, without it, in the user's cache folder.
        processes: How many to render with; null for one a core. The frames do not depend on it.
    """

    train: Annotated[int, Field(ge=1)] = 400
    test: Annotated[int, Field(ge=1)] = 80
    size: tuple[Side, Side] = (120, 160)
    seed: Annotated[int, Field(ge=0)] = 0
    root: Path | None = None
    processes: Annotated[int, Field(ge=1)] | None = None

    @property
    def folder(self) -> Path:
        """Where generated data sets are kept."""
        return cache_folder("rooms", self.root)


class Rooms(FrameDataset):
    """Rendered Manhattan rooms with the 40 classes of NYUv2, exact normals and exact depth.

    Targets: ``"labels"``, ``"normals"``, ``"depth"`` and ``"structure"``, the labels as four structural
    classes; groups are rooms, and no room is in both splits.
    The first use renders the frames, which takes a minute at most at the default size.

    Args:
        config: Options.
        split: ``"train"`` or ``"test"``.

    Raises:
        InputError: The frames cannot be stored.
    """

    Config = RoomsConfig
    limits = (
        "Rendered rooms of simple shapes, not photographs: figures show whether a method learns and how "
        "methods compare here, not how well they do on real rooms, and stand beside no published figure."
    )

    def __init__(self, config: RoomsConfig, split: Split) -> None:
        order = Order(config.train, config.test, config.size, config.seed)
        super().__init__(FrameFolder(generate(order, config.folder, config.processes)), split)
        self.targets = {
            **self.targets,
            "structure": Target("labels", tuple(STRUCTURE), self.targets["labels"].source),
        }

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the frames and of the table of structural classes."""
        return hashlib.sha256(f"{STRUCTURE} {super().fingerprint}".encode()).hexdigest()

    def __getitem__(self, index: int) -> Sample:
        """A frame with all its targets."""
        sample = super().__getitem__(index)
        labels = sample["labels"].as_subclass(torch.Tensor)
        return {**sample, "structure": Labels(_STRUCTURE_OF[labels.long()])}


def _table() -> torch.Tensor:
    """The structural class of every label that uint8 holds: uint8 [256], void for all that are no class."""
    table = torch.full((256,), VOID, dtype=torch.uint8)
    for number, names in enumerate(STRUCTURE.values()):
        table[[CLASSES.index(name) for name in names]] = number
    return table


_STRUCTURE_OF = _table()

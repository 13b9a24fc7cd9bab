"""The embedded data set of objects: drawn pictures, made on first use and kept in a cache."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from stitchkit.cache import cache_folder
from stitchkit.data import Split
from stitchkit.data.objects_dataset import ObjectsDataset
from stitchkit.data.voc_layout import VOCLayout
from stitchkit.plugins import Config
from stitchkit_things.generate import generate
from stitchkit_things.order import Order

Side = Annotated[int, Field(ge=32, le=1024)]


class ThingsConfig(Config):
    """Options of `Things`.

    Attributes:
        train: Number of training pictures.
        test: Number of test pictures.
        size: Height and width of the pictures in pixels.
        seed: Another seed, other pictures.
        root: Folder to keep pictures in. By default ``things`` in the folder named by the environment
            variable ``STITCHKIT_CACHE`` or, without it, in the user's cache folder.
        processes: How many to draw with; null for one a core. The pictures do not depend on it.
    """

    train: Annotated[int, Field(ge=1, le=500_000)] = 500
    test: Annotated[int, Field(ge=1, le=400_000)] = 200
    size: tuple[Side, Side] = (160, 200)
    seed: Annotated[int, Field(ge=0)] = 0
    root: Path | None = None
    processes: Annotated[int, Field(ge=1)] | None = None

    @property
    def folder(self) -> Path:
        """Where generated data sets are kept."""
        return cache_folder("things", self.root)


class Things(ObjectsDataset):
    """Drawn pictures of objects of the 20 VOC classes with exact boxes and 64 attributes.

    Targets: ``"boxes"``, ``"classes"``, ``"attributes"`` and ``"difficult"``; `stitchkit_things.truth` says
    when an attribute holds. The first use draws the pictures, half a minute's work at the default size.

    Args:
        config: Options.
        split: ``"train"`` or ``"test"``.

    Raises:
        InputError: The pictures cannot be stored.
    """

    Config = ThingsConfig

    def __init__(self, config: ThingsConfig, split: Split) -> None:
        order = Order(config.train, config.test, config.size, config.seed)
        folder = generate(order, config.folder, config.processes)
        super().__init__(VOCLayout.from_parts(folder, folder / "attribute_data"), split)
        source = "drawn: exact for the pixels seen"
        self.targets = {name: replace(target, source=source) for name, target in self.targets.items()}
        self.limits = (
            "Drawn pictures of simple shapes, not photographs: figures show whether a method learns and how "
            "methods compare here, not how well they find real objects, and stand beside no published figure."
        )

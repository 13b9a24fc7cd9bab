"""VOC 2008 as stitchkit reads it, and what a copy of it can show."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from stitchkit.data import Split
from stitchkit.data.objects_dataset import ObjectsDataset
from stitchkit.data.voc_layout import VOCLayout
from stitchkit.errors import InputError
from stitchkit.plugins import Config
from stitchkit_voc.official import ATTRIBUTES, CLASSES, COUNTS, SOURCES
from stitchkit_voc.prepare import PrepareOptions, prepare


class VOC2008Config(Config):
    """Options of the data set.

    Attributes:
        root: The folder with ``VOCdevkit`` and ``attribute_data``; ``voc2008`` in the folder STITCHKIT_DATA
            if not given.
    """

    root: Path | None = None


class VOC2008(ObjectsDataset):
    """The objects of a-PASCAL in VOC 2008: 2113 frames of train, and 2227 frames of val as the test split.

    Boxes, classes and attributes come from a-PASCAL's rows, difficult flags from the devkit's XML files
    (paper Section 6). The annotations of VOC 2008's own test split are not public.

    Args:
        config: Options.
        split: ``"train"`` or ``"test"``.

    Raises:
        InputError: The data is not there, or a file of it is wrong; the message names the line.
    """

    Config = VOC2008Config
    Prepare: ClassVar[type[PrepareOptions]] = PrepareOptions

    def __init__(self, config: VOC2008Config, split: Split) -> None:
        root = config.root.expanduser() if config.root else default_root()
        if not root.is_dir():
            raise InputError(
                f"VOC 2008 is not at {root}; set STITCHKIT_DATA to the folder that holds it, or {SOURCES}"
            )
        try:
            layout = VOCLayout.of(root)
        except InputError as error:
            raise InputError(f"{error} {SOURCES}") from None
        super().__init__(layout, split, CLASSES)
        if len(self.attributes) != ATTRIBUTES:
            raise InputError(
                f"{self.layout.attributes}: a-PASCAL has {ATTRIBUTES} attributes, "
                f"but attribute_names.txt names {len(self.attributes)}; fetch it again"
            )
        complete = not self.layout.partial and (len(self), self.objects.objects) == COUNTS[split]
        flagged = complete and self.layout.annotations is not None
        as_annotated = flagged and not self.objects.rows_alone and not self.objects.annotated_alone
        rows, xml = "the rows of a-PASCAL", "the XML annotations of VOC 2008"
        self.targets = {
            name: replace(
                target,
                source=xml if name == "difficult" and self.layout.annotations else rows,
                published=complete if name == "attributes" else as_annotated,
            )
            for name, target in self.targets.items()
        }
        self.limits = f"{self._which(complete)} {self.limits}".strip()

    def _which(self, complete: bool) -> str:
        name = "val" if self.split == "test" else self.split
        if complete:
            return f"Complete VOC 2008 {name} with the objects of a-PASCAL."
        frames, objects = COUNTS[self.split]
        return (
            f"Not the complete VOC 2008 {name}, but {len(self)} of its {frames} frames with "
            f"{self.objects.objects} of {objects} objects: "
            "figures on them must not be set beside published ones."
        )

    @classmethod
    def prepare(cls, options: PrepareOptions, progress: Callable[[int, int, str], None]) -> Path:
        """Check the official files and put them together; see `stitchkit_voc.prepare.prepare`."""
        return prepare(options, options.out or default_root(), progress)


def default_root() -> Path:
    """``voc2008`` in the folder STITCHKIT_DATA; raises `InputError` where that is not set."""
    data = os.environ.get("STITCHKIT_DATA")
    if not data:
        raise InputError(
            "VOC 2008: no folder given and STITCHKIT_DATA is not set; "
            f"set it to the folder that holds voc2008, or is to hold it, and {SOURCES}"
        )
    return Path(data).expanduser() / "voc2008"

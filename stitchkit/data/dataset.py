"""What stitchkit asks of a data set."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from torch.utils.data import Dataset as TorchDataset

from stitchkit.data.maps import Target
from stitchkit.plugins import Config

Split = Literal["train", "test"]

Sample = dict[str, Any]
"""``"image"``: `torchvision.tv_tensors.Image`, uint8 RGB [3, H, W]; further keys name targets, as `Target`
describes them: maps of the same height and width, or rows for each object. A sample may lack any target.

Boxes are edges x1, y1, x2, y2 in pixels, so that a width is x2 - x1: a box of the first pixel alone is
0, 0, 1, 1. ``"proposals"``, `torchvision.tv_tensors.BoundingBoxes` [P, 4], say where objects may be, best
first."""


class Dataset(TorchDataset[Sample], ABC):
    """One split of a data set, registered under the entry-point group ``stitchkit.datasets``.

    A data set holds no validation split: `stitchkit.data.carve` takes one from the training frames.

    Attributes:
        targets: What the samples may hold beside the image.
        limits: One or two sentences on what results on this data cannot show; printed with every table.
    """

    Config: ClassVar[type[Config]] = Config
    targets: Mapping[str, Target]
    limits: str = ""

    @abstractmethod
    def __init__(self, config: Any, split: Split) -> None:
        """Open a split; raises `stitchkit.errors.InputError` with the remedy where the data is missing."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of what determines the content of this split: equal hash, equal samples."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of frames."""

    @abstractmethod
    def __getitem__(self, index: int) -> Sample:
        """A sample at its native size, already cut to the data set's evaluation frame."""

    def annotations(self, index: int) -> Sample:
        """A sample without its image; a data set that can should give it without reading the picture."""
        return {name: value for name, value in self[index].items() if name != "image"}

    @abstractmethod
    def key(self, index: int) -> str:
        """Name of a frame as the data set itself writes it, for example ``"0042"``."""

    def group(self, index: int) -> str:
        """Frames of one group (a room, a video) never stand on both sides of a train/validation split."""
        return self.key(index)

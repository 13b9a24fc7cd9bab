"""Where objects may be: the boxes that a detector classifies, and how many of the objects they find."""

import hashlib
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from rich.console import Console
from torch import Tensor
from torchvision import tv_tensors
from torchvision.ops import box_iou

from stitchkit import plugins
from stitchkit.data import Dataset, Sample
from stitchkit.errors import InputError


class Proposals(ABC):
    """Boxes that may hold an object, registered under the entry-point group ``stitchkit.proposals``.

    Fast R-CNN does not look for objects by itself: it classifies and refines such boxes (Girshick, ICCV 2015;
    paper, Section 6). One instance serves all splits of a data set.

    Attributes:
        limits: One or two sentences on what results with these proposals cannot show; printed with every
            table.
    """

    Config: ClassVar[type[plugins.Config]] = plugins.Config
    limits: str = ""

    @abstractmethod
    def __init__(self, config: Any) -> None:
        """Take the options; raises `stitchkit.errors.InputError` where something needed is missing."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of what, beside the data set, determines the boxes: equal hash, equal boxes."""

    @abstractmethod
    def make(self, dataset: Dataset) -> None:
        """Compute or read what is missing, so that `boxes` is quick for every frame of a split.

        Raises:
            InputError: There are no boxes for a frame, or they cannot be stored.
        """

    @abstractmethod
    def boxes(self, dataset: Dataset, index: int) -> Tensor:
        """The boxes of a frame, after `make`: float32 [P, 4], x1, y1, x2, y2, best first; P may be zero.

        They are edges in pixels of the frame at its native size, inside it, and of a width x2 - x1 and a
        height above zero.

        Raises:
            InputError: The boxes of this frame are missing or wrong.
        """

    def prepare(self, dataset: Dataset) -> None:
        """`make` the boxes of a split, then say on standard error how many of its objects they find.

        Raises:
            InputError: As `make`.
        """
        self.make(dataset)
        found = recall(self, dataset)
        if found.objects:
            Console(stderr=True).print(f"proposals: {found}", highlight=False, markup=False, soft_wrap=True)


class Proposed(Dataset):
    """A data set with ``"proposals"`` added to every sample; all else is the given data set's.

    Args:
        dataset: One split.
        proposals: Prepared for it.
    """

    def __init__(self, dataset: Dataset, proposals: Proposals) -> None:
        self.dataset = dataset
        self.proposals = proposals
        self.targets = dataset.targets
        self.limits = " ".join(filter(None, (dataset.limits, proposals.limits)))

    @property
    def fingerprint(self) -> str:
        """Hash of the data set's fingerprint and the proposals'."""
        both = f"{self.dataset.fingerprint} {self.proposals.fingerprint}"
        return hashlib.sha256(both.encode()).hexdigest()

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.dataset)

    def __getitem__(self, index: int) -> Sample:
        """A sample with ``"proposals"``: `torchvision.tv_tensors.BoundingBoxes`, XYXY, float32 [P, 4].

        Raises:
            InputError: A proposal does not lie inside the frame.
        """
        sample = self.dataset[index]
        height, width = sample["image"].shape[-2:]
        return {**sample, "proposals": self._boxes(index, (height, width))}

    def annotations(self, index: int) -> Sample:
        """A sample with ``"proposals"``, without its image."""
        sample = self.dataset.annotations(index)
        return {**sample, "proposals": self._boxes(index, frame_size(self.dataset, index))}

    def key(self, index: int) -> str:
        """Name of a frame as the data set writes it."""
        return self.dataset.key(index)

    def group(self, index: int) -> str:
        """The group of a frame."""
        return self.dataset.group(index)

    def _boxes(self, index: int, size: tuple[int, int]) -> tv_tensors.BoundingBoxes:
        boxes = self.proposals.boxes(self.dataset, index)
        height, width = size
        start, end = boxes[:, :2], boxes[:, 2:]
        inside = (start >= 0) & (start < end) & (end <= torch.tensor([width, height]))
        if not inside.all():
            wrong = [round(edge, 2) for edge in boxes[~inside.all(1)][0].tolist()]
            raise InputError(
                f"proposals of frame {self.key(index)}: {wrong} (x1, y1, x2, y2) is no box inside its "
                f"{height} x {width} pixels (height x width); are they of this data set?"
            )
        return tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=size)


def frame_size(dataset: Dataset, index: int) -> tuple[int, int]:
    """Height and width of a frame at its native size, without reading the picture where the boxes tell it."""
    boxes = dataset.annotations(index).get("boxes")
    if boxes is not None:
        return tuple(boxes.canvas_size)
    height, width = dataset[index]["image"].shape[-2:]
    return height, width


@dataclass(frozen=True)
class Recall:
    """How many objects of a data set its proposals find.

    Attributes:
        overlap: Intersection over union with a proposal at which an object counts as found.
        objects: Number of objects, difficult ones among them.
        found: Number of objects found.
        frames: Number of frames.
        boxes: Number of proposals of all frames.
    """

    overlap: float
    objects: int
    found: int
    frames: int
    boxes: int

    @property
    def fraction(self) -> float:
        """Share of the objects found, in [0, 1]; nan without objects."""
        return self.found / self.objects if self.objects else math.nan

    def __str__(self) -> str:
        """The recall and what it was measured on, in one line."""
        return (
            f"recall {self.fraction:.3f} of {self.objects} objects at IoU {self.overlap:g} "
            f"with {self.boxes / max(self.frames, 1):.0f} boxes a frame in {self.frames} frames"
        )


def recall(proposals: Proposals, dataset: Dataset, overlap: float = 0.5) -> Recall:
    """Count the objects that at least one proposal covers; an upper bound on the recall of a detector.

    Args:
        proposals: Prepared for ``dataset``.
        dataset: One split; frames without ``"boxes"`` have no objects.
        overlap: Intersection over union of object and proposal at which the object counts as found.
    """
    objects = found = boxes = 0
    for index in range(len(dataset)):
        proposed = proposals.boxes(dataset, index)
        boxes += len(proposed)
        known = dataset.annotations(index).get("boxes")
        if known is None or not len(known):
            continue
        objects += len(known)
        if len(proposed):
            best = box_iou(known.as_subclass(Tensor), proposed).amax(dim=1)
            found += int((best >= overlap).sum())
    return Recall(overlap, objects, found, len(dataset), boxes)

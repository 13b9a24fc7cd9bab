"""Average precision of detections over the whole data set."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from stitchkit.average_precision import average_precision
from stitchkit.tasks import Batch, Metric, Metrics
from stitchkit_detection.detections import Detections
from stitchkit_detection.matching import match
from stitchkit_detection.objects import check_objects

FIGURES = (
    Metric(
        "map_11",
        "mAP",
        note="mean over the classes of VOC's 11-point AP; difficult objects count neither way",
    ),
    Metric("map_all", "mAP all-point", note="the same with the whole area under the precision-recall curve"),
)


class DetectionAP(Metrics):
    """Mean average precision in percent, both of VOC's ways (Everingham et al., IJCV 2010 and 2015).

    11 points as up to VOC 2009, and the whole area under the curve as since VOC 2010. The mean is over the
    classes that have an object which is not difficult. The score and the outcome of every detection are kept
    and sorted in the end, so the figures do not depend on the batch size or on the order of the frames.

    Args:
        boxes: Key of the true boxes in a batch.
        classes: Key of their classes.
        difficult: Key of their flags; where a batch lacks it, no object is difficult.
        names: Of the classes.
        train_counts: Objects of each class in the training frames, for the report.
        iou: Overlap from which a detection may be a hit.

    Attributes:
        objects: Objects of each class that are not difficult: int64 [classes].
    """

    def __init__(
        self,
        boxes: str,
        classes: str,
        difficult: str,
        *,
        names: Sequence[str],
        train_counts: Sequence[int],
        iou: float,
    ) -> None:
        self.boxes, self.classes, self.difficult = boxes, classes, difficult
        self.names, self.train_counts, self.iou = list(names), list(train_counts), iou
        self.objects = np.zeros(len(self.names), dtype=np.int64)
        self._found: tuple[list[np.ndarray], ...] = [], [], []  # of each frame: classes, scores, hits

    def update(self, prediction: Sequence[Detections], batch: Batch) -> None:
        """Add the detections of each frame of a batch.

        Raises:
            InputError: Boxes and classes of a frame do not fit together; the message names the frame.
        """
        for place, (found, frame) in enumerate(zip(prediction, batch["key"], strict=True)):
            boxes = batch[self.boxes][place].as_subclass(Tensor).cpu()
            given = batch[self.classes][place] if self.classes in batch else None
            classes = check_objects(boxes, given, len(self.names), frame)
            difficult = torch.zeros(len(boxes), dtype=torch.bool)
            if self.difficult in batch:
                difficult = batch[self.difficult][place].cpu()
            counts, hits = match(found, boxes, classes, difficult, self.iou)
            self.objects += np.bincount(classes[~difficult].numpy(), minlength=len(self.names))
            for kept, values in zip(self._found, (found["classes"], found["scores"], hits), strict=True):
                kept.append(values[counts].numpy())

    def merge(self, other: Metrics) -> None:
        """Add what another process has seen."""
        assert isinstance(other, DetectionAP)
        self.objects += other.objects
        for own, others in zip(self._found, other._found, strict=True):
            own += others

    def compute(self) -> dict[str, float]:
        """``map_11`` and ``map_all`` in percent; NaN where no object was seen that is not difficult."""
        figures = {"map_11": self._by_class(11), "map_all": self._by_class("all")}
        occurring = self.objects > 0
        return {
            name: float(ap[occurring].mean()) if occurring.any() else np.nan for name, ap in figures.items()
        }

    def details(self) -> dict[str, Any]:
        """11-point AP of each class, None where no object was seen; all-point AP; and counts of objects."""
        return {
            "per_class": {
                "names": self.names,
                "value": self._listed(self._by_class(11)),
                "metric": "AP",
                "unit": "%",
                "train_count": self.train_counts,
                "count_unit": "objects",
            },
            "ap_all": self._listed(self._by_class("all")),
            "objects": self.objects.tolist(),
        }

    def _by_class(self, points: Literal[11, "all"]) -> np.ndarray:
        """AP of each class in percent: float64 [classes]; NaN for a class without an object."""
        if not self.objects.any():
            return np.full(len(self.names), np.nan)
        classes, scores, hits = map(np.concatenate, self._found)
        of_each = [(classes == number, int(total)) for number, total in enumerate(self.objects)]
        return 100 * np.array([average_precision(scores[own], hits[own], n, points) for own, n in of_each])

    def _listed(self, ap: np.ndarray) -> list[float | None]:
        return [float(x) if n else None for x, n in zip(ap, self.objects, strict=True)]

"""Average precision of detections over the whole data set."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from stitchkit.average_precision import (
    Points,
    average_precision,
    mean_average_precision,
    resampled_average_precision,
)
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


WAYS: dict[str, Points] = {"map_11": 11, "map_all": "all"}


class Outcome(NamedTuple):
    """Of one frame: class, score and outcome of the detections that count, [D] each; objects [classes]."""

    frame: str
    classes: np.ndarray
    scores: np.ndarray
    hits: np.ndarray
    objects: np.ndarray


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
        self._outcomes: list[Outcome] = []

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
            objects = np.bincount(classes[~difficult].numpy(), minlength=len(self.names))
            self.objects += objects
            told = (found["classes"].to(torch.int16), found["scores"], hits)
            classes_told, scores, right = (values[counts].numpy() for values in told)
            self._outcomes.append(Outcome(frame, classes_told, scores, right, objects))

    def merge(self, other: Metrics) -> None:
        """Add what another process has seen."""
        assert isinstance(other, DetectionAP)
        self.objects += other.objects
        self._outcomes += other._outcomes

    def compute(self) -> dict[str, float]:
        """``map_11`` and ``map_all`` in percent; NaN where no object was seen that is not difficult."""
        return {name: float(mean_average_precision(self._by_class(points))) for name, points in WAYS.items()}

    def per_image(self) -> dict[str, np.ndarray]:
        """The outcome of every detection that counts, and how many objects there are to find.

        ``"class"`` int16 [D], ``"score"`` float32 [D] and ``"hit"`` bool [D] of the detections, ``"image"``
        int32 [D], the place of their images, and ``"objects"`` int32 [n, classes].
        """
        outcomes = sorted(self._outcomes, key=lambda outcome: outcome.frame)
        detections = np.array([len(outcome.hits) for outcome in outcomes], np.int64)
        return {
            "key": np.array([outcome.frame for outcome in outcomes], dtype=str),
            "image": np.repeat(np.arange(len(outcomes), dtype=np.int32), detections),
            "class": np.concatenate([np.empty(0, np.int16), *(own.classes for own in outcomes)]),
            "score": np.concatenate([np.empty(0, np.float32), *(own.scores for own in outcomes)]),
            "hit": np.concatenate([np.empty(0, bool), *(own.hits for own in outcomes)]),
            "objects": np.array([own.objects for own in outcomes], np.int32).reshape(-1, len(self.names)),
        }

    def resampled(self, images: Mapping[str, np.ndarray], times: np.ndarray) -> dict[str, np.ndarray]:
        """``map_11`` and ``map_all`` over the classes that have an object among the images drawn."""
        of_classes = []
        for number, objects in enumerate(images["objects"].T):
            own = images["class"] == number
            score, hit, image = (images[name][own] for name in ("score", "hit", "image"))
            of_classes.append(resampled_average_precision(score, hit, image, objects, times))
        return {
            name: 100 * mean_average_precision(np.stack([ap[points] for ap in of_classes], axis=1))
            for name, points in WAYS.items()
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

    def _by_class(self, points: Points) -> np.ndarray:
        """AP of each class in percent: float64 [classes]; NaN for a class without an object."""
        images = self.per_image()
        of_each = [(images["class"] == number, int(total)) for number, total in enumerate(self.objects)]
        return 100 * np.array(
            [average_precision(images["score"][own], images["hit"][own], n, points) for own, n in of_each]
        )

    def _listed(self, ap: np.ndarray) -> list[float | None]:
        return [float(x) if n else None for x, n in zip(ap, self.objects, strict=True)]

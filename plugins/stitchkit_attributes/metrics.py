"""Average precision of each attribute over all objects of the data set."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from stitchkit.average_precision import (
    Points,
    average_precision,
    mean_average_precision,
    resampled_average_precision,
)
from stitchkit.tasks import Batch, Metric, Metrics
from stitchkit_attributes.objects import check_attributes

WAYS: tuple[Points, Points] = (11, "all")
RAREST = (10, 20)  # attributes; the paper's Section 6.5 tells of these

Answers = Mapping[str, Tensor]
"""Of one frame: ``"boxes"`` float32 [M, 4] in its pixels, ``"objects"`` int64 [M], the place of each box's
object in the frame, and ``"scores"`` float64 [M, A], from 0 to 1."""


def figures(measured: str) -> tuple[Metric, ...]:
    """The figures of `AttributeAP`; ``measured`` says on what, in words."""
    return (
        Metric("map_11", "mAP", note=f"mean over the attributes of VOC's 11-point AP, {measured}"),
        Metric(
            "map_all",
            "mAP all-point",
            note="mean over the attributes of the whole area under the precision-recall curve",
        ),
        *(
            Metric(
                f"map_11_rarest_{count}",
                f"mAP {count} rarest",
                note=f"11-point, over the {count} attributes with the fewest training instances",
            )
            for count in RAREST
        ),
    )


class Scored(NamedTuple):
    """Of one frame: scores and truth of the objects that were scored, [M, A] each; positives [A]."""

    frame: str
    scores: np.ndarray
    attributes: np.ndarray
    positives: np.ndarray


class AttributeAP(Metrics):
    """Mean average precision in percent, both of VOC's ways (Everingham et al., IJCV 2010 and 2015).

    The objects of all frames are sorted by the score of an attribute. The mean is over the attributes that
    hold for an object measured; the rarest are counted among those of them that have a training instance.
    Scores are kept and sorted in the end, and objects of equal score count together, so the figures do not
    depend on the batch size or on the order of the frames.

    Args:
        target: Key of the attributes in a batch.
        boxes: Key of the true boxes.
        names: Of the attributes.
        train_counts: Training objects that each attribute holds for.
        without_attributes: Whether objects that no attribute holds for count, as negatives.

    Attributes:
        positives: Objects that each attribute holds for, with those that were not scored: int64 [A].
        objects: Objects that count.
    """

    def __init__(
        self,
        target: str,
        boxes: str,
        *,
        names: Sequence[str],
        train_counts: Sequence[int],
        without_attributes: bool = True,
    ) -> None:
        self.target, self.boxes = target, boxes
        self.names, self.train_counts = list(names), list(train_counts)
        self.without_attributes = without_attributes
        self.positives = np.zeros(len(self.names), dtype=np.int64)
        self.objects = 0
        self._scored: list[Scored] = []

    def update(self, prediction: Sequence[Answers], batch: Batch) -> None:
        """Add the scores of each frame of a batch; a frame that tells no attributes adds nothing.

        Raises:
            InputError: Boxes and attributes of a frame do not fit together; the message names the frame.
        """
        for place, (answers, frame) in enumerate(zip(prediction, batch["key"], strict=True)):
            boxes = batch[self.boxes][place] if self.boxes in batch else None
            attributes = check_attributes(batch[self.target][place], boxes, len(self.names), frame)
            if not len(attributes):
                continue
            counts = attributes.any(dim=1) | self.without_attributes
            own = answers["objects"]
            scores, own = answers["scores"][counts[own]], own[counts[own]]
            positives = attributes.sum(dim=0).numpy()
            self.positives += positives
            self.objects += int(counts.sum())
            self._scored.append(Scored(frame, scores.numpy(), attributes[own].numpy(), positives))

    def merge(self, other: Metrics) -> None:
        """Add what another process has seen."""
        assert isinstance(other, AttributeAP)
        self.positives += other.positives
        self.objects += other.objects
        self._scored += other._scored

    def compute(self) -> dict[str, float]:
        """Every figure of `figures` in percent; NaN where no attribute that it is about holds."""
        figures = self._figures(self._by_attribute(11), self._by_attribute("all"))
        return {name: float(value) for name, value in figures.items()}

    def per_image(self) -> dict[str, np.ndarray]:
        """Scores and truth of every object scored, and how many objects each attribute holds for.

        ``"score"`` float64 [M, A] and ``"attribute"`` bool [M, A] of the objects, ``"image"`` int32 [M], the
        place of their images, and ``"positives"`` int32 [n, A]. Images that tell no attributes are left out.
        """
        frames, count = sorted(self._scored, key=lambda scored: scored.frame), len(self.names)
        objects = np.array([len(own.scores) for own in frames], np.int64)
        return {
            "key": np.array([own.frame for own in frames], dtype=str),
            "image": np.repeat(np.arange(len(frames), dtype=np.int32), objects),
            "score": np.concatenate([np.empty((0, count)), *(own.scores for own in frames)]),
            "attribute": np.concatenate([np.empty((0, count), bool), *(own.attributes for own in frames)]),
            "positives": np.array([own.positives for own in frames], np.int32).reshape(-1, count),
        }

    def resampled(self, images: Mapping[str, np.ndarray], times: np.ndarray) -> dict[str, np.ndarray]:
        """Every figure over the attributes that hold for an object of the images drawn: float64 [R] each."""
        each = zip(images["score"].T, images["attribute"].T, images["positives"].T, strict=True)
        ap = [
            resampled_average_precision(score, holds, images["image"], positives, times)
            for score, holds, positives in each
        ]
        eleven, area = (100 * np.stack([own[points] for own in ap], axis=1) for points in WAYS)
        return self._figures(eleven, area)

    def details(self) -> dict[str, Any]:
        """AP of each attribute, 11-point and all-point, None where it holds nowhere; counts of objects."""
        return {
            "per_class": {
                "kind": "attribute",
                "names": self.names,
                "value": _listed(self._by_attribute(11)),
                "metric": "AP",
                "unit": "%",
                "train_count": self.train_counts,
                "count_unit": "instances",
            },
            "ap_all": _listed(self._by_attribute("all")),
            "positives": self.positives.tolist(),
            "objects": self.objects,
        }

    def _by_attribute(self, points: Points) -> np.ndarray:
        """AP of each attribute in percent: float64 [A]; NaN where it holds for no object."""
        images = self.per_image()
        each = zip(images["score"].T, images["attribute"].T, self.positives.tolist(), strict=True)
        return np.array([100 * average_precision(*attribute, points) for attribute in each])

    def _figures(self, eleven: np.ndarray, area: np.ndarray) -> dict[str, np.ndarray]:
        """Every figure, [...], of the AP of each attribute, [..., A] both ways; NaN: it holds nowhere."""
        trained = sorted(np.flatnonzero(self.train_counts), key=self.train_counts.__getitem__)
        rarest_first = eleven[..., trained]
        place = np.cumsum(~np.isnan(rarest_first), axis=-1)  # among those that hold somewhere
        rarest = {count: np.where(place <= count, rarest_first, np.nan) for count in RAREST}
        return {
            "map_11": mean_average_precision(eleven),
            "map_all": mean_average_precision(area),
            **{f"map_11_rarest_{count}": mean_average_precision(ap) for count, ap in rarest.items()},
        }


def _listed(ap: np.ndarray) -> list[float | None]:
    return [None if np.isnan(x) else float(x) for x in ap]

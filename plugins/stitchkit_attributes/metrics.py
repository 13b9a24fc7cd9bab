"""Average precision of each attribute over all objects of the data set."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from torch import Tensor

from stitchkit.average_precision import average_precision
from stitchkit.tasks import Batch, Metric, Metrics
from stitchkit_attributes.objects import check_attributes

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
        self._scored: list[tuple[np.ndarray, np.ndarray]] = []  # a frame's scores and attributes, [M, A] each

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
            self.positives += attributes.sum(dim=0).numpy()
            self.objects += int(counts.sum())
            self._scored.append((scores.numpy(), attributes[own].numpy()))

    def merge(self, other: Metrics) -> None:
        """Add what another process has seen."""
        assert isinstance(other, AttributeAP)
        self.positives += other.positives
        self.objects += other.objects
        self._scored += other._scored

    def compute(self) -> dict[str, float]:
        """Every figure of `figures` in percent; NaN where no attribute that it is about holds."""
        ap = self._by_attribute(11)
        counts = np.where(np.isnan(ap), 0, self.train_counts)
        by_count = np.argsort(counts, kind="stable")[np.count_nonzero(counts == 0) :]
        return {
            "map_11": _mean(ap),
            "map_all": _mean(self._by_attribute("all")),
            **{f"map_11_rarest_{count}": _mean(ap[by_count[:count]]) for count in RAREST},
        }

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

    def _by_attribute(self, points: Literal[11, "all"]) -> np.ndarray:
        """AP of each attribute in percent: float64 [A]; NaN where it holds for no object."""
        if not self._scored:
            return np.full(len(self.names), np.nan)
        scores, attributes = (np.concatenate(values).T for values in zip(*self._scored, strict=True))
        each = zip(scores, attributes, self.positives.tolist(), strict=True)
        return np.array([100 * average_precision(*attribute, points) for attribute in each])


def _mean(ap: np.ndarray) -> float:
    known = ap[~np.isnan(ap)]
    return float(known.mean()) if len(known) else float("nan")


def _listed(ap: np.ndarray) -> list[float | None]:
    return [None if np.isnan(x) else float(x) for x in ap]

"""One confusion matrix over the whole data set, and the figures read from it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

from stitchkit.data import VOID
from stitchkit.tasks import Batch, Metric, Metrics
from stitchkit_segmentation.labels import count_labels

FIGURES = (
    Metric("pixacc", "pixacc", note="share of the labelled pixels that are right"),
    Metric("miu", "mIU", note="mean IoU over the classes that occur in the ground truth measured on"),
    Metric("fwiu", "fwIU", note="IoU of the classes, weighted by their share of the labelled pixels"),
)


class Confusion(Metrics):
    """Pixel accuracy, mean IoU and frequency-weighted IoU in percent (Long et al., CVPR 2015, Section 5).

    Pixels whose ground truth is void count nowhere. The mean IoU is taken over the classes that occur in the
    ground truth; where all classes occur it equals the mean over all of them (Gupta et al., CVPR 2013).
    Counts are int64, so the figures do not depend on the batch size or on the order of the frames.

    Attributes:
        confusion: Pixels, int64 [classes, classes]; row: true class, column: predicted class.
    """

    def __init__(self, target: str, names: Sequence[str], train_counts: Sequence[int]) -> None:
        self.target = target
        self.names = list(names)
        self.train_counts = list(train_counts)
        self.confusion = np.zeros((len(names), len(names)), dtype=np.int64)

    def update(self, prediction: Tensor, batch: Batch) -> None:
        """Add predicted labels [B, H, W].

        Raises:
            InputError: A label of the ground truth is no class; the message names frame and label.
        """
        truth = batch[self.target].as_subclass(Tensor).cpu()
        for labels, frame in zip(truth, batch["key"], strict=True):
            count_labels(labels, len(self.names), frame)
        counts = multiclass_confusion_matrix(
            prediction.cpu(), truth, len(self.names), ignore_index=VOID, validate_args=False
        )
        self.confusion += counts.numpy()

    def merge(self, other: Metrics) -> None:
        """Add the counts of another process."""
        assert isinstance(other, Confusion)
        self.confusion += other.confusion

    def _counts_and_iou(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        right = self.confusion.diagonal()
        true, predicted = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        return right, true, right / np.maximum(1, true + predicted - right)

    def compute(self) -> dict[str, float]:
        """``pixacc``, ``miu`` and ``fwiu`` in percent; NaN where no pixel had ground truth."""
        right, true, iou = self._counts_and_iou()
        pixels = int(true.sum())
        if pixels == 0:
            return {figure.name: float("nan") for figure in FIGURES}
        return {
            "pixacc": 100 * int(right.sum()) / pixels,
            "miu": 100 * float(iou[true > 0].mean()),
            "fwiu": 100 * float(true @ iou) / pixels,
        }

    def details(self) -> dict[str, Any]:
        """The IoU of each class (None where it does not occur in the ground truth) and the matrix itself."""
        _, true, iou = self._counts_and_iou()
        return {
            "per_class": {
                "names": self.names,
                "value": [100 * float(x) if n else None for x, n in zip(iou, true, strict=True)],
                "metric": "IoU",
                "unit": "%",
                "train_count": self.train_counts,
                "count_unit": "pixels",
            },
            "confusion": self.confusion.tolist(),
        }

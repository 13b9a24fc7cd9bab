"""One confusion matrix over the whole data set, and the figures read from it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

from stitchkit.data import VOID
from stitchkit.tasks import Batch, Metric, Metrics
from stitchkit_segmentation.labels import count_labels

FIGURES = (
    Metric("miu", "mIU", note="mean IoU over the classes that occur in the ground truth measured on"),
    Metric("pixacc", "pixacc", note="share of the labelled pixels that are right"),
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
        self._images: list[tuple[str, np.ndarray]] = []  # name and marginals of each that has labels

    def update(self, prediction: Tensor, batch: Batch) -> None:
        """Add predicted labels [B, H, W].

        Raises:
            InputError: A label of the ground truth is no class; the message names frame and label.
        """
        truth = batch[self.target].as_subclass(Tensor).cpu()
        for predicted, labels, frame in zip(prediction.cpu(), truth, batch["key"], strict=True):
            count_labels(labels, len(self.names), frame)
            confusion = multiclass_confusion_matrix(
                predicted, labels, len(self.names), ignore_index=VOID, validate_args=False
            ).numpy()
            self.confusion += confusion
            if confusion.any():
                self._images.append((frame, _marginals(confusion).astype(np.int32)))

    def merge(self, other: Metrics) -> None:
        """Add the counts of another process."""
        assert isinstance(other, Confusion)
        self.confusion += other.confusion
        self._images += other._images

    def compute(self) -> dict[str, float]:
        """``miu``, ``pixacc`` and ``fwiu`` in percent; NaN where no pixel had ground truth."""
        return {name: float(value) for name, value in _figures(_marginals(self.confusion)).items()}

    def per_image(self) -> dict[str, np.ndarray]:
        """Of each image that has labels the marginals of its confusion matrix, on which all figures rest.

        ``"pixels"``: int32 [n, 3, classes]; pixels of each class that are right, true and predicted.
        """
        images = sorted(self._images, key=lambda image: image[0])
        return {
            "key": np.array([key for key, _ in images], dtype=str),
            "pixels": np.array([own for _, own in images], np.int32).reshape(-1, 3, len(self.names)),
        }

    def resampled(self, images: Mapping[str, np.ndarray], times: np.ndarray) -> dict[str, np.ndarray]:
        """``miu``, ``pixacc`` and ``fwiu`` of the pixels of all images drawn: float64 [R] each."""
        # Whole numbers as floats: products are fast, and exact.
        return _figures(np.tensordot(times.astype(np.float64), images["pixels"].astype(np.float64), axes=1))

    def details(self) -> dict[str, Any]:
        """The IoU of each class (None where it does not occur in the ground truth) and the matrix itself."""
        right, true, predicted = _marginals(self.confusion)
        iou = _iou(right, true, predicted)
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


def _marginals(confusion: np.ndarray) -> np.ndarray:
    """Pixels of each class that are right, true and predicted: [3, classes]."""
    return np.stack([confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)])


def _iou(right: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return right / np.maximum(1, true + predicted - right)


def _figures(marginals: np.ndarray) -> dict[str, np.ndarray]:
    """The three figures in percent, [...], of marginals [..., 3, classes]; NaN without a labelled pixel."""
    right, true, predicted = np.moveaxis(marginals, -2, 0)
    pixels, occurring, iou = true.sum(axis=-1), true > 0, _iou(right, true, predicted)
    with np.errstate(invalid="ignore"):  # 0/0
        return {
            "miu": 100 * (iou * occurring).sum(axis=-1) / occurring.sum(axis=-1),
            "pixacc": 100 * right.sum(axis=-1) / pixels,
            "fwiu": 100 * (true * iou).sum(axis=-1) / pixels,
        }

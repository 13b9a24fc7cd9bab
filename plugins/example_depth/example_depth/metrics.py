"""The figures of depth estimation, pooled over all pixels of the data set."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from stitchkit.tasks import Batch, Metric, Metrics
from torch import Tensor

THRESHOLDS = (1.25, 1.25**2, 1.25**3)
FIGURES = (
    Metric("rmse", "RMSE", "m", higher_is_better=False),
    Metric("rel", "rel", "", higher_is_better=False, note="mean of |error| / true depth"),
    Metric("log10", "log10", "", higher_is_better=False, note="mean difference of decimal logarithms"),
    Metric("delta_1", "δ<1.25", note="pixels of which predicted and true depth differ by a lower factor"),
    Metric("delta_2", "δ<1.25²"),
    Metric("delta_3", "δ<1.25³"),
)


class DepthMetrics(Metrics):
    """Errors of depth as Eigen et al. (NIPS 2014, Section 4) measure them.

    Over all pixels of all images that have ground truth, never over images' averages. Of each image only sums
    are kept, in float64, and these are added exactly: the figures are equal for any batch size or order.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.images: list[tuple[str, np.ndarray]] = []  # name and sums of each that has ground truth

    def update(self, prediction: Tensor, batch: Batch) -> None:
        """Add predicted depths in metres, above zero: [B, H, W]; pixels whose true depth is 0 count nowhere."""
        truth = batch[self.target].cpu().numpy().astype(np.float64)
        for key, predicted, true in zip(batch["key"], prediction.cpu().numpy(), truth, strict=True):
            known = true > 0
            if known.any():
                self.images.append((key, _sums(predicted[known].astype(np.float64), true[known])))

    def merge(self, other: Metrics) -> None:
        """Add the images of another process."""
        assert isinstance(other, DepthMetrics)
        self.images += other.images

    def compute(self) -> dict[str, float]:
        """RMSE in metres, rel and log10 as fractions, the share of pixels below each threshold in percent."""
        # fsum rounds once, whatever the order of its terms.
        totals = [math.fsum(column) for column in zip(*(sums for _, sums in self.images), strict=True)]
        figures = _figures(np.array(totals or [0.0] * (1 + len(FIGURES))))
        return {name: float(value) for name, value in figures.items()}

    def details(self) -> dict[str, Any]:
        """How many images had ground truth."""
        return {"frames": len(self.images)}

    def per_image(self) -> dict[str, np.ndarray]:
        """Of each image that has ground truth its sums: ``"sums"``, float64 [n, 7], as `_sums` has them."""
        images = sorted(self.images, key=lambda image: image[0])
        return {
            "key": np.array([key for key, _ in images], dtype=str),
            "sums": np.array([sums for _, sums in images]).reshape(-1, 1 + len(FIGURES)),
        }

    def resampled(self, images: Mapping[str, np.ndarray], times: np.ndarray) -> dict[str, np.ndarray]:
        """The figures of `compute`, of the pixels of all images drawn: float64 [R] each."""
        return _figures(times @ images["sums"])


def _sums(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Number of pixels, then the sum over them of what each figure is the mean of: float64 [7]."""
    error, factor = predicted - true, np.maximum(predicted / true, true / predicted)
    terms = [error**2, np.abs(error) / true, np.abs(np.log10(predicted / true))]
    return np.array([len(true), *(term.sum() for term in terms), *((factor < t).sum() for t in THRESHOLDS)])


def _figures(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Every figure, [...], of sums [..., 7]; NaN without a pixel."""
    pixels, squares, *others = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore"):  # 0/0
        rmse, (rel, log10, *shares) = np.sqrt(squares / pixels), (other / pixels for other in others)
    values = [rmse, rel, log10, *(100 * share for share in shares)]
    return {metric.name: value for metric, value in zip(FIGURES, values, strict=True)}

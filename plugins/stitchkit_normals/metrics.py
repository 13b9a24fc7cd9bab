"""Angles between predicted and true normals, pooled over all pixels of the data set."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from stitchkit.tasks import Batch, Metric, Metrics
from stitchkit_normals.manhattan import manhattan_axes, snap
from stitchkit_normals.resampling import SUMMARY, THRESHOLDS, figures_of_draws, summarised

RAW = (
    Metric("mean", "mean", "°", higher_is_better=False),
    Metric("median", "median", "°", higher_is_better=False),
    Metric("rmse", "rmse", "°", higher_is_better=False),
    *(Metric(f"within_{t:g}", f"<{t:g}°") for t in THRESHOLDS),
)

_SUBSTITUTE = (
    "Snapped to a Manhattan world whose axes are estimated from each predicted map: a substitute for "
    "axes from vanishing points, on which published figures rest."
)

SNAPPED = tuple(Metric(f"manhattan_{m.name}", m.label, m.unit, m.higher_is_better, _SUBSTITUTE) for m in RAW)


class NormalMetrics(Metrics):
    """Mean, median and root mean square of the angular error, and the share of pixels below three angles.

    Over all pixels of all frames that have ground truth, never over frames' averages (the protocol of Wang et
    al., CVPR 2015). Angles are float64 and all kept, so that the median is exact: 8 bytes a pixel, and with
    ``manhattan`` as many again, together 2.3 GiB for the 654 test frames of NYUv2. Sums are taken within a
    frame and then exactly across frames: the figures are equal for any batch size, order of frames or number
    of processes.
    """

    def __init__(self, target: str, manhattan: bool) -> None:
        self.target = target
        self.keys: list[str] = []  # names of the frames
        self.raw: list[np.ndarray] = []  # angles of each frame in degrees: float64 [valid pixels]
        self.snapped: list[np.ndarray] | None = [] if manhattan else None

    def update(self, prediction: Tensor, batch: Batch) -> None:
        """Add predicted normals [B, 3, H, W]; pixels whose ground truth is the zero vector count nowhere."""
        truth = batch[self.target].as_subclass(Tensor).cpu().numpy()
        self.keys += batch["key"]
        for predicted, true in zip(prediction.cpu().numpy(), truth, strict=True):
            valid = true.any(axis=0)
            at_valid, true = predicted[:, valid].astype(np.float64), true[:, valid].astype(np.float64)
            self.raw.append(angles(at_valid, true))
            if self.snapped is not None:
                self.snapped.append(angles(snap(at_valid, manhattan_axes(predicted)), true))

    def merge(self, other: Metrics) -> None:
        """Add the angles of another process."""
        assert isinstance(other, NormalMetrics)
        self.keys += other.keys
        self.raw += other.raw
        if self.snapped is not None:
            self.snapped += other.snapped or []

    def compute(self) -> dict[str, float]:
        """The six raw figures, then, with ``manhattan``, the six snapped ones; NaN where nothing was seen."""
        return {
            before + metric.name: figure
            for before, frames in self._kinds().items()
            for metric, figure in zip(RAW, _figures(frames), strict=True)
        }

    def per_image(self) -> dict[str, np.ndarray]:
        """Of each image that has ground truth what `resampling.summarised` keeps of its angles.

        Under the names there, and with ``manhattan`` of the snapped angles with ``manhattan_`` before them.
        """
        places = [place for place, angles_ in enumerate(self.raw) if len(angles_)]
        places.sort(key=lambda place: self.keys[place])
        arrays = {"key": np.array([self.keys[place] for place in places], dtype=str)}
        for before, frames in self._kinds().items():
            summary = summarised([frames[place] for place in places])
            arrays |= {before + name: values for name, values in summary.items()}
        return arrays

    def resampled(self, images: Mapping[str, np.ndarray], times: np.ndarray) -> dict[str, np.ndarray]:
        """The figures of `compute`, float64 [R] each; medians to 0.05 degrees, the others exactly."""
        figures: dict[str, np.ndarray] = {}
        for before in self._kinds():
            drawn = figures_of_draws({name: images[before + name] for name in SUMMARY}, times)
            figures |= {before + metric.name: values for metric, values in zip(RAW, drawn, strict=True)}
        return figures

    def _kinds(self) -> dict[str, list[np.ndarray]]:
        """Angles of each frame, by what stands before the names of their figures."""
        return {"": self.raw} if self.snapped is None else {"": self.raw, "manhattan_": self.snapped}

    def details(self) -> dict[str, Any]:
        """How many pixels and frames had ground truth."""
        return {"pixels": sum(map(len, self.raw)), "frames": sum(len(frame) > 0 for frame in self.raw)}


def angles(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Angle between vectors [3, n] of any length, in degrees: float64 [n].

    By ``atan2(|p x t|, p . t)``: the angle that ``acos`` of the clipped dot product of unit vectors stands
    for, but accurate near 0 and 180 degrees too, where ``acos`` loses half of the digits. A prediction of
    zero length counts as 90 degrees, as its dot product of 0 does.
    """
    (a, b, c), (x, y, z) = predicted, true
    sine = np.sqrt((b * z - c * y) ** 2 + (c * x - a * z) ** 2 + (a * y - b * x) ** 2)
    cosine = a * x + b * y + c * z
    return np.degrees(np.arctan2(np.where((sine == 0) & (cosine == 0), 1.0, sine), cosine))


def _figures(frames: list[np.ndarray]) -> list[float]:
    """Mean, median, root mean square and percentages, in the order of `RAW`."""
    pixels = sum(map(len, frames))
    if pixels == 0:
        return [math.nan] * len(RAW)
    # fsum rounds once, whatever the order of its terms.
    mean = math.fsum(float(frame.sum()) for frame in frames) / pixels
    rmse = math.sqrt(math.fsum(float((frame * frame).sum()) for frame in frames) / pixels)
    median = float(np.median(np.concatenate(frames), overwrite_input=True))
    within = [100 * sum(int((frame < t).sum()) for frame in frames) / pixels for t in THRESHOLDS]
    return [mean, median, rmse, *within]

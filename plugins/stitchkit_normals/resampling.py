"""The angles of each image in a few numbers, which tell the figures of any draw of images."""

from collections.abc import Mapping, Sequence

import numpy as np

THRESHOLDS = (11.25, 22.5, 30.0)  # degrees
BIN = 0.05  # degrees
SUMMARY = ("pixels", "sums", "within", "histogram")

_BINS = round(180 / BIN)


def summarised(frames: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """What the figures need of the angles of n frames, in degrees, [pixels] each.

    Returns:
        ``"pixels"``: int64 [n], with those whose angle is NaN; ``"sums"``: of angles and their squares,
        without NaN: float64 [n, 2]; ``"within"``: angles below each of `THRESHOLDS`: int32 [n, 3];
        ``"histogram"``: in bins of `BIN` degrees, without NaN: int32 [n, 3600].
    """
    sums = [(np.nansum(frame), np.nansum(frame**2)) for frame in frames]
    within = [[np.count_nonzero(frame < limit) for limit in THRESHOLDS] for frame in frames]
    histogram = [np.histogram(frame, _BINS, (0, 180))[0] for frame in frames]
    return {
        "pixels": np.array([len(frame) for frame in frames], np.int64),
        "sums": np.array(sums, np.float64).reshape(-1, 2),
        "within": np.array(within, np.int32).reshape(-1, len(THRESHOLDS)),
        "histogram": np.array(histogram, np.int32).reshape(-1, _BINS),
    }


def figures_of_draws(summary: Mapping[str, np.ndarray], times: np.ndarray) -> list[np.ndarray]:
    """Mean, median, root mean square and percentages below `THRESHOLDS`: float64 [R] each.

    All but the median are exact. The median is interpolated within a bin of the histogram, so it is off by
    less than `BIN` degrees. NaN where no pixel was drawn; mean, median and root mean square also where an
    angle that was drawn is NaN.

    Args:
        summary: Of n images, as `summarised` returns it.
        times: How often each counts: [R, n].
    """
    pixels, sums, within, histogram = (
        times.astype(np.float64) @ summary[name].astype(np.float64) for name in SUMMARY
    )
    upto = histogram.cumsum(axis=1)
    pixels = np.where(pixels > 0, pixels, np.nan)
    known = np.where(upto[:, -1] == pixels, pixels, np.nan)
    mean, square = sums.T / known
    median = (_ranked((known - 1) // 2, histogram, upto) + _ranked(known // 2, histogram, upto)) / 2
    return [mean, median, np.sqrt(square), *(100 * within.T / pixels)]


def _ranked(rank: np.ndarray, histogram: np.ndarray, upto: np.ndarray) -> np.ndarray:
    """The angle that so many are below, spread evenly within its bin: [R] of ranks [R]; NaN of NaN."""
    place = np.minimum((upto <= rank[:, None]).sum(axis=1), _BINS - 1)
    rows = np.arange(len(rank))
    there = histogram[rows, place]
    return BIN * (place + (rank - upto[rows, place] + there + 0.5) / np.maximum(1, there))

"""The paired bootstrap over test images: how much a difference owes to which images were measured on.

The test images are drawn anew, with replacement and as many as there are, and each figure is computed again
on every draw (Efron & Tibshirani, "An Introduction to the Bootstrap", 1993). Two methods are compared on the
same draws: what makes an image easy or hard for both cancels in their difference, so the interval of the
difference is narrower than those of the two figures suggest.

The interval covers the choice of test images. It does not cover the choice of seeds, of which a study has
few: those stand beside it, one figure each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MISSING = 0.05  # share of draws without a figure from which there is no interval


@dataclass(frozen=True)
class Interval:
    """A difference and its percentile interval, in the unit of the figures.

    Attributes:
        mean: The difference observed, mean over seeds.
        low: Lower end.
        high: Upper end.
    """

    mean: float
    low: float
    high: float


def draws(images: int, resamples: int, seed: int = 0) -> np.ndarray:
    """How often each image is drawn, when as many are drawn with replacement as there are.

    Args:
        images: How many there are; of none, none is drawn.
        resamples: How often they are all drawn anew.
        seed: Determines the draws; methods that are compared must share them.

    Returns:
        int64 [resamples, images]; every row adds up to ``images``.
    """
    if images == 0:
        return np.zeros((resamples, 0), dtype=np.int64)
    return np.random.default_rng(seed).multinomial(images, np.full(images, 1 / images), size=resamples)


def interval(differences: np.ndarray, observed: Sequence[float], level: float = 0.95) -> Interval | None:
    """Percentile interval of a difference between two methods, mean over seeds (Efron & Tibshirani, 1993).

    Args:
        differences: Of S seeds, each on the same R draws of the test images: [S, R].
        observed: Of each seed on the images as they are: [S].
        level: Share of the draws that the interval holds.

    Returns:
        None where a difference observed is NaN, or more than 5 % of the draws have one: there is no interval.
        Fewer such draws are left out.

    Raises:
        ValueError: The shapes do not fit together.
    """
    if np.ndim(differences) != 2 or len(differences) != len(observed) or not len(observed):
        raise ValueError(
            f"differences must be [seeds, draws], a row for each of the {len(observed)} observed, "
            f"but got shape {np.shape(differences)}"
        )
    mean, drawn = float(np.mean(observed)), np.mean(differences, axis=0)
    known = drawn[~np.isnan(drawn)]
    if np.isnan(mean) or len(known) == 0 or len(known) < (1 - MISSING) * len(drawn):
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean, float(low), float(high))

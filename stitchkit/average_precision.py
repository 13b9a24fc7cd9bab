"""Average precision as PASCAL VOC defines it, both ways."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

Points = Literal[11, "all"]

_AT_A_TIME = 2**17  # points of curves, as many as a cache holds


def average_precision(scores: ArrayLike, positive: ArrayLike, total: int, points: Points) -> float:
    """Average precision of answers sorted by score, from 0 to 1.

    Precision at a recall is the highest at that recall or beyond. With 11 ``points`` it is averaged over the
    recalls 0, 0.1, ..., 1, as in VOC until 2009 (Everingham et al., IJCV 2010); with ``"all"`` it is
    integrated over recall, as from 2010 on (Everingham et al., IJCV 2015).

    No threshold parts answers of equal score, so they enter the curve together, as one point of it: the
    result does not depend on the order of the answers, and a constant score gives the share of the positives.
    NaN ranks below every number.

    Args:
        scores: Of each answer: [n], n may be 0.
        positive: Whether each answer is right: bool [n].
        total: Number of positives in the ground truth; those that no answer found count as missed.
        points: How precision is averaged.

    Returns:
        Average precision; NaN where ``total`` is 0.

    Raises:
        ValueError: The lengths differ, or there are more right answers than ``total``.
    """
    values, right = np.asarray(scores), np.asarray(positive, dtype=bool)
    if values.ndim != 1 or values.shape != right.shape or np.count_nonzero(right) > total:
        raise ValueError(
            f"scores and positive must be [n] with at most total={total} positives, but got shapes "
            f"{values.shape} and {right.shape} with {np.count_nonzero(right)}"
        )
    if total == 0:
        return float("nan")
    values = _nan_last(values)
    order = np.argsort(-values)
    values = values[order]
    last_of_equals = np.append(values[1:] != values[:-1], True)[: len(values)]
    answers = np.flatnonzero(last_of_equals) + 1
    found = np.cumsum(right[order])[last_of_equals]
    precision = np.maximum.accumulate((found / answers)[::-1])[::-1]
    if points == "all":
        return float(np.diff(found, prepend=0) @ precision) / total
    tenths = np.arange(11) * total  # held against whole numbers: 3 of 10 is a recall of 0.3
    reached = np.searchsorted(10 * found, tenths)
    return float(np.append(precision, 0.0)[reached].sum()) / 11


def resampled_average_precision(
    scores: ArrayLike, positive: ArrayLike, images: ArrayLike, totals: ArrayLike, times: ArrayLike
) -> dict[Points, np.ndarray]:
    """`average_precision` both ways for many draws of images, each image counted as often as it was drawn.

    An image that is drawn twice brings its answers and its positives twice, each pair with equal scores. So
    with ``times`` all ones it is the average precision itself. The curve is followed only through the scores
    of right answers: recall rises nowhere else, so what lies between them is counted, not looked at.

    Args:
        scores: Of each answer: [m], m may be 0.
        positive: Whether each answer is right: bool [m].
        images: The place of the image that each answer is about, from 0 to n - 1: [m].
        totals: Positives in the ground truth of each image: [n].
        times: How often each image counts in each draw, whole numbers: [R, n].

    Returns:
        By the way in which precision is averaged, ``11`` and ``"all"``: float64 [R], NaN where no positive
        was drawn.

    Raises:
        ValueError: The lengths differ, or an image has more right answers than positives.
    """
    values, right, place, positives = map(np.asarray, (scores, positive, images, totals))
    right, drawn = right.astype(bool), np.asarray(times, dtype=np.float64)
    if not values.shape == right.shape == place.shape == (values.size,) or drawn.shape[1:] != positives.shape:
        raise ValueError(
            "scores, positive and images must be [m], totals [n] and times [R, n], but got shapes "
            f"{values.shape}, {right.shape}, {place.shape}, {positives.shape} and {drawn.shape}"
        )
    if (np.bincount(place[right], minlength=len(positives)) > positives).any():
        raise ValueError("an image has more right answers than positives")
    _, rank = np.unique(-_nan_last(values), return_inverse=True)  # 0: the highest score
    rises = np.unique(rank[right])
    point = np.searchsorted(rises, rank)  # of the curve, the first that the answer is part of

    def told(which: np.ndarray) -> csr_array:
        entries = np.ones(np.count_nonzero(which)), (point[which], place[which])
        return csr_array(entries, shape=(len(rises), len(positives)))

    hits, all_told = told(right), told(point < len(rises))
    step = max(1, _AT_A_TIME // max(1, len(rises)))
    parts = (np.ascontiguousarray(drawn[start : start + step].T) for start in range(0, len(drawn), step))
    curves = [_both_ways(hits @ part, all_told @ part, positives @ part) for part in parts]
    eleven, area = np.concatenate([np.empty((2, 0)), *curves], axis=1)
    return {11: eleven, "all": area}


def mean_average_precision(ap: np.ndarray) -> np.ndarray:
    """Mean over the last axis, [..., C] to [...], of what is not NaN; NaN where nothing else is there."""
    known = ~np.isnan(ap)
    count = known.sum(axis=-1)
    return np.where(known, ap, 0).sum(axis=-1) / np.where(count, count, np.nan)


def _both_ways(hits: np.ndarray, answers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """11-point and all-point AP, [2, R], of what each point of the curves adds, [G, R], and positives [R]."""
    totals = np.where(totals > 0, totals, np.nan)
    found = hits.cumsum(axis=0)
    precision = found / np.maximum(1, answers.cumsum(axis=0))
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    area = (hits * precision).sum(axis=0) / totals
    tenths = np.arange(11) * np.nan_to_num(totals)[:, None]  # held against whole numbers, as above
    reached = [np.searchsorted(curve, own) for curve, own in zip(10 * found.T, tenths, strict=True)]
    precision = np.concatenate([precision, np.zeros((1, len(totals)))])
    eleven = precision[np.array(reached).T, np.arange(len(totals))].sum(axis=0) / 11
    return np.stack([np.where(np.isnan(totals), np.nan, eleven), area])


def _nan_last(scores: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(scores), -np.inf, scores)

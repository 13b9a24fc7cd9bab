"""Average precision as PASCAL VOC defines it, both ways."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike


def average_precision(
    scores: ArrayLike, positive: ArrayLike, total: int, points: Literal[11, "all"]
) -> float:
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
    values = np.where(np.isnan(values), -np.inf, values)
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

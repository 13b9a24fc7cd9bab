import math
import random
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve

from stitchkit.average_precision import average_precision

Answers = list[tuple[float, bool]]
Points = Literal[11, "all"]

few = settings(max_examples=60, deadline=None)

answers = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.7, 0.9]), st.booleans()), max_size=25)
ways: st.SearchStrategy[Points] = st.sampled_from([11, "all"])


def ap(given: Answers, missed: int, points: Points) -> float:
    scores, positive = np.array([s for s, _ in given]), np.array([p for _, p in given], dtype=bool)
    return average_precision(scores, positive, int(positive.sum()) + missed, points)


def test_by_hand() -> None:
    # Precision 1, 1/2, 2/3, 2/4, 3/5 at recall 1/4, 1/4, 2/4, 2/4, 3/4; one positive is never found.
    scores, positive = [0.9, 0.8, 0.7, 0.6, 0.5], [True, False, True, False, True]
    # Recalls 0, .1, .2 at precision 1; .3, .4, .5 at 2/3; .6, .7 at 3/5; .8, .9, 1 are not reached.
    assert average_precision(scores, positive, 4, 11) == pytest.approx((3 * 1 + 3 * 2 / 3 + 2 * 3 / 5) / 11)
    assert average_precision(scores, positive, 4, "all") == pytest.approx((1 + 2 / 3 + 3 / 5) / 4)


def test_later_precision_counts_for_earlier_recall() -> None:
    # Precision 0, 1/2, 2/3: the highest, at full recall, holds for all recalls.
    assert average_precision([3, 2, 1], [False, True, True], 2, 11) == pytest.approx(2 / 3)
    assert average_precision([3, 2, 1], [False, True, True], 2, "all") == pytest.approx(2 / 3)


@pytest.mark.parametrize("found", range(11))
def test_a_recall_of_whole_tenths_reaches_its_point(found: int) -> None:
    scores = np.arange(found, 0, -1)
    expected = (found + 1) / 11 if found else 0
    assert average_precision(scores, np.ones(found, bool), 10, 11) == pytest.approx(expected)


def test_equal_scores_are_one_point_of_the_curve() -> None:
    # 0.9: 1 of 1; 0.5: 2 of 4, whichever of the three is the right one.
    for place in range(3):
        positive = [True, *(i == place for i in range(3))]
        scores = [0.9, 0.5, 0.5, 0.5]
        assert average_precision(scores, positive, 2, "all") == pytest.approx((1 + 1 / 2) / 2)
        assert average_precision(scores, positive, 2, 11) == pytest.approx((6 * 1 + 5 / 2) / 11)


@pytest.mark.parametrize("points", [11, "all"])
def test_corners(points: Points) -> None:
    assert math.isnan(ap([], 0, points))
    assert math.isnan(ap([(0.5, False)], 0, points))
    assert ap([], 3, points) == 0
    assert ap([(0.5, False)], 1, points) == 0
    assert ap([(0.5, True), (0.4, True), (0.1, False)], 0, points) == 1
    assert ap([(0.5, True)] * 3 + [(0.5, False)] * 9, 0, points) == pytest.approx(1 / 4)


@pytest.mark.parametrize("points", [11, "all"])
def test_nan_ranks_last_in_any_order(points: Points) -> None:
    given = [(0.5, True), (math.nan, False), (-1e9, False), (math.nan, True), (-math.inf, False)]
    for turned in given, given[::-1], given[2:] + given[:2]:
        assert ap(turned, 0, points) == ap([(3, True), (2, False), *[(1, False)] * 2, (1, True)], 0, points)


@pytest.mark.parametrize(
    ("scores", "positive", "total"), [([1], [True, False], 2), ([1], [True], 0), ([[1]], [[True]], 1)]
)
def test_what_does_not_fit_is_refused(scores: list[int], positive: list[bool], total: int) -> None:
    with pytest.raises(ValueError, match=f"total={total}"):
        average_precision(scores, positive, total, 11)


def test_tensors_and_half_precision_will_do() -> None:
    scores = torch.tensor([0.9, 0.8], dtype=torch.float16)
    assert average_precision(scores, torch.tensor([False, True]), 1, "all") == 0.5


@few
@given(answers, st.integers(0, 5), ways, st.randoms())
def test_the_order_of_the_answers_does_not_matter(
    given_: Answers, missed: int, points: Points, shuffler: random.Random
) -> None:
    shuffled = shuffler.sample(given_, len(given_))
    np.testing.assert_equal(ap(given_, missed, points), ap(shuffled, missed, points))


@few
@given(answers, st.integers(0, 5), ways)
def test_only_the_order_of_the_scores_matters(given_: Answers, missed: int, points: Points) -> None:
    changed = [(math.exp(5 * score) - 100, positive) for score, positive in given_]
    np.testing.assert_equal(ap(given_, missed, points), ap(changed, missed, points))


@few
@given(answers, st.integers(0, 5))
def test_all_points_agree_with_sklearn_s_curve(given_: Answers, missed: int) -> None:
    if not any(positive for _, positive in given_):
        return
    scores, positive = [s for s, _ in given_], [p for _, p in given_]
    precision, recall, _ = precision_recall_curve(positive, scores)
    at_least = np.maximum.accumulate(precision[:-1])  # from full recall down; the last point is sklearn's own
    area = np.sum(at_least * (recall[:-1] - recall[1:]))
    found = sum(positive)
    assert ap(given_, missed, "all") == pytest.approx(area * found / (found + missed))
    assert ap(given_, 0, "all") >= average_precision_score(positive, scores) - 1e-12


@few
@given(answers, st.integers(0, 5))
def test_eleven_points_are_read_off_the_curve(given_: Answers, missed: int) -> None:
    total = sum(positive for _, positive in given_) + missed
    if not total:
        return
    curve = []
    for threshold in {score for score, _ in given_}:
        kept = [positive for score, positive in given_ if score >= threshold]
        curve.append((sum(kept), sum(kept) / len(kept)))
    expected = sum(max((p for hits, p in curve if 10 * hits >= t * total), default=0) for t in range(11)) / 11
    assert ap(given_, missed, 11) == pytest.approx(expected)

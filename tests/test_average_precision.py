import math
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve

from stitchkit import average_precision as module
from stitchkit.average_precision import (
    Points,
    average_precision,
    mean_average_precision,
    resampled_average_precision,
)

Answers = list[tuple[float, bool]]

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


by_image = st.lists(
    st.tuples(answers, st.integers(0, 2)), min_size=1, max_size=5
)  # answers, and how many are missed


def flat(images: list[tuple[Answers, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores, outcomes and images of all answers, and the positives of each image."""
    rows = [(score, right, place) for place, (own, _) in enumerate(images) for score, right in own]
    scores, right, place = (
        (np.array(column) for column in zip(*rows, strict=True)) if rows else np.empty((3, 0))
    )
    totals = np.array([sum(right for _, right in own) + missed for own, missed in images])
    return scores, right.astype(bool), place.astype(int), totals


@few
@given(by_image, st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), max_size=6))
def test_a_draw_is_the_images_repeated(images: list[tuple[Answers, int]], times: list[list[int]]) -> None:
    counts = np.array(times, dtype=int).reshape(-1, 5)[:, : len(images)]
    found = resampled_average_precision(*flat(images), counts)
    for points, values in found.items():
        assert (values.dtype, values.shape) == (np.float64, (len(counts),))
        for value, own in zip(values, counts, strict=True):
            repeated = [image for image, often in zip(images, own, strict=True) for _ in range(often)]
            all_answers = [answer for given_, _ in repeated for answer in given_]
            assert value == pytest.approx(ap(all_answers, sum(m for _, m in repeated), points), nan_ok=True)


def test_draws_by_hand() -> None:
    # Image 0: right, then wrong at the score of image 1's right; image 1 has one more that is not found.
    draws = [[1, 1], [2, 1], [0, 1], [1, 0], [0, 0]]
    found = resampled_average_precision([0.9, 0.5, 0.5], [True, False, True], [0, 0, 1], [1, 2], draws)
    expected = [(1 + 2 / 3) / 3, (2 + 3 / 5) / 4, 1 / 2, 1, math.nan]
    np.testing.assert_allclose(found["all"], expected)
    eleven = [(4 * 1 + 3 * 2 / 3) / 11, (6 * 1 + 2 * 3 / 5) / 11, 6 / 11, 1, math.nan]
    np.testing.assert_allclose(found[11], eleven)


def test_draws_are_the_same_in_any_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    images, right = rng.integers(0, 30, 500), rng.random(500) < 0.2
    totals = np.bincount(images[right], minlength=30) + 1
    given_ = rng.random(500).round(2), right, images, totals, rng.integers(0, 4, (40, 30))
    whole = resampled_average_precision(*given_)
    monkeypatch.setattr(module, "_AT_A_TIME", 700)
    for points, values in resampled_average_precision(*given_).items():
        np.testing.assert_array_equal(values, whole[points])


def test_nan_ranks_last_in_a_draw_too() -> None:
    found = resampled_average_precision([math.nan, 0.1], [True, False], [0, 0], [1], [[1]])
    assert found["all"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("right", "images", "totals", "message"),
    [
        ([True], [0, 0], [1, 1], "got shapes"),
        ([True, False], [0, 1], [1], "got shapes"),
        ([True, False], [1, 0], [1, 0], "more right answers than positives"),
    ],
)
def test_draws_of_what_does_not_fit_are_refused(
    right: list[bool], images: list[int], totals: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        resampled_average_precision([0.5, 0.4], right, images, totals, np.ones((3, 2), int))


def test_the_mean_is_over_what_is_known() -> None:
    ap = np.array([[0.5, math.nan, 0.7], [math.nan] * 3])
    np.testing.assert_allclose(mean_average_precision(ap), [0.6, math.nan])
    assert mean_average_precision(ap[0]) == pytest.approx(0.6)

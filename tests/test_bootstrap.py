import math

import numpy as np
import pytest

from stitchkit.bootstrap import Interval, draws, interval


def means(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Mean of the values of the images, in every draw."""
    return times @ values / times.sum(axis=1)


def ends(found: Interval | None) -> tuple[float, float]:
    assert found is not None
    return found.low, found.high


def width(found: Interval | None) -> float:
    low, high = ends(found)
    return high - low


def test_every_draw_has_as_many_images_as_there_are_and_is_seeded() -> None:
    times = draws(7, 500, seed=3)
    assert (times.shape, times.dtype) == ((500, 7), np.int64)
    assert (times.sum(axis=1) == 7).all()
    np.testing.assert_array_equal(times, draws(7, 500, seed=3))
    assert not np.array_equal(times, draws(7, 500, seed=4))


def test_an_image_is_drawn_as_often_as_by_drawing_one_after_the_other() -> None:
    times = draws(20, 20_000)
    for often in range(4):
        expected = math.comb(20, often) * 0.05**often * 0.95 ** (20 - often)
        np.testing.assert_allclose((times == often).mean(axis=0), expected, atol=0.015)


def test_one_image_is_drawn_every_time_and_of_none_none_is() -> None:
    assert draws(1, 3).tolist() == [[1]] * 3
    assert draws(0, 3).shape == (3, 0)


def test_the_ends_are_percentiles() -> None:
    differences = np.random.default_rng(0).permutation(101).astype(float)[None]
    assert ends(interval(differences, [40.0])) == pytest.approx((2.5, 97.5))
    assert ends(interval(differences, [40.0], level=0.8)) == pytest.approx((10, 90))


def test_seeds_are_averaged_draw_by_draw() -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 1000))
    both = interval(np.stack([one, other]), [0.2, 0.6])
    assert both is not None
    assert both.mean == pytest.approx(0.4)
    assert ends(both) == pytest.approx(ends(interval((one + other)[None] / 2, [0.4])))
    # The opposite of one seed takes away all that images change.
    assert interval(np.stack([one, -one]), [1.0, 2.0]) == Interval(1.5, 0, 0)


def test_of_a_mean_it_has_the_width_that_the_normal_distribution_gives() -> None:
    values = np.random.default_rng(0).normal(3, 2, size=400)
    found = interval(means(values, draws(400, 4000))[None], [values.mean()])
    assert width(found) == pytest.approx(2 * 1.96 * values.std() / math.sqrt(400), rel=0.05)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_it_covers_the_true_difference_as_often_as_it_says(level: float) -> None:
    rng, times, covered = np.random.default_rng(0), draws(60, 500), 0
    for _ in range(500):
        values = rng.exponential(size=60) - 0.4
        found = interval(means(values, times)[None], [values.mean()], level)
        low, high = ends(found)
        covered += low <= 0.6 <= high
    assert covered / 500 == pytest.approx(level, abs=0.045)


def test_the_same_draws_for_both_methods_narrow_the_interval() -> None:
    rng = np.random.default_rng(0)
    difficulty = rng.normal(0, 5, size=200)
    one, other = (difficulty + rng.normal(gain, 1, size=200) for gain in (0, 1))
    observed = [(other - one).mean()]
    times = draws(200, 2000)
    paired = interval((means(other, times) - means(one, times))[None], observed)
    apart = interval((means(other, times) - means(one, draws(200, 2000, seed=1)))[None], observed)
    assert 4 * width(paired) < width(apart)
    assert ends(paired)[0] > 0


def test_the_order_of_the_images_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    values, times = rng.normal(size=100), draws(100, 20_000)
    order = rng.permutation(100)
    there = interval(means(values, times)[None], [values.mean()])
    moved = interval(means(values[order], times[:, order])[None], [values.mean()])
    drawn_anew = interval(means(values[order], times)[None], [values.mean()])
    assert ends(moved) == pytest.approx(ends(there))
    assert ends(drawn_anew) == pytest.approx(ends(there), abs=0.01)


def test_draws_without_a_figure_are_left_out_unless_they_are_many() -> None:
    differences = np.random.default_rng(0).normal(size=(2, 100))
    differences[0, :5] = math.nan
    assert interval(differences, [0.0, 0.0]) == interval(differences[:, 5:], [0.0, 0.0])
    differences[1, 5] = math.nan
    assert interval(differences, [0.0, 0.0]) is None
    assert interval(differences[:, 6:], [0.0, math.nan]) is None
    assert interval(np.empty((1, 0)), [0.0]) is None


@pytest.mark.parametrize(("shape", "seeds"), [((5,), 1), ((2, 5), 1), ((0, 5), 0)])
def test_shapes_that_do_not_fit_are_refused(shape: tuple[int, ...], seeds: int) -> None:
    with pytest.raises(ValueError, match=rf"each of the {seeds} observed"):
        interval(np.zeros(shape), [0.0] * seeds)

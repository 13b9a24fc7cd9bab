import math
import pickle
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from stitchkit_normals import NormalMetrics
from stitchkit_normals.metrics import RAW, SNAPPED, angles
from stitchkit_normals.resampling import BIN
from torch import Tensor

from stitchkit.data import Normals
from stitchkit.tasks import Batch
from stitchkit.testing import assert_a_draw_is_the_images_repeated, assert_same_evidence


def turned(*degrees: float) -> Tensor:
    """Normals [1, 3, 1, n], turned away from (0, 0, -1) by so many degrees."""
    radians = torch.tensor(degrees, dtype=torch.float64).deg2rad()
    return torch.stack([radians.sin(), torch.zeros_like(radians), -radians.cos()])[None, :, None]


def batch_of(truth: Tensor, places: Sequence[int] | Tensor | None = None) -> Batch:
    places = range(len(truth)) if places is None else places
    return {"normals": truth, "key": [f"{int(place):04}" for place in places]}


def test_figures_by_hand() -> None:
    metrics = NormalMetrics("normals", manhattan=False)
    truth = turned(0, 0, 0, 0, 0)
    truth[..., 4] = 0  # void
    metrics.update(turned(10, 20, 26, 40, 77), batch_of(truth))
    assert metrics.compute() == pytest.approx(
        {
            "mean": 24.0,
            "median": 23.0,
            "rmse": math.sqrt((100 + 400 + 676 + 1600) / 4),
            "within_11.25": 25.0,
            "within_22.5": 50.0,
            "within_30": 75.0,
        }
    )
    assert metrics.details() == {"pixels": 4, "frames": 1}


def test_thresholds_are_strict() -> None:
    metrics = NormalMetrics("normals", manhattan=False)
    metrics.raw.append(np.array([11.25, 22.5, 30.0]))
    figures = metrics.compute()
    assert [figures[f"within_{t}"] for t in ("11.25", "22.5", "30")] == [0, 100 / 3, 200 / 3]


def test_figures_pool_pixels_not_frames() -> None:
    metrics = NormalMetrics("normals", manhattan=False)
    metrics.raw += [np.array([0.0, 0.0, 0.0]), np.array([40.0])]
    assert metrics.compute()["mean"] == 10
    assert metrics.compute()["median"] == 0


def test_angles_agree_with_acos_and_stay_exact_near_zero() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 3, 1000))
    cosine = (a * b).sum(axis=0) / np.linalg.norm(a, axis=0) / np.linalg.norm(b, axis=0)
    np.testing.assert_allclose(angles(a, b), np.degrees(np.arccos(np.clip(cosine, -1, 1))), atol=1e-6)
    np.testing.assert_array_equal(angles(a, a), 0)
    np.testing.assert_allclose(angles(a, -a), 180)
    tiny = turned(1e-7).numpy()[0, :, 0]  # acos gives 0 or 1.2e-6 here
    assert angles(tiny, np.array([[0.0], [0.0], [-1.0]]))[0] == pytest.approx(1e-7)


def test_a_prediction_of_zero_length_is_no_hit() -> None:
    assert angles(np.zeros((3, 1)), np.array([[0.0], [0.0], [-1.0]])).tolist() == [90]


@pytest.mark.parametrize("size", [1, 3, 7])
def test_figures_do_not_depend_on_batches_order_or_processes(
    size: int, random_normals: Callable[..., Tensor]
) -> None:
    truth, prediction = random_normals(7, seed=0), random_normals(7, seed=1, void=0)
    truth[2] = 0
    whole = NormalMetrics("normals", manhattan=True)
    whole.update(prediction, batch_of(truth))
    halves = [NormalMetrics("normals", manhattan=True) for _ in range(2)]
    order = torch.from_numpy(np.random.default_rng(size).permutation(7))
    for number, chosen in enumerate(order.split(size)):
        halves[number % 2].update(prediction[chosen], batch_of(Normals(truth[chosen]), chosen))
    halves[0].merge(pickle.loads(pickle.dumps(halves[1])))
    assert halves[0].compute() == whole.compute()
    assert halves[0].details() == whole.details()
    assert_same_evidence(halves[0], whole)


def test_figures_agree_with_numpy_over_all_pixels(random_normals: Callable[..., Tensor]) -> None:
    truth, prediction = random_normals(5, seed=2), random_normals(5, seed=3, void=0)
    metrics = NormalMetrics("normals", manhattan=False)
    metrics.update(prediction, batch_of(truth))
    valid = truth.norm(dim=1) > 0
    a, b = (x.double().movedim(1, -1)[valid].numpy() for x in (prediction, truth))
    a, b = a / np.linalg.norm(a, axis=1, keepdims=True), b / np.linalg.norm(b, axis=1, keepdims=True)
    error = np.degrees(np.arccos(np.clip((a * b).sum(axis=1), -1, 1)))
    expected = [error.mean(), np.median(error), np.sqrt((error**2).mean())]
    expected += [100 * (error < t).mean() for t in (11.25, 22.5, 30)]
    assert list(metrics.compute().values()) == pytest.approx(expected)


def test_snapped_figures_follow_the_raw_ones_and_say_that_they_are_a_substitute() -> None:
    metrics = NormalMetrics("normals", manhattan=True)
    truth = turned(*[0.0] * 30, *[90.0] * 30)
    noise = torch.linspace(-12, 12, 30).tolist()
    metrics.update(turned(*noise, *(90 + n for n in noise)), batch_of(truth))
    figures = metrics.compute()
    assert list(figures) == [m.name for m in RAW + SNAPPED]
    assert figures["mean"] > 6
    assert figures["manhattan_mean"] < 0.01
    assert figures["manhattan_within_11.25"] == 100
    assert all("substitute" in m.note for m in SNAPPED)
    assert not any(m.note for m in RAW)


def test_axes_come_from_the_prediction_alone(random_normals: Callable[..., Tensor]) -> None:
    prediction, truth = random_normals(1, seed=4, void=0), random_normals(1, seed=5, void=0)
    metrics, masked = NormalMetrics("normals", True), NormalMetrics("normals", True)
    metrics.update(prediction, batch_of(truth))
    truth[..., 4:] = 0
    masked.update(prediction, batch_of(truth))
    assert metrics.snapped is not None
    assert masked.snapped is not None
    np.testing.assert_array_equal(metrics.snapped[0].reshape(6, 8)[:, :4].ravel(), masked.snapped[0])


def test_figures_without_ground_truth_are_nan() -> None:
    metrics = NormalMetrics("normals", manhattan=True)
    metrics.update(turned(0), batch_of(turned(0) * 0))
    assert len(metrics.compute()) == 12
    assert all(map(math.isnan, metrics.compute().values()))


def test_missing_numbers_in_a_prediction_show_in_the_figures() -> None:
    metrics = NormalMetrics("normals", manhattan=True)
    metrics.update(turned(0, 0) * float("nan"), batch_of(turned(0, 0)))
    figures = metrics.compute()
    assert math.isnan(figures["mean"])
    assert math.isnan(figures["manhattan_median"])
    assert figures["within_30"] == 0


@pytest.mark.parametrize("manhattan", [False, True])
def test_a_draw_is_the_images_repeated(manhattan: bool, random_normals: Callable[..., Tensor]) -> None:
    truth, prediction = random_normals(8, seed=6), random_normals(8, seed=7, void=0)
    truth[3] = 0

    def measured(places: Sequence[int]) -> NormalMetrics:
        metrics = NormalMetrics("normals", manhattan)
        for place in places:
            metrics.update(prediction[[place]], batch_of(truth[[place]], [place]))
        return metrics

    assert measured(range(8)).per_image()["key"].tolist() == [
        "0000",
        "0001",
        "0002",
        *["0004", "0005", "0006", "0007"],
    ]
    assert_a_draw_is_the_images_repeated(measured, {"median": BIN, "manhattan_median": BIN})


def test_the_median_of_a_draw_is_that_of_its_few_pixels() -> None:
    metrics = NormalMetrics("normals", manhattan=False)
    metrics.update(turned(10, 20, 26, 40), batch_of(turned(0, 0, 0, 0)))
    metrics.update(turned(180, 0), batch_of(turned(0, 0), [1]))
    figures = metrics.resampled(metrics.per_image(), np.array([[1, 0], [0, 1], [0, 3], [1, 1]]))
    np.testing.assert_allclose(figures["median"], [23, 90, 90, 23], atol=BIN)


def test_a_missing_number_shows_in_the_draws_that_hold_it() -> None:
    metrics = NormalMetrics("normals", manhattan=False)
    metrics.update(turned(10, 20), batch_of(turned(0, 0)))
    metrics.update(turned(40, 20) * torch.tensor([float("nan"), 1]), batch_of(turned(0, 0), [1]))
    figures = metrics.resampled(metrics.per_image(), np.array([[2, 0], [1, 1]]))
    for name in ("mean", "median", "rmse"):
        assert np.isnan(figures[name]).tolist() == [False, True]
    assert figures["within_30"].tolist() == [100, 75]

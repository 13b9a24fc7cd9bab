"""Figures against values computed by hand."""

import math

import numpy as np
import pytest
import torch

from example_depth import DepthMetrics
from example_depth.metrics import FIGURES

TRUE = torch.tensor([[[1.0, 2.0, 0.0]], [[4.0, 4.0, 4.0]]])
PREDICTED = torch.tensor([[[1.0, 3.0, 9.0]], [[4.0, 8.0, 5.5]]])


def measured(true=TRUE, predicted=PREDICTED):
    metrics = DepthMetrics("depth")
    metrics.update(predicted, {"key": ["a", "b"], "depth": true})
    return metrics


def test_figures_by_hand():
    # errors 0, 1 | 0, 4, 1.5 of depths 1, 2 | 4, 4, 4: factors 1, 1.5 | 1, 2, 1.375; 1.25² = 1.5625
    assert measured().compute() == pytest.approx(
        {
            "rmse": math.sqrt((1 + 16 + 2.25) / 5),
            "rel": (0.5 + 1 + 0.375) / 5,
            "log10": (math.log10(1.5) + math.log10(2) + math.log10(1.375)) / 5,
            "delta_1": 40,
            "delta_2": 80,
            "delta_3": 80,
        }
    )


def test_an_error_in_either_direction_is_as_many_factors_away():
    too_far, too_near = (
        measured(predicted=TRUE.clamp(min=1) * factor).compute() for factor in (1.4, 1 / 1.4)
    )
    for name in ("log10", "delta_1", "delta_2", "delta_3"):
        assert too_far[name] == pytest.approx(too_near[name])
    assert too_far["delta_1"] == 0
    assert too_far["delta_2"] == 100


def test_the_truth_is_without_error():
    figures = measured(predicted=TRUE.clamp(min=0.1)).compute()
    assert figures == {"rmse": 0, "rel": 0, "log10": 0, "delta_1": 100, "delta_2": 100, "delta_3": 100}


def test_what_is_kept_of_an_image():
    kept = measured(true=torch.stack([TRUE[1], TRUE[0] * 0])).per_image()
    assert kept["key"].tolist() == ["a"]
    assert kept["sums"][0, [0, 1]].tolist() == [3, 9 + 1 + 25]
    assert DepthMetrics("depth").per_image()["sums"].shape == (0, 7)


def test_images_drawn_anew():
    images = measured().per_image()
    figures = DepthMetrics("depth").resampled(images, np.array([[1, 1], [2, 0], [0, 0]]))
    assert list(figures) == [metric.name for metric in FIGURES]
    assert figures["rmse"][:2].tolist() == pytest.approx([math.sqrt(19.25 / 5), math.sqrt(0.5)])
    assert np.isnan(figures["rmse"][2])

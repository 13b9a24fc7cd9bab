from typing import Any

import numpy as np
import pytest
import torch
from toys import AbsoluteError, Brightness, frames

from stitchkit.bootstrap import draws
from stitchkit.tasks import Batch, Metrics, averaged
from stitchkit.testing import assert_same_evidence, read_back


class Silent(Metrics):
    """Tells of no image."""

    def update(self, prediction: Any, batch: Batch) -> None: ...

    def merge(self, other: Metrics) -> None: ...

    def compute(self) -> dict[str, float]:
        return {}


def test_outputs_are_averaged_name_by_name() -> None:
    one = {"scores": torch.tensor([1.0, 2]), "deltas": {"x": torch.tensor([[4.0]])}}
    other = {"scores": torch.tensor([3.0, 2]), "deltas": {"x": torch.tensor([[0.0]])}}
    mean = averaged([one, other])
    assert mean["scores"].tolist() == [2, 2]
    assert mean["deltas"]["x"].tolist() == [[2]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_mean_of_one_output_is_that_output(dtype: torch.dtype) -> None:
    output = torch.randn(1000).to(dtype)
    assert torch.equal(averaged([output]), output)


def test_outputs_of_another_kind_are_refused_with_the_remedy() -> None:
    with pytest.raises(TypeError, match="but got list; give the task a predict_ensemble of its own"):
        averaged([[torch.zeros(1)]])


def test_an_ensemble_predicts_from_the_mean_output_unless_the_task_says_otherwise() -> None:
    task, outputs = Brightness("depth", Brightness.Config()), [torch.rand(2, 1, 4, 5) for _ in range(3)]
    found = task.predict_ensemble(outputs, frames(2, (8, 10)))
    expected = task.predict(sum(outputs, torch.zeros(())) / 3, frames(2, (8, 10)))
    torch.testing.assert_close(found, expected)


def test_metrics_tell_of_no_image_unless_they_say_otherwise() -> None:
    assert Silent().per_image() == {}
    with pytest.raises(NotImplementedError, match="Silent tells of each image, but not how to resample"):
        Silent().resampled({}, np.ones((1, 1), int))


def errors(places: list[int]) -> AbsoluteError:
    metrics = AbsoluteError()
    truth = torch.tensor(places).float()[:, None, None].expand(-1, 8, 10)
    batch = {"key": [f"{place:03d}" for place in places], "depth": truth}
    metrics.update(truth * 1.5, batch)
    return metrics


def test_the_smallest_task_resamples_its_figure() -> None:
    whole, merged = errors([2, 0, 3, 1]), errors([3, 2])
    merged.merge(errors([0, 1]))
    assert_same_evidence(whole, merged)
    times = np.concatenate([np.ones((1, 4), int), draws(4, 20)])
    figures = AbsoluteError().resampled(read_back(whole.per_image()), times)
    assert figures["error"][0] == pytest.approx(whole.compute()["error"])
    np.testing.assert_allclose(figures["error"], [np.repeat([0, 0.5, 1, 1.5], own).mean() for own in times])

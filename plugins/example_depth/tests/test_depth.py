"""What depth does by itself, and what stitchkit asks of every task."""

import pytest
import torch
from pydantic import ValidationError
from stitchkit import InputError
from stitchkit.testing import TASK_CHECKS, TaskCase

from example_depth import Depth, DepthConfig

ROOMS = {"type": "rooms", "train": 6, "test": 6, "size": (32, 48), "processes": 1}
WAYS = [{}, {"loss": "berhu"}, {"loss": "berhu", "space": "metres"}]
CASES = [TaskCase("depth", data=ROOMS, options=options) for options in WAYS]


@pytest.fixture(autouse=True, scope="module")
def _own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STITCHKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.mark.parametrize("check", TASK_CHECKS, ids=str)
@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case.options.values()) or "default")
def test_depth_is_a_task(case, check):
    check(case)


def of_two_frames(**options):
    task = Depth("depth", DepthConfig(**options))
    task.learned = torch.tensor([0.5, 3.0, 1.0, 10.0], dtype=torch.float64)
    return task, {"key": ["a", "b"], "native_size": [(2, 3)] * 2}


def test_metres_by_hand():
    task, batch = of_two_frames(loss="berhu", space="metres")
    found = task.predict(torch.tensor([[[[1.5]]], [[[20.0]]]]), batch)
    assert found.shape == (2, 2, 3)
    assert found[:, 0, 0].tolist() == [2.0, 10.0]  # 0.5 + 1.5; and the farthest training pixel


def test_logarithms_by_hand():
    task, batch = of_two_frames()
    found = task.predict(torch.tensor([[[[0.5]]], [[[-9.0]]]]), batch)
    assert found[:, 0, 0].tolist() == pytest.approx([2.7182818, 1.0])  # e; and the nearest training pixel


def test_the_constant_is_the_mean_depth():
    task, batch = of_two_frames()
    assert task.constant(batch).unique().tolist() == [3.0]


def test_void_is_black_and_the_ends_have_the_ends_of_the_colours():
    task, _ = of_two_frames()
    picture = task.draw(torch.tensor([[0.0, 1.0, 10.0, 99.0]]), torch.zeros(3, 1, 4))
    assert picture[:, 0].T.tolist() == [[0, 0, 0], [253, 231, 36], [68, 1, 84], [68, 1, 84]]


def test_a_loss_without_scale_wants_logarithms():
    with pytest.raises(ValidationError, match="with metres, take berhu"):
        DepthConfig(space="metres")


class NoDepth:
    targets = ()

    def __len__(self):
        return 3


def test_data_without_depth_is_named():
    from stitchkit.data import Target

    data = NoDepth()
    data.targets = {"labels": Target("labels", ("a",)), "far": Target("depth")}
    with pytest.raises(InputError, match="task 'd': the data set has no 'depth' of kind 'depth'; it has far"):
        Depth("d", DepthConfig()).fit(data, 0)

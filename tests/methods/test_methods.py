"""What every method plans, builds and predicts, on the toys."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from toys import TinyNet

from stitchkit import plugins
from stitchkit.errors import InputError
from stitchkit.methods import Method, Plans, Run
from stitchkit.methods.base import MEMBER
from stitchkit.networks import LatentNet, SplitNet, StitchedNet
from stitchkit.recipe.schema import MethodBlock

TASKS = ("bright", "dim")
ONE_TASK = {"iterations": {"bright": 20, "dim": 10}}


def plans(
    name: str, options: dict[str, Any], *, type: str = "", seed: int = 3, baseline: bool = True
) -> Plans:
    blocks = {name: MethodBlock.model_validate({"type": type or name, **options})}
    if baseline:
        blocks["one_task"] = MethodBlock.model_validate({"type": "one_task", **ONE_TASK})
    return Plans(TASKS, seed, blocks, name, lambda tasks, training: {"data": "d", "training": training})


def planned(name: str, options: dict[str, Any], **how: Any) -> tuple[Method, dict[str, list[Run]]]:
    with_plans = plans(name, options, **how)
    method = with_plans.blocks[name].method()
    return method, {candidate: list(runs) for candidate, runs in method.candidates(with_plans).items()}


def networks() -> dict[str, nn.Module]:
    torch.manual_seed(0)
    return {name: TinyNet(1) for name in TASKS}


EXAMPLE = {"image": torch.zeros(1, 3, 8, 10)}


@pytest.mark.parametrize("name", plugins.names("methods"))
def test_every_method_has_a_name_for_people_and_says_what_it_is(name):
    method = plugins.find("methods", name)
    assert issubclass(method, Method)
    assert method.label[0].isupper()
    assert method.__doc__


def test_one_task_networks_are_trained_apart():
    method, found = planned("one_task", ONE_TASK)
    assert [(run.tasks, run.iterations, run.starts) for run in found[""]] == [
        (("bright",), 20, ()),
        (("dim",), 10, ()),
    ]
    (network,) = [TinyNet(1)]
    assert method.build(found[""][0], {"bright": network}, EXAMPLE) is network


@pytest.mark.parametrize("iterations", [7, {"bright": 7, "dim": 7}])
def test_one_task_trained_longer_begins_with_the_one_task_networks(iterations):
    method, found = planned("one_task_longer", {"iterations": iterations, "lr": 0.5})
    assert [(run.tasks, run.iterations, run.starts[0].tasks) for run in found[""]] == [
        (("bright",), 7, ("bright",)),
        (("dim",), 7, ("dim",)),
    ]
    assert [start.key for run in found[""] for start in run.starts] == [
        run.key for run in planned("one_task", ONE_TASK)[1][""]
    ]
    assert method.rates() == {"lr": 0.5}


def test_an_ensemble_has_members_of_other_seeds_and_trains_nothing_itself():
    _, found = planned("ensemble", {"members": 3})
    (run,) = found[""]
    assert run.iterations == 0
    assert run.tasks == TASKS
    assert [(start.tasks, start.seed) for start in run.starts] == [
        ((task,), 3 + i * MEMBER) for i in range(3) for task in TASKS
    ]


def test_split_has_a_candidate_for_each_layer():
    method, found = planned("split", {"at": ["drop", "last"], "iterations": 6})
    assert list(found) == ["drop", "last"]
    assert [[run.iterations for run in runs] for runs in found.values()] == [[6], [6]]
    assert found["drop"][0].key != found["last"][0].key
    network = method.build(found["last"][0], networks(), EXAMPLE)
    assert isinstance(network, SplitNet)
    assert "first.weight" in network.shared.state_dict()
    alone = planned("split", {"at": ["last"], "iterations": 6})[1]["last"][0]
    assert alone.key == found["last"][0].key  # what is tried beside it does not change a network


def test_a_layer_that_is_not_there_is_named():
    method, found = planned("split", {"at": ["lost"]})
    with pytest.raises(InputError, match=r"methods\.split\.at, layer 'lost'"):
        method.build(found["lost"][0], networks(), EXAMPLE)


def test_mtl_shared_has_a_latent_layer_and_a_sparse_combination():
    method, found = planned(
        "mtl_shared", {"width": 5, "sparsity": 0.5, "at": {"bright": "last", "dim": "last"}}
    )
    network = method.build(found[""][0], networks(), EXAMPLE)
    assert isinstance(network, LatentNet)
    penalty = method.penalty(network)
    assert penalty is not None
    torch.testing.assert_close(penalty, 0.5 * network.sparsity())
    without, _ = planned("mtl_shared", {"width": 5, "sparsity": 0.0})
    assert without.penalty(network) is None


@pytest.mark.parametrize("start", ["one_task", "backbone"])
def test_cross_stitch_begins_where_it_is_told(start):
    method, found = planned("cross_stitch", {"start": start, "taps": ["first"]}, baseline=start == "one_task")
    (run,) = found[""]
    assert [begun.tasks for begun in run.starts] == ([("bright",), ("dim",)] if start == "one_task" else [])
    assert isinstance(method.build(run, networks(), EXAMPLE), StitchedNet)
    assert method.rates().keys() == {"alpha_lr_scale", "alpha_weight_decay"}


def test_the_unit_is_part_of_the_key_with_all_its_options():
    keys = {
        planned("cross_stitch", {"unit": unit})[1][""][0].key
        for unit in ({}, {"same": 0.9}, {"type": "cross_stitch"}, {"same": 0.5}, {"type": "nddr"})
    }
    assert len(keys) == 3


def test_a_method_that_begins_with_one_task_networks_says_what_is_missing():
    with pytest.raises(
        InputError, match=r"methods\.ensemble begins with one-task networks; add methods\.one_task"
    ):
        planned("ensemble", {}, baseline=False)


def test_a_method_under_another_name_is_the_same_method():
    named = planned("nddr", {"unit": {"type": "nddr"}}, type="cross_stitch")[1][""][0]
    plain = planned("cross_stitch", {"unit": {"type": "nddr"}})[1][""][0]
    assert named.key == plain.key
    assert Path(named.name).name.startswith("cross_stitch-bright+dim-seed3-")

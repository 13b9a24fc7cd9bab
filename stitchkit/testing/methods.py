"""Properties of methods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from stitchkit.graph.joint import JointNet
from stitchkit.keys import digest
from stitchkit.methods import Method, Plans, Run
from stitchkit.recipe.schema import MethodBlock
from stitchkit.testing.check import check, expect, expect_same
from stitchkit.testing.given import class_of, name_of
from stitchkit.testing.options import expect_options
from stitchkit.testing.tiny_backbone import TinyBackbone

OUTPUTS = {"one": 2, "other": 3}
TASKS = tuple(OUTPUTS)
RATES = {"lr", "alpha_lr_scale", "weight_decay", "alpha_weight_decay", "bias_lr_scale", "bias_weight_decay"}
"""What `stitchkit.parameter_groups` takes."""


@dataclass(frozen=True)
class MethodCase:
    """A method and its options, for two tasks that are called ``one`` and ``other``.

    Attributes:
        plugin: The method's name.
        options: Of the method; layers are those of `stitchkit.testing.TinyBackbone`.
    """

    plugin: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The method's name, as messages begin with it."""
        return f"method {name_of(self.plugin)!r}"

    @cached_property
    def method(self) -> Method:
        """The method with its options."""
        method = class_of("methods", self.plugin)
        return method(method.Config.model_validate(dict(self.options)))

    def candidates(self, seed: int = 0) -> Mapping[str, Sequence[Run]]:
        """The runs that the method plans, beside one-task networks."""
        iterations = dict.fromkeys(TASKS, 5)
        blocks = {
            "one_task": MethodBlock.model_validate({"type": "one_task", "iterations": iterations}),
            "tried": MethodBlock.model_validate({"type": self.plugin, **self.options}),
        }
        plans = Plans(TASKS, seed, blocks, "tried", lambda tasks, training: {"training": training})
        return self.method.candidates(plans)

    @cached_property
    def runs(self) -> list[Run]:
        """All of them."""
        return [run for runs in self.candidates().values() for run in runs]

    def built(self, run: Run) -> nn.Module:
        """The network of a run, on tiny one-task networks."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            networks: dict[str, nn.Module] = {name: TinyBackbone().dense(OUTPUTS[name]) for name in run.tasks}
        return self.method.build(run, networks, {"image": torch.zeros(1, 3, 32, 32)})


@check("stitchkit.methods.Method")
def the_method_is_described(case: MethodCase) -> None:
    """The method has a label for tables, and a docstring."""
    label = case.method.label
    expect(bool(label) and label[0].isupper(), "a label that begins with a capital", repr(label))
    expect(bool(type(case.method).__doc__), "a docstring", "none")


@check("stitchkit.plugins.Config")
def options_are_checked(case: MethodCase) -> None:
    """Options that are written as JSON and read again are equal, and an unknown option is refused."""
    expect_options(case.method.config)


@check("stitchkit.methods.Method.problems")
def good_options_have_no_problems(case: MethodCase) -> None:
    """The options given are good for the tasks given."""
    problems = list(case.method.problems(TASKS))
    expect(not problems, "no problems", problems)


@check("stitchkit.methods.Method.candidates")
def each_candidate_predicts_each_task_once(case: MethodCase) -> None:
    """Between them the runs of a candidate predict each task once."""
    candidates = case.candidates()
    expect(bool(candidates), "at least one candidate", "none")
    for name, runs in candidates.items():
        told = sorted(task for run in runs for task in run.tasks)
        expect(told == sorted(TASKS), f"{sorted(TASKS)} of candidate {name!r}", told)


@check("stitchkit.methods.Run")
def keys_follow_from_the_recipe(case: MethodCase) -> None:
    """Runs planned twice have the same keys, another seed has others, and no two runs share one."""
    keys = [run.key for run in case.runs]
    again = [run.key for runs in case.candidates().values() for run in runs]
    other = [run.key for runs in case.candidates(seed=1).values() for run in runs]
    expect(again == keys, f"{keys}", again)
    expect(len({*keys, *other}) == 2 * len(keys), "a key for each run of each seed", [*keys, *other])


@check("stitchkit.methods.Run.settings")
def what_determines_a_run_is_plain_data(case: MethodCase) -> None:
    """What determines a run can be written as JSON, and a run that trains says so with its iterations."""
    for run in case.runs:
        expect(bool(digest(dict(run.settings))), "a digest of the settings", run.settings)
        expect(run.iterations >= 0, "iterations from 0", run.iterations)
        trained = case.method.starts_from_one_task
        expect(bool(run.starts) == trained, f"starts_from_one_task {bool(run.starts)}", trained)


@check("stitchkit.methods.Method.build")
def networks_can_be_built(case: MethodCase) -> None:
    """The network of a run that trains gives each of its tasks scores, and can be trained."""
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    for run in (run for run in case.runs if run.iterations):
        network = case.built(run)
        found = network(images)
        outputs = found if isinstance(network, JointNet) else dict.fromkeys(run.tasks, found)
        shapes = {name: own.shape[1] for name, own in outputs.items()}
        expect(shapes == {name: OUTPUTS[name] for name in run.tasks}, "outputs of each task", shapes)
        torch.stack([own.square().mean() for own in outputs.values()]).sum().backward()
        names = [name for name, own in network.named_parameters() if own.requires_grad and own.grad is None]
        expect(not names, "a gradient of every parameter", f"none of {', '.join(names[:3])}")


@check("stitchkit.methods.Method.penalty")
def the_penalty_is_a_scalar(case: MethodCase) -> None:
    """What is added to the loss is a scalar that has a gradient, or nothing."""
    for run in (run for run in case.runs if run.iterations):
        penalty = case.method.penalty(case.built(run))
        scalar = isinstance(penalty, Tensor) and penalty.shape == () and penalty.requires_grad
        expect(penalty is None or scalar, "None, or a scalar with a gradient", penalty)


@check("stitchkit.methods.Method.rates")
def rates_are_those_of_parameter_groups(case: MethodCase) -> None:
    """Rates are arguments of `stitchkit.parameter_groups`."""
    rates = case.method.rates()
    expect(rates.keys() <= RATES, f"keys among {sorted(RATES)}", sorted(rates))


@check("stitchkit.methods.Method.build")
def building_twice_gives_equal_networks(case: MethodCase) -> None:
    """Networks of one run that are built of equal one-task networks are equal."""
    for run in (run for run in case.runs if run.iterations):
        states = []
        for _ in range(2):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(1)
                states.append(case.built(run).state_dict())
        expect_same(states[0], states[1], "two networks")

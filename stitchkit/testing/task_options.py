"""Properties of a task's options, of what it learns from the training frames, and of how it travels."""

import pickle

import torch
from torch import Tensor

from stitchkit.errors import InputError
from stitchkit.tasks import Metric, Task
from stitchkit.testing.check import broken, check, expect, expect_same
from stitchkit.testing.excerpt import Excerpt
from stitchkit.testing.options import expect_options
from stitchkit.testing.task_case import TaskCase


@check("stitchkit.plugins.Config")
def options_are_checked(case: TaskCase) -> None:
    """Options that are written as JSON and read again are equal, and an unknown option is refused."""
    expect_options(case.config)


@check("stitchkit.tasks.Task.reads")
def the_target_is_read(case: TaskCase) -> None:
    """The target is the option of that name, and among the keys that the task reads."""
    task = case.new()
    expect(task.target in task.reads, f"{task.target!r} among what is read", task.reads)
    expect(isinstance(task.reads, tuple), "a tuple of keys", type(task.reads).__name__)


@check("stitchkit.tasks.Task.metrics_info")
def figures_are_described(case: TaskCase) -> None:
    """The task describes one figure or more, each under a name of its own."""
    info = case.new().metrics_info
    names = [metric.name for metric in info if isinstance(metric, Metric)]
    expect(0 < len(names) == len(info), "at least one stitchkit.tasks.Metric, and nothing else", info)
    expect(len(set(names)) == len(names), "distinct names", names)


@check("stitchkit.tasks.Task.fit")
def fitting_depends_on_the_seed_alone(case: TaskCase) -> None:
    """Fitted twice to the same frames with the same seed, the task learns the same."""
    states = []
    for outer in (1, 2):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(outer)
            states.append(dict(case.fitted().state()))
    expect_same(states[0], states[1], "what two tasks learned")


@check("stitchkit.tasks.Task.fit")
def missing_ground_truth_is_named(case: TaskCase) -> None:
    """Frames of a data set that has no such target are refused with an InputError that names the target."""
    lacking = Excerpt(case.train, 1)
    lacking.targets = {}
    task = case.new()
    try:
        task.fit(lacking, seed=0)
    except InputError as error:
        expect(task.target in str(error), f"the target {task.target!r} in the message", repr(str(error)))
        return
    broken("expected stitchkit.InputError, but nothing was raised")


@check("stitchkit.tasks.Task.state")
def what_was_learned_is_tensors(case: TaskCase) -> None:
    """What was learned is tensors on the processor, by name."""
    for name, value in case.task.state().items():
        expect(isinstance(name, str), "names", repr(name))
        expect(isinstance(value, Tensor), f"a tensor under {name!r}", type(value).__name__)
        expect(value.device.type == "cpu", f"{name!r} on the processor", value.device)


@check("stitchkit.tasks.Task.load_state")
def a_loaded_task_is_the_fitted_one(case: TaskCase) -> None:
    """A new task that loads the state of a fitted one predicts and learns the same."""
    task = case.new()
    task.load_state(case.task.state())
    expect_same(dict(task.state()), dict(case.task.state()), "the states")
    _expect_equal(case, task)


@check("stitchkit.tasks.Task")
def a_fitted_task_travels_between_processes(case: TaskCase) -> None:
    """A fitted task can be pickled, and does the same afterwards."""
    _expect_equal(case, pickle.loads(pickle.dumps(case.task)))


def _expect_equal(case: TaskCase, task: Task) -> None:
    expect(task.outputs == case.task.outputs, f"{case.task.outputs} outputs", task.outputs)
    batch = case.training_batch()
    network = case.network().eval()
    (frame,) = case.batches([0])
    with torch.no_grad():
        expect_same(case.network(task).state_dict(), network.state_dict(), "the networks")
        output = case.output(network, batch)
        expect_same(task.loss(output, batch), case.task.loss(output, batch), "the losses")
        found = task.predict(case.outputs[0], frame)
    for own, other in zip(found, case.predictions[0], strict=True):
        expect_same(own, other, "the predictions")

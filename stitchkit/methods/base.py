"""What stitchkit asks of a method: the runs it needs, the network it builds, how it predicts."""

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from stitchkit.backbones import Preprocess
from stitchkit.errors import InputError, unknown
from stitchkit.evaluation import NetworkPredictor, Predictor
from stitchkit.keys import digest
from stitchkit.plugins import Config
from stitchkit.recipe.places import KeyPath
from stitchkit.recipe.schema import MethodBlock
from stitchkit.tasks import Task

FORMAT = 1  # raised when training changes so that old results no longer stand for it

MEMBER = 1_000_000  # from the seed of one member of an ensemble to that of the next


class Method(ABC):
    """A row of the table, registered under the entry-point group ``stitchkit.methods``.

    Attributes:
        label: What tables call it, unless a recipe says otherwise.
        joins: Whether it wants two tasks or more.
        starts_from_one_task: Whether it needs the one-task networks to be trained first.
    """

    Config: ClassVar[type[Config]] = Config
    label: ClassVar[str]

    def __init__(self, config: Any) -> None:
        self.config = config

    joins: bool = True
    starts_from_one_task: bool = False

    def problems(self, tasks: Sequence[str]) -> Iterator[tuple[KeyPath, str]]:
        """What is wrong with the options in a recipe of these tasks: path below the method, and message."""
        yield from ()

    @abstractmethod
    def candidates(self, plans: "Plans") -> Mapping[str, Sequence["Run"]]:
        """The runs of one seed under the empty name, or those of each candidate under the candidate's.

        A method with several candidates stands for the one that is best on validation frames. Between them
        the runs of a candidate predict each task once.
        """

    def build(self, run: "Run", networks: dict[str, nn.Module], example: Mapping[str, Tensor]) -> nn.Module:
        """The network to train.

        Args:
            run: One of those that `candidates` returned, with something to train.
            networks: One-task networks of its tasks, new, or as the runs that it starts from left them.
            example: Inputs of the networks by name, one image.

        Raises:
            InputError: The options do not fit the networks.
        """
        (network,) = networks.values()
        return network

    def rates(self) -> dict[str, float]:
        """Arguments of `stitchkit.parameter_groups` that are other than those of ``training``."""
        return {}

    def penalty(self, network: nn.Module) -> Tensor | None:
        """What is added to the joint loss in each step, a scalar; None adds nothing."""
        return None

    def predictor(self, run: "Run", bench: "Bench") -> Predictor:
        """What predicts on the test split."""
        return bench.predictor(run)


@dataclass(frozen=True)
class Run:
    """One network to train and measure, or several that predict together.

    Attributes:
        method: What it belongs to.
        type: The method's plugin.
        seed: Of this run.
        tasks: Names, in the order of the network's outputs.
        iterations: Training steps; 0 for what needs no training of its own.
        settings: All else that determines the result, as plain data.
        starts: Runs to be finished before: those whose networks this one begins with, or that predict in it.
    """

    method: Method = field(compare=False, repr=False)
    type: str
    seed: int
    tasks: tuple[str, ...]
    iterations: int
    settings: Mapping[str, Any] = field(hash=False)
    starts: tuple["Run", ...] = ()

    @functools.cached_property
    def key(self) -> str:
        """Hash of everything that determines the result."""
        return digest(
            {
                "format": FORMAT,
                "method": self.type,
                "seed": self.seed,
                "tasks": self.tasks,
                "iterations": self.iterations,
                "settings": self.settings,
                "starts": [run.key for run in self.starts],
            }
        )

    @property
    def name(self) -> str:
        """Name of the run's folder: readable, and unique by the key."""
        return f"{self.type}-{'+'.join(self.tasks)}-seed{self.seed}-{self.key[:10]}"


@dataclass(frozen=True)
class Plans:
    """What a method plans the runs of one seed with.

    Attributes:
        tasks: Names of all tasks.
        seed: Of the runs.
        blocks: All methods of the recipe.
        name: Of the method that plans.
        settings: Gives what determines a result beside the method: of some tasks, trained or not.
    """

    tasks: tuple[str, ...]
    seed: int
    blocks: Mapping[str, MethodBlock]
    name: str
    settings: Callable[[tuple[str, ...], bool], dict[str, Any]]

    def run(
        self,
        tasks: Sequence[str],
        iterations: int,
        options: Mapping[str, Any] | None = None,
        starts: Sequence[Run] = (),
    ) -> Run:
        """A run of this method.

        Args:
            tasks: That it predicts.
            iterations: Training steps.
            options: Further plain data that determines the result.
            starts: Runs to be finished before.
        """
        block, tasks = self.blocks[self.name], tuple(tasks)
        settings = self.settings(tasks, iterations > 0)
        if options:
            settings["method"] = dict(options)
        if code := block.code():
            settings["code"] = [*settings.get("code", ()), *code]
        return Run(block.method(), block.type, self.seed, tasks, iterations, settings, tuple(starts))

    def one_task(self, member: int = 0) -> dict[str, Run]:
        """The one-task run of each task, with this seed, or with that of a further member of an ensemble.

        Raises:
            InputError: The recipe has no method ``one_task``.
        """
        for name, block in self.blocks.items():
            if block.type == "one_task":
                plans = Plans(self.tasks, self.seed + member * MEMBER, self.blocks, name, self.settings)
                (runs,) = block.method().candidates(plans).values()
                return {run.tasks[0]: run for run in runs}
        raise InputError(f"methods.{self.name} begins with one-task networks; add methods.one_task")


@dataclass(frozen=True)
class Bench:
    """What finished runs are measured with.

    Attributes:
        tasks: By name.
        preprocess: From uint8 images to the networks' input.
        device: Of the networks.
        network: Gives a finished run's network.
    """

    tasks: Mapping[str, Task]
    preprocess: Preprocess
    device: torch.device
    network: Callable[[Run], nn.Module]

    def predictor(self, run: Run) -> NetworkPredictor:
        """Predictions of one run's network."""
        tasks = {name: self.tasks[name] for name in run.tasks}
        return NetworkPredictor(self.network(run), tasks, self.preprocess, self.device)


def unknown_tasks(
    given: Collection[str], tasks: Sequence[str], path: KeyPath
) -> Iterator[tuple[KeyPath, str]]:
    """A problem for each name in ``given`` that is no task."""
    for name in given:
        if name not in tasks:
            yield (*path, name), str(unknown("task", name, tasks))

"""All properties of each kind of plugin, to be tried one a test or all at once."""

from typing import Any

from stitchkit.backbones import Backbone
from stitchkit.data import Dataset
from stitchkit.proposals import Proposals
from stitchkit.samplers import Sampler
from stitchkit.tasks import Task
from stitchkit.testing import (
    backbones,
    datasets,
    methods,
    proposals,
    samplers,
    task_losses,
    task_metrics,
    task_options,
    task_predictions,
    units,
)
from stitchkit.testing.check import gathered, hold_all
from stitchkit.testing.given import Plugin
from stitchkit.testing.task_case import TaskCase
from stitchkit.units import Unit

TASK_CHECKS = gathered(task_options, task_losses, task_predictions, task_metrics)
DATASET_CHECKS = gathered(datasets)
UNIT_CHECKS = gathered(units)
BACKBONE_CHECKS = gathered(backbones)
METHOD_CHECKS = gathered(methods)
SAMPLER_CHECKS = gathered(samplers)
PROPOSALS_CHECKS = gathered(proposals)


def check_task(task: str | type[Task], data: Plugin | Dataset, **case: Any) -> None:
    """Try everything that stitchkit asks of a task, on a few frames with a tiny network.

    Args:
        task: Name or class.
        data: As `TaskCase` takes it.
        case: Further fields of `TaskCase`.

    Raises:
        Broken: A line for each property that does not hold.
    """
    hold_all(TASK_CHECKS, TaskCase(task, data, **case))


def check_dataset(dataset: str | type[Dataset], **options: Any) -> None:
    """Try everything that stitchkit asks of a data set with these options; raises `Broken`."""
    hold_all(DATASET_CHECKS, datasets.DatasetCase(dataset, options))


def check_unit(unit: str | type[Unit], **options: Any) -> None:
    """Try everything that stitchkit asks of a unit with these options; raises `Broken`."""
    hold_all(UNIT_CHECKS, units.UnitCase(unit, options))


def check_backbone(backbone: str | type[Backbone], **options: Any) -> None:
    """Try everything that stitchkit asks of a backbone with these options; raises `Broken`."""
    hold_all(BACKBONE_CHECKS, backbones.BackboneCase(backbone, options))


def check_method(method: str, **options: Any) -> None:
    """Try everything that stitchkit asks of a method with these options; raises `Broken`."""
    hold_all(METHOD_CHECKS, methods.MethodCase(method, options))


def check_sampler(
    sampler: str | type[Sampler], data: Plugin | Dataset, proposals: Plugin | None = None, **options: Any
) -> None:
    """Try everything that stitchkit asks of a sampler with these options; raises `Broken`.

    Args:
        sampler: Name or class.
        data: As `TaskCase` takes it.
        proposals: As in a recipe, for samplers of regions.
        options: Of the sampler.
    """
    hold_all(SAMPLER_CHECKS, samplers.SamplerCase(sampler, data, options, proposals))


def check_proposals(proposed: str | type[Proposals], data: Plugin | Dataset, **options: Any) -> None:
    """Try everything that stitchkit asks of what proposes boxes with these options; raises `Broken`."""
    hold_all(PROPOSALS_CHECKS, proposals.ProposalsCase(proposed, data, options))

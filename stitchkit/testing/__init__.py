"""What stitchkit asks of a plugin, as checks that its author runs in tests.

Each property is a check of its own, called with a case: a plugin with its options and the data that it is
tried on. A failure says which property does not hold, what was expected and what asks for it::

    import pytest
    from stitchkit.testing import TASK_CHECKS, TaskCase

    CASE = TaskCase("depth", data={"type": "rooms", "train": 6, "test": 6, "size": [32, 48]})

    @pytest.mark.parametrize("check", TASK_CHECKS, ids=str)
    def test_depth_is_a_task(check):
        check(CASE)

``check_task("depth", data=...)`` tries them all in one test.
"""

from stitchkit.testing.backbones import BackboneCase
from stitchkit.testing.check import Broken, Check, DoesNotApply, hold_all
from stitchkit.testing.datasets import DatasetCase
from stitchkit.testing.evidence import assert_a_draw_is_the_images_repeated, assert_same_evidence, read_back
from stitchkit.testing.methods import MethodCase
from stitchkit.testing.proposals import ProposalsCase
from stitchkit.testing.samplers import SamplerCase
from stitchkit.testing.suites import (
    BACKBONE_CHECKS,
    DATASET_CHECKS,
    METHOD_CHECKS,
    PROPOSALS_CHECKS,
    SAMPLER_CHECKS,
    TASK_CHECKS,
    UNIT_CHECKS,
    check_backbone,
    check_dataset,
    check_method,
    check_proposals,
    check_sampler,
    check_task,
    check_unit,
)
from stitchkit.testing.task_case import TaskCase
from stitchkit.testing.tiny_backbone import TinyBackbone
from stitchkit.testing.units import UnitCase

__all__ = [
    "BACKBONE_CHECKS",
    "DATASET_CHECKS",
    "METHOD_CHECKS",
    "PROPOSALS_CHECKS",
    "SAMPLER_CHECKS",
    "TASK_CHECKS",
    "UNIT_CHECKS",
    "BackboneCase",
    "Broken",
    "Check",
    "DatasetCase",
    "DoesNotApply",
    "MethodCase",
    "ProposalsCase",
    "SamplerCase",
    "TaskCase",
    "TinyBackbone",
    "UnitCase",
    "assert_a_draw_is_the_images_repeated",
    "assert_same_evidence",
    "check_backbone",
    "check_dataset",
    "check_method",
    "check_proposals",
    "check_sampler",
    "check_task",
    "check_unit",
    "hold_all",
    "read_back",
]

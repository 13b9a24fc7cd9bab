import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from stitchkit.report import per_class as module
from stitchkit.report.per_class import per_class
from stitchkit.results import Results


def test_classes_stand_from_rare_to_frequent(results: Results) -> None:
    (group,) = per_class(results).groups
    texts = list(ET.fromstring(str(group.drawings[0].svg)).itertext())
    places = [texts.index(name) for name in ("$bag$", "lamp <i>", "wall")]
    assert places == sorted(places)


def test_the_summary_compares_halves_of_paired_changes(results: Results) -> None:
    (group,) = per_class(results).groups
    # seeds 3 and 4: wall 52 - 50 and 53 - 50; bag 12 - 10; the lamp has no figure in one-task
    assert group.summary == (
        "Mean change over the rarer 1 classes: +2.0 points; over the more frequent 1: +2.5 points (2 seeds)."
    )
    assert group.heading == "seg: IoU, cross-stitch against one-task"


def test_the_middle_class_counts_as_frequent() -> None:
    summary = module._summary(np.array([1.0, 2.0, 6.0]), "°", 1)
    assert summary.startswith(
        "Mean change over the rarer 1 classes: +1.0 °; over the more frequent 2: +4.0 °"
    )


def test_one_task_trained_longer_is_a_second_figure(data: dict[str, Any]) -> None:
    longer = [run | {"method": "one_task_longer"} for run in data["runs"] if run["method"] == "one_task"]
    data["runs"] += longer
    headings = [group.heading for group in per_class(Results.model_validate(data)).groups]
    assert headings[1] == "seg: IoU, cross-stitch against one-task trained longer"


@pytest.mark.parametrize("broken", [{}, {"per_class": None}, {"per_class": {"names": ["a"], "value": []}}])
def test_without_figures_the_section_says_so(data: dict[str, Any], broken: dict[str, Any]) -> None:
    for run in data["runs"]:
        for result in run["results"].values():
            result["details"] = broken
    section = per_class(Results.model_validate(data))
    assert section.groups == ()
    assert section.text.startswith("No task has figures per class")


def test_only_runs_of_the_same_seed_are_compared(data: dict[str, Any]) -> None:
    for run in data["runs"]:
        if run["method"] == "one_task":
            run["seed"] += 10
    assert per_class(Results.model_validate(data)).groups == ()

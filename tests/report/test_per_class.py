import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from report.studies import add_row

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
    info = module._PerClass(names=[], value=[], metric="error", unit="°", train_count=[], count_unit="pixels")
    summary = module._summary(np.array([1.0, 2.0, 6.0]), info, 1)
    assert summary.startswith(
        "Mean change over the rarer 1 classes: +1.0 °; over the more frequent 2: +4.0 °"
    )


def test_many_classes_tell_of_the_ten_and_twenty_rarest() -> None:
    info = module._PerClass(names=[], value=[], metric="AP", unit="%", train_count=[], count_unit="objects")
    change = np.concatenate([np.full(10, 4.0), np.full(10, 3.0), np.full(44, 1.0)])  # from the rarest on
    assert module._summary(change, info, 3).endswith(
        # (10 * 4 + 10 * 3) / 20 = 3.5; (70 + 44) / 64 = 1.78
        "Mean change over the 10 rarest: +4.0 points; over the 20 rarest: +3.5 points; "
        "over all 64: +1.8 points."
    )
    assert "rarest:" not in module._summary(change[:39], info, 3)


def test_every_stitched_row_is_compared_and_some_are_there_to_unfold(large: dict[str, Any]) -> None:
    groups = per_class(Results.model_validate(large)).groups
    assert [group.folded for group in groups] == [False] * 4 + [True] * 4
    assert groups[1].heading == "segmentation: IoU, cross-stitch, same=0.1 against one-task trained longer"


def test_one_task_trained_longer_is_a_second_figure(data: dict[str, Any]) -> None:
    add_row(data, "one_task_longer", label="One-task trained longer")
    data["runs"] += [run | {"row": "one_task_longer"} for run in data["runs"] if run["row"] == "one_task"]
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


def attributes(values: list[float | None], **also: object) -> dict[str, Any]:
    return {
        "kind": "attribute",
        "names": ["Head", "Rein"],
        "value": values,
        "metric": "AP",
        "unit": "%",
        "train_count": [3112, 88],
        "count_unit": "instances",
        **also,
    }


def test_attributes_are_called_so_beside_classes(data: dict[str, Any]) -> None:
    for run in data["runs"]:
        if "sn" in run["results"]:
            values: list[float | None] = [60.0, 20.0] if run["row"] == "one_task" else [59.0, 24.0]
            run["results"]["sn"]["details"] = {"per_class": attributes(values)}
    section = per_class(Results.model_validate(data))
    assert section.title == "Change per class or attribute"
    assert "for each class or attribute, from the rarest" in section.text
    classes, group = section.groups
    assert "rarer 1 classes" in classes.summary
    assert group.summary == (
        "Mean change over the rarer 1 attributes: +4.0 points; "
        "over the more frequent 1: −1.0 points (2 seeds)."
    )
    texts = list(ET.fromstring(str(group.drawings[0].svg)).itertext())
    assert texts.index("Rein") < texts.index("Head")
    assert "change of AP (points)" in texts
    assert "training instances" in texts


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_the_better_method_gives_the_colour(data: dict[str, Any], higher_is_better: bool) -> None:
    for run in data["runs"]:
        change = 0.0 if run["row"] == "one_task" else 5.0
        details = attributes([10.0 + change, 10.0 + change], higher_is_better=higher_is_better)
        for task, result in run["results"].items():
            result["details"] = {"per_class": details} if task == "seg" else {}
    (group,) = per_class(Results.model_validate(data)).groups
    svg = str(group.drawings[0].svg)
    assert ("var(--vermillion" in svg, "var(--blue" in svg) == (higher_is_better, not higher_is_better)


def test_only_runs_of_the_same_seed_are_compared(data: dict[str, Any]) -> None:
    for run in data["runs"]:
        if run["row"] == "one_task":
            run["seed"] += 10
    assert per_class(Results.model_validate(data)).groups == ()

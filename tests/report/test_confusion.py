import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from stitchkit.report import confusion as module
from stitchkit.report.confusion import confusion
from stitchkit.report.section import Drawing, Section
from stitchkit.results import Results

BEFORE = [[8, 2, 0], [4, 4, 0], [0, 0, 0]]  # wall, $bag$, lamp: the lamp does not occur
AFTER = [[6, 4, 0], [2, 6, 0], [0, 0, 0]]


@pytest.fixture
def counted(data: dict[str, Any]) -> dict[str, Any]:
    for run in data["runs"]:
        if "seg" in run["results"]:
            run["results"]["seg"]["details"]["confusion"] = BEFORE if run["row"] == "one_task" else AFTER
    return data


def texts(drawing: Drawing) -> list[str]:
    return ["".join(text.itertext()) for text in ET.fromstring(str(drawing.svg)).iter("text")]


def made(data: dict[str, Any]) -> Section:
    section = confusion(Results.model_validate(data))
    assert section is not None
    return section


def test_maps_of_both_rows_and_of_what_changes(counted: dict[str, Any]) -> None:
    (group,) = made(counted).groups
    assert group.heading == "seg: cross-stitch and one-task"
    assert [drawing.title for drawing in group.drawings] == [
        "One-task (strongest colour: 100 %)",
        "Cross-stitch (strongest colour: 100 %)",
        "Cross-stitch minus one-task (strongest colour: ±25.0 points)",
    ]
    # wall 8 of 10 and 6 of 10, $bag$ 4 of 8 and 6 of 8
    assert (
        group.summary == "Share that is right, mean over the classes: one-task 65.0 %, cross-stitch 67.5 %."
    )
    assert group.drawings[0].alt == (
        "One-task: shares of each true class by predicted class. Largest off the diagonal: "
        "$bag$ taken for wall, 50.0 % and wall taken for $bag$, 20.0 %."
    )


def test_classes_stand_from_rare_to_frequent_both_ways(counted: dict[str, Any]) -> None:
    matrix = module._counts(counted["runs"][0]["results"]["seg"]["details"])
    assert matrix is not None
    assert matrix.names == ("$bag$", "lamp <i>", "wall")
    np.testing.assert_array_equal(matrix.counts, [[4, 0, 4], [0, 0, 0], [2, 0, 8]])
    np.testing.assert_array_equal(matrix.shares, [[0.5, 0, 0.5], [np.nan] * 3, [0.2, 0, 0.8]])
    assert texts(made(counted).groups[0].drawings[0]) == ["$bag$", "lamp <i>", "wall"] * 2


def test_seeds_are_counted_together(counted: dict[str, Any]) -> None:
    for run in counted["runs"]:
        if run["seed"] == 4 and "seg" in run["results"]:
            run["results"]["seg"]["details"]["confusion"] = [[30, 0, 0], [0, 24, 0], [0, 0, 0]]
    # wall 38 of 40 and 36 of 40, $bag$ 28 of 32 and 30 of 32
    assert "one-task 91.2 %, cross-stitch 91.9 %" in made(counted).groups[0].summary


def test_only_seeds_that_both_have(counted: dict[str, Any]) -> None:
    for run in counted["runs"]:
        run["seed"] += 10 * (run["row"] == "one_task")
    assert confusion(Results.model_validate(counted)) is None


def test_without_names_classes_are_numbered(counted: dict[str, Any]) -> None:
    for run in counted["runs"]:
        for result in run["results"].values():
            result["details"].pop("per_class", None)
    assert "1 taken for 0, 50.0 %" in made(counted).groups[0].drawings[0].alt


@pytest.mark.parametrize(
    "broken",
    [None, 3, [[1, 2]], [[0]], [[-1]], [["a"]], [[1], [1, 2]]],
)
def test_what_is_no_confusion_matrix_is_left_out(counted: dict[str, Any], broken: object) -> None:
    for run in counted["runs"]:
        for result in run["results"].values():
            result["details"] = {"confusion": broken}
    assert confusion(Results.model_validate(counted)) is None


def test_equal_matrices_have_a_difference_of_nothing(counted: dict[str, Any]) -> None:
    for run in counted["runs"]:
        if "seg" in run["results"]:
            run["results"]["seg"]["details"]["confusion"] = BEFORE
    assert "Largest off the diagonal: –." in made(counted).groups[0].drawings[2].alt


def test_forty_classes_are_wide_and_further_rows_fold(large: dict[str, Any]) -> None:
    groups = made(large).groups
    assert [group.layout for group in groups] == ["wide"] * 4
    assert [group.folded for group in groups] == [False, True, True, True]
    assert len(texts(groups[0].drawings[0])) == 80

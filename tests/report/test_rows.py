from typing import Any

import pytest
from report.studies import add_row

from stitchkit.report.rows import (
    candidates_of,
    counterpart,
    headline,
    method_label,
    methods_of,
    of_type,
    ordered,
    trained,
)
from stitchkit.results import Results

RATE = "training.lr"


@pytest.fixture
def swept(data: dict[str, Any]) -> Results:
    """One-task and cross-stitch at two rates, and cross-stitch with two units at each."""
    for rate in (1, 2):
        add_row(data, f"one_task lr={rate}", method="one_task", type="one_task", settings={RATE: rate})
        for same in (0.5, 0.9):
            settings = {RATE: rate, "same": same}
            add_row(data, f"a={same} lr={rate}", method="a", type="cross_stitch", settings=settings)
    return Results.model_validate(data)


def test_points_of_a_sweep_stand_together(swept: Results) -> None:
    assert ordered(swept) == [
        "constant",
        *("one_task", "one_task lr=1", "one_task lr=2"),
        "cross_stitch",
        *("a=0.5 lr=1", "a=0.9 lr=1", "a=0.5 lr=2", "a=0.9 lr=2"),
    ]
    assert methods_of(swept, ordered(swept)) == ["constant", "one_task", "cross_stitch", "a"]
    assert trained(swept) == ordered(swept)[1:]
    assert of_type(swept, "cross_stitch") == ordered(swept)[4:]


def test_the_counterpart_has_the_same_values(swept: Results) -> None:
    assert counterpart(swept, "a=0.9 lr=2") == "one_task lr=2"
    assert counterpart(swept, "cross_stitch") == "one_task"
    assert counterpart(swept, "one_task lr=1") == "one_task lr=1"
    assert counterpart(swept, "a=0.9 lr=2", "one_task_longer") is None


def test_the_counterpart_may_depend_on_fewer_keys(large: dict[str, Any]) -> None:
    results = Results.model_validate(large)
    assert counterpart(results, "cross_stitch same=0.5") == "one_task"
    assert counterpart(results, "split conv4", "one_task_longer") == "one_task_longer"


def test_candidates_belong_to_the_row_that_stands_for_them(large: dict[str, Any]) -> None:
    results = Results.model_validate(large)
    assert candidates_of(results, "split")[:2] == ["split conv2", "split conv3"]
    assert candidates_of(results, "cross_stitch same=0.5") == []
    assert "split conv4" not in ordered(results)


def test_a_method_is_called_what_its_labels_begin_with(large: dict[str, Any]) -> None:
    results = Results.model_validate(large)
    assert [method_label(results, m) for m in ("cross_stitch", "split", "one_task")] == [
        "Cross-stitch",
        "Split",
        "One-task",
    ]
    results.rows["split"].label = "Shared trunk"
    assert method_label(results, "split") == "Split"


def test_the_headline_is_the_first_figure(results: Results) -> None:
    results.tasks["seg"].metrics.clear()
    assert headline(results, "seg") is None
    found = headline(results, "sn")
    assert found is not None
    assert found.name == "mean"

import copy
from typing import Any

import pytest

from stitchkit.report.table import Block, Table, table
from stitchkit.results import Results


def made(data: dict[str, Any]) -> Table:
    return table(Results.model_validate(data))


def row(block: Block, name: str) -> list[str]:
    return next([cell.text for cell in row.cells] for row in block.rows if row.name == name)


def best(block: Block) -> dict[str, list[bool]]:
    return {row.name: [cell.best for cell in row.cells] for row in block.rows}


def test_rows_stand_in_the_order_of_the_comparison(data: dict[str, Any]) -> None:
    data["methods"]["my_method"] = data["methods"]["one_task"]
    data["methods"]["one_task_longer"] = data["methods"]["one_task"]
    names = [row.name for row in made(data).blocks[0].rows]
    assert names == [
        "Constant prediction",
        "One-task",
        "One-task trained longer",
        "Cross-stitch",
        "Cross-stitch (published: Misra et al. 2016, Table 5)",
        "My method",
    ]


def test_columns_are_grouped_by_task_with_unit_and_direction(results: Results) -> None:
    block = table(results).blocks[0]
    assert block.groups() == [("seg", 1), ("sn", 2)]
    assert block.starts() == [True, True, False]
    assert [column.heading for column in block.columns] == ["mIU (%) ↑", "Mean (°) ↓", "<30° (%) ↑"]


def test_figures_are_means_with_the_sample_deviation_over_seeds(results: Results) -> None:
    block = table(results).blocks[0]
    # seeds 20 and 22: mean 21, deviation sqrt(((-1)^2 + 1^2) / 1) = 1.414
    assert row(block, "Cross-stitch") == ["21.0 ± 1.4", "34.5 ± 0.7", "60.5 ± 0.7"]
    assert row(block, "Constant prediction") == ["1.0", "9.0", "99.0"]


def test_the_best_trained_method_is_marked_and_a_tie_marks_both(results: Results) -> None:
    marks = best(table(results).blocks[0])
    assert marks["Cross-stitch"] == [True, False, True]
    assert marks["One-task"] == [False, True, True]
    assert marks["Constant prediction"] == [False, False, False]
    assert marks["Cross-stitch (published: Misra et al. 2016, Table 5)"] == [False, False, False]


def test_nothing_is_marked_where_there_is_one_trained_method(data: dict[str, Any]) -> None:
    del data["methods"]["one_task"]
    assert not any(any(marks) for marks in best(made(data).blocks[0]).values())


def test_figures_with_one_note_in_common_form_their_own_block(results: Results) -> None:
    first, second = table(results).blocks
    assert first.caption == ""
    assert second.caption == "snapped to axes estimated from the prediction"
    assert [column.metric for column in second.columns] == ["manhattan_mean", "manhattan_within_30"]
    assert "seg, mIU: over present classes" in table(results).notes


def test_published_rows_hold_only_what_was_published(results: Results) -> None:
    first, second = table(results).blocks
    assert row(first, "Cross-stitch (published: Misra et al. 2016, Table 5)") == ["19.3", "34.1", "–"]
    assert not any(row.published for row in second.rows)


def test_a_reason_takes_the_place_of_published_rows(data: dict[str, Any]) -> None:
    data["published"]["reason"] = "another ground truth"
    content = made(data)
    assert not any(row.published for block in content.blocks for row in block.rows)
    assert (
        "Published figures (Misra et al. 2016, Table 5) are not shown: another ground truth" in content.notes
    )


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_missing_figures_are_dashes_and_never_the_best(data: dict[str, Any], missing: float | None) -> None:
    data["methods"]["one_task"]["seg"]["miu"] = {"mean": missing, "std": None, "seeds": [missing]}
    del data["methods"]["one_task"]["sn"]
    block = made(data).blocks[0]
    assert row(block, "One-task") == ["–", "–", "–"]
    assert not any(best(block)["One-task"])


def test_two_tasks_of_one_kind_stand_side_by_side(data: dict[str, Any]) -> None:
    data["tasks"]["coarse"] = copy.deepcopy(data["tasks"]["seg"])
    first, second = made(data).blocks
    for name in ("seg", "coarse"):
        assert [column.task for column in first.columns].count(name) == len(data["tasks"]["seg"]["metrics"])
    assert {column.task for column in second.columns} == {"sn"}


def test_notes_tell_data_seeds_and_machine(results: Results) -> None:
    notes = "\n".join(table(results).notes)
    for expected in (
        "rooms (fingerprint 0123456789ab), 1000 training",
        "Drawn rooms only.",
        "Seeds: 3 and 4",
    ):
        assert expected in notes
    assert "Recipe: nyu, profile sample, with training.lr=0.1." in notes
    assert "Machine: a test" in notes


def test_notes_tell_how_long_each_stage_trained(data: dict[str, Any]) -> None:
    data["runs"][1]["iterations"] = 400
    one_task, stitched = "One-task 1,000 (seg), 400 (sn) and 1,000 (sn)", "Cross-stitch 1,000 (seg + sn)"
    assert f"Iterations of each stage: {one_task}; {stitched}." in made(data).notes
    data["runs"].append({**data["runs"][0], "method": "one_task_longer", "iterations": 50})
    (note,) = (note for note in made(data).notes if note.startswith("Iterations"))
    assert note.endswith(
        "One-task trained longer goes on from the one-task networks: what training time alone gives."
    )

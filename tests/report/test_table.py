import copy
from typing import Any

import pytest
from report.studies import add_row

from stitchkit.report.blocks import BETTER, WORSE, Block, Table
from stitchkit.report.table import table
from stitchkit.results import Results


def made(data: dict[str, Any]) -> Table:
    return table(Results.model_validate(data))


def row(block: Block, name: str) -> list[str]:
    return next([cell.text for cell in row.cells] for row in block.rows if row.name == name)


def best(block: Block) -> dict[str, list[bool]]:
    return {row.name: [cell.best for cell in row.cells] for row in block.rows}


def test_rows_stand_in_the_order_of_the_comparison(data: dict[str, Any]) -> None:
    add_row(data, "my_method", label="My method")
    add_row(data, "one_task lr=2", label="One-task, lr=2", method="one_task")
    names = [row.name for row in made(data).blocks[0].rows]
    assert names == [
        "Constant prediction",
        "One-task",
        "One-task, lr=2",
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
    del data["rows"]["one_task"]
    data |= {"runs": [], "differences": []}
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
    figures = data["rows"]["one_task"]["figures"]
    figures["seg"]["miu"] = {"mean": missing, "std": None, "seeds": [missing]}
    del figures["sn"]
    block = made(data).blocks[0]
    assert row(block, "One-task") == ["–", "–", "–"]
    assert not any(best(block)["One-task"])


def test_two_tasks_of_one_kind_stand_side_by_side(data: dict[str, Any]) -> None:
    data["tasks"]["coarse"] = copy.deepcopy(data["tasks"]["seg"])
    first, second = made(data).blocks
    for name in ("seg", "coarse"):
        assert [column.task for column in first.columns].count(name) == len(data["tasks"]["seg"]["metrics"])
    assert {column.task for column in second.columns} == {"sn"}


def marks(block: Block) -> dict[str, list[str]]:
    return {row.name: [cell.mark for cell in row.cells] for row in block.rows}


def test_marks_stand_where_the_interval_excludes_zero(results: Results) -> None:
    block = table(results).blocks[0]
    assert marks(block)["Cross-stitch"] == [BETTER, WORSE, ""]  # the mean angle should be low
    assert marks(block)["One-task"] == ["", "", ""]
    assert block.marked() == [True, True, False]


def test_marks_turn_with_the_direction_of_the_difference(data: dict[str, Any]) -> None:
    for found in data["differences"]:
        found |= {"row": "one_task", "against": "cross_stitch"}
    assert marks(made(data).blocks[0])["Cross-stitch"] == [WORSE, BETTER, ""]


def test_a_row_shows_the_figures_of_the_candidate_that_it_stands_for(large: dict[str, Any]) -> None:
    content = made(large)
    names = [row.name for row in content.blocks[0].rows]
    assert "Split conv4, best of 7 on validation frames" in names
    assert not any(name in ("Split conv2", "Split conv4") for name in names)
    found = marks(content.blocks[0])["Split conv4, best of 7 on validation frames"]
    expected = next(d for d in large["differences"] if d["row"] == "split conv4")  # against one-task, of mIU
    assert (expected["against"], expected["metric"]) == ("one_task", "miu")
    assert found[0] == (BETTER if expected["low"] > 0 else "")


def test_published_figures_of_a_candidate_stand_below_the_row_for_it(large: dict[str, Any]) -> None:
    large["published"] = {
        "source": "P",
        "rows": {"split conv4": {"segmentation": {"miu": 19.2}}, "other_row": {"segmentation": {"miu": 1.0}}},
    }
    names = [row.name for row in made(large).blocks[0].rows]
    place = names.index("Split conv4 (published: P)")
    assert names[place - 1] == "Split conv4, best of 7 on validation frames"
    assert names[-1] == "Other row (published: P)"


def test_a_row_that_diverged_says_so(data: dict[str, Any]) -> None:
    gone = {"mean": None, "std": None, "seeds": [None, None]}
    add_row(data, "gone", label="Gone", diverged=[3, 4], figures={"seg": {"miu": gone}})
    assert row(made(data).blocks[0], "Gone") == ["diverged"] * 3


def test_a_mean_over_the_seeds_that_did_not_diverge_is_never_emphasised(data: dict[str, Any]) -> None:
    one = {"mean": 99.0, "std": None, "seeds": [None, 99.0]}
    add_row(data, "lucky", label="Lucky", diverged=[3], figures={"seg": {"miu": one}})
    block = made(data).blocks[0]
    assert row(block, "Lucky (1 of 2 seeds diverged)")[0] == "99.0"
    assert not best(block)["Lucky (1 of 2 seeds diverged)"][0]
    assert best(block)["Cross-stitch"][0]

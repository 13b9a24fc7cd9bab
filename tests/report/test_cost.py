from typing import Any

import pytest
from report.studies import summary

from stitchkit.report.blocks import Block
from stitchkit.report.cost import cost, cost_notes
from stitchkit.results import Results


def made(data: dict[str, Any]) -> Block:
    block = cost(Results.model_validate(data))
    assert block is not None
    return block


def texts(block: Block, name: str) -> list[str]:
    return next([cell.text for cell in row.cells] for row in block.rows if row.name == name)


@pytest.fixture
def costly(data: dict[str, Any]) -> dict[str, Any]:
    rows = data["rows"]
    rows["one_task"] |= {
        "delta_m": summary([0.0, 0.0]),
        "cost": {"parameters": 1_000_000, "flops": 2_000_000_000, "seconds": 60.0, "memory": 5_000_000},
    }
    rows["cross_stitch"] |= {
        "delta_m": summary([2.0, 4.0]),
        "cost": {"parameters": 113_000_000, "flops": 10**10, "seconds": 3725.4, "memory": 1_234_000_000},
    }
    return data


def test_all_of_a_column_is_in_the_unit_of_its_largest_value(costly: dict[str, Any]) -> None:
    block = made(costly)
    assert [column.heading for column in block.columns] == [
        "Δm (%) ↑",
        "Parameters (M)",
        "FLOPs (G)",
        "Training (h:m:s)",
        "Memory (GB)",
    ]
    assert texts(block, "One-task") == ["+0.0 ± 0.0", "1.00", "2.00", "0:01:00", "0.01"]
    assert texts(block, "Cross-stitch") == ["+3.0 ± 1.4", "113.00", "10.00", "1:02:05", "1.23"]
    assert texts(block, "Constant prediction") == ["–"] * 5


def test_the_largest_gain_is_emphasised_and_cost_is_not(costly: dict[str, Any]) -> None:
    emphasised = {row.name: [cell.best for cell in row.cells] for row in made(costly).rows}
    assert emphasised["Cross-stitch"] == [True] + [False] * 4
    assert not any(emphasised["One-task"])


def test_small_networks_are_counted_one_by_one(costly: dict[str, Any]) -> None:
    for row in costly["rows"].values():
        row["cost"] = {"parameters": 123}
    block = made(costly)
    assert [column.heading for column in block.columns] == ["Δm (%) ↑", "Parameters"]
    assert texts(block, "Cross-stitch")[1] == "123"


def test_no_gain_where_training_diverged(costly: dict[str, Any]) -> None:
    costly["rows"]["cross_stitch"] |= {"delta_m": None, "diverged": [3, 4]}
    assert texts(made(costly), "Cross-stitch")[0] == "diverged"


def test_a_study_that_measured_nothing_of_it_has_no_such_block(results: Results) -> None:
    assert cost(results) is None
    assert cost_notes(results) == []


def test_notes_say_what_is_counted(costly: dict[str, Any]) -> None:
    gain, counted = cost_notes(Results.model_validate(costly))
    assert "headline figure (seg mIU and sn Mean; Maninis et al., CVPR 2019)" in gain
    assert "two to a multiply-add" in counted
    costly["rows"]["one_task"]["cost"] = costly["rows"]["cross_stitch"]["cost"] = None
    assert len(cost_notes(Results.model_validate(costly))) == 1

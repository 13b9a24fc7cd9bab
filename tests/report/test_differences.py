from typing import Any

import pytest

from stitchkit.report.blocks import BETTER, WORSE
from stitchkit.report.differences import differences
from stitchkit.report.section import Group, Section
from stitchkit.results import Results


def made(data: dict[str, Any]) -> Section:
    section = differences(Results.model_validate(data))
    assert section is not None
    return section


def lines(group: Group) -> list[tuple[str, ...]]:
    assert group.listing is not None
    return list(group.listing.rows)


def test_the_figure_has_mean_interval_and_direction(data: dict[str, Any]) -> None:
    against, stitched = made(data).groups
    assert against.heading == "Against one-task"
    assert [drawing.title for drawing in against.drawings] == ["seg: mIU", "sn: Mean"]
    assert against.drawings[0].alt == "Differences of seg: mIU: Cross-stitch +1.50 [+0.75 to +2.25]."
    assert "better to the right" in against.drawings[0].svg
    assert "better to the left" in against.drawings[1].svg
    assert stitched.heading == "Cross-stitch against all others"
    assert stitched.drawings[0].alt == "Differences of seg: mIU: One-task +1.50 [+0.75 to +2.25]."


def test_the_table_keeps_every_figure_and_every_seed(data: dict[str, Any]) -> None:
    (first, second, third) = lines(made(data).groups[0])
    assert first == (
        "seg",
        "mIU (%) ↑",
        "Cross-stitch",
        "one-task",
        "+1.50",
        "+0.75 to +2.25",
        BETTER,
        "+1.00, +2.00",
    )
    assert second[:2] == ("sn", "Mean (°) ↓")
    assert second[-2:] == (WORSE, "+1.00, +1.00")
    assert third[-4:-1] == ("+0.00", "−0.75 to +0.75", "")


def test_a_difference_is_the_other_way_round_for_the_earlier_row(large: dict[str, Any]) -> None:
    groups = {group.heading: group for group in made(large).groups}
    found = {
        (heading, line[3]): line[4]
        for heading, group in groups.items()
        for line in lines(group)
        if line[:2] == ("segmentation", "mIU (%) ↑")
    }
    one = found["Cross-stitch, same=0.1 against all others", "cross-stitch, same=0.9"]
    other = found["Cross-stitch, same=0.9 against all others", "cross-stitch, same=0.1"]
    assert one == other.replace("+", "−")
    assert one != other


def test_every_stitched_row_is_compared_with_all_others(large: dict[str, Any]) -> None:
    first, *stitched = made(large).groups
    assert len({line[2] for line in lines(first)}) == 8  # all but the constant and one-task itself
    assert [len({line[3] for line in lines(group)}) for group in stitched] == [8] * 4
    assert [group.folded for group in stitched] == [False, False, True, True]


@pytest.mark.parametrize("resamples", [0, 1000])
def test_without_intervals_there_are_means_and_seeds(data: dict[str, Any], resamples: int) -> None:
    data["resamples"] = resamples
    for found in data["differences"]:
        found |= {"low": None, "high": None}
    section = made(data)
    assert ("asked for no resamples" in section.text) == (not resamples)
    assert lines(section.groups[0])[0][4:] == ("+1.50", "–", "", "+1.00, +2.00")


def test_without_differences_there_is_no_section(data: dict[str, Any]) -> None:
    data["differences"] = []
    assert differences(Results.model_validate(data)) is None

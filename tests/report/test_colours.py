from typing import Any

import pytest
from report.studies import add_row

from stitchkit.report.colours import BLUE, INK, PALETTE, PAPER, VERMILLION, Look, css_colour, looks
from stitchkit.results import Results


@pytest.mark.parametrize("text", ["red", "#123456"])
def test_other_colours_stay(text: str) -> None:
    assert css_colour(text) == text


def test_colours_are_the_page_s_own() -> None:
    assert css_colour(f"{INK} {PAPER}") == f"currentColor var(--paper, {PAPER})"


def test_the_paper_s_methods_have_their_colours_in_every_study(results: Results) -> None:
    look = looks(results)
    assert look == {"constant": Look(INK), "one_task": Look(BLUE), "cross_stitch": Look(VERMILLION)}


def test_no_two_rows_look_alike(data: dict[str, Any]) -> None:
    for i in range(10):
        add_row(data, f"cross_stitch same={i}", method="cross_stitch", type="cross_stitch")
        add_row(data, f"method{i}")
    found = list(looks(Results.model_validate(data)).values())
    assert len(set(found)) == len(found) == 23 > 2 * len(PALETTE)

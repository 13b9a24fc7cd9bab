import io
from typing import Any

import pytest
from rich.console import Console

from stitchkit.report import print_table
from stitchkit.results import Results


def printed(results: Results, width: int, terminal: bool, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding)
    print_table(results, Console(file=stream, width=width, force_terminal=terminal, color_system=None))
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_a_pipe_gets_whole_aligned_lines(results: Results) -> None:
    lines = printed(results, width=20, terminal=False).splitlines()
    assert "\x1b" not in "".join(lines)
    heading = next(line for line in lines if line.startswith("Method"))
    ours = next(line for line in lines if line.startswith("Cross-stitch "))
    theirs = next(line for line in lines if line.startswith("One-task"))
    assert heading.index("mIU (%) ↑") + len("mIU (%) ↑") == ours.index("1.4") + len("1.4")
    assert ours.index("±") == theirs.index("±")
    assert len(heading) == len(ours) == len(theirs)


@pytest.mark.parametrize("width", [30, 60, 200])
def test_no_figure_is_cut_in_any_terminal(results: Results, width: int) -> None:
    text = printed(results, width, terminal=True)
    assert "…" not in text
    for figure in ("*21.0 ± 1.4", "34.5 ± 0.7", "99.0", "19.3"):
        assert figure in text
    in_one_row = any("*21.0 ± 1.4" in line and "34.5 ± 0.7" in line for line in text.splitlines())
    assert in_one_row == (width == 200)  # a narrow terminal shows the tasks one below the other


def test_markup_in_names_is_text(data: dict[str, Any]) -> None:
    data["title"] = "[red]not red[/red]"
    assert "[red]not red[/red]" in printed(Results.model_validate(data), 200, terminal=False)


def test_an_old_encoding_gets_question_marks(results: Results) -> None:
    text = printed(results, 200, terminal=False, encoding="ascii")
    assert "mIU (%) ?" in text
    assert "? *21.0 ? 1.4" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_cost_and_all_rows_fit_any_terminal(large: dict[str, Any], width: int) -> None:
    text = printed(Results.model_validate(large), width, terminal=True)
    assert "…" not in text
    assert "Memory (GB)" in text
    assert "2:04:11" in text

import math

import pytest

from stitchkit.report.wording import (
    change_unit,
    duration,
    listed,
    number,
    plural,
    reading,
    shortened,
    spelled,
    within,
)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12.34, "%", "12.3"),
        (-0.02, "°", "0.0"),
        (-1.0, "%", "−1.0"),
        (0.1234, "m", "0.123"),
        (None, "%", "–"),
        (math.nan, "%", "–"),
        (math.inf, "m", "–"),
    ],
)
def test_numbers(value: float | None, unit: str, text: str) -> None:
    assert number(value, unit) == text


def test_a_plus_is_written_on_demand() -> None:
    assert number(-0.004, "%", sign=True, finer=1) == "+0.00"
    assert number(1.25, "°", sign=True) in {"+1.2", "+1.3"}


def test_units_of_figures_and_of_their_differences() -> None:
    assert [reading("°", False), reading("", True)] == ["(°) ↓", "↑"]
    assert [change_unit("%"), change_unit("°"), change_unit("")] == ["points", "°", ""]


def test_labels_inside_a_sentence_keep_their_abbreviations() -> None:
    assert [within(label) for label in ("One-task", "MTL-shared", "", "A")] == [
        "one-task",
        "MTL-shared",
        "",
        "A",
    ]


def test_names_lists_and_durations() -> None:
    assert spelled("split_conv4") == "Split conv4"
    assert [shortened("abcde", most) for most in (5, 4)] == ["abcde", "abc…"]
    assert [listed(words) for words in ([], ["a"], ["a", "b", "c"])] == ["–", "a", "a, b and c"]
    assert listed(["a", "b"], last="or") == "a or b"
    assert [plural(noun) for noun in ("class", "attribute")] == ["classes", "attributes"]
    assert duration(3725.4) == "1:02:05"

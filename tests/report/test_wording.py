import math

import pytest

from stitchkit.report.wording import duration, in_order, listed, method_name, number, plural


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
    assert number(1.25, "°", sign=True) in {"+1.2", "+1.3"}


def test_other_methods_come_last_in_their_own_order() -> None:
    assert in_order(["z", "cross_stitch", "a", "constant", "z"]) == ["constant", "cross_stitch", "z", "a"]


def test_names_lists_and_durations() -> None:
    assert method_name("one_task_longer") == "One-task trained longer"
    assert method_name("split_conv4") == "Split conv4"
    assert [listed(words) for words in ([], ["a"], ["a", "b", "c"])] == ["–", "a", "a, b and c"]
    assert listed(["a", "b"], last="or") == "a or b"
    assert [plural(noun) for noun in ("class", "attribute")] == ["classes", "attributes"]
    assert duration(3725.4) == "1:02:05"

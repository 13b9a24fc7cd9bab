import pytest
import torch

from stitchkit.testing import Broken, DoesNotApply, hold_all
from stitchkit.testing.check import check, expect, expect_close, expect_same


@check("stitchkit.somewhere")
def it_is_three(case: int) -> None:
    """It is three."""
    expect(case == 3, "3", case)


@check("stitchkit.somewhere")
def it_is_odd(case: int) -> None:
    """It is odd."""
    if case < 0:
        raise DoesNotApply("below zero")
    expect(case % 2 == 1, "an odd number", case)


@check("stitchkit.elsewhere")
def it_divides(case: int) -> None:
    """It divides six."""
    expect(6 % case == 0, "a divisor of 6", case)


def test_a_failure_says_what_was_expected_and_what_asks_for_it() -> None:
    it_is_three(3)
    with pytest.raises(Broken, match=r"^4: It is three \(see stitchkit.somewhere\); expected 3, but got 4$"):
        it_is_three(4)


def test_a_check_has_a_readable_name() -> None:
    assert str(it_is_three) == "it-is-three"


def test_an_error_of_the_plugin_is_its_own_with_the_property_added() -> None:
    with pytest.raises(ZeroDivisionError) as error:
        it_divides(0)
    assert error.value.__notes__ == ["0: It divides six (see stitchkit.elsewhere)"]


def test_all_failures_are_told_at_once() -> None:
    checks = (it_is_three, it_is_odd, it_divides)
    hold_all(checks, 3)
    with pytest.raises(Broken, match=r"3 of 3 properties do not hold:\n.*three.*\n.*odd.*\n.*six.*"):
        hold_all(checks, 4)


def test_what_does_not_apply_is_skipped() -> None:
    hold_all((it_is_odd,), -2)
    with pytest.raises(DoesNotApply, match="below zero"):
        it_is_odd(-2)


def test_tensors_are_compared_bit_for_bit() -> None:
    one = {"x": torch.tensor([1.0, float("nan")])}
    expect_same(one, {"x": one["x"].clone()}, "they")
    with pytest.raises(Broken, match=r"they differ: .*'x'"):
        expect_same(one, {"x": one["x"].nextafter(torch.tensor(2.0))}, "they")
    with pytest.raises(Broken, match="they differ"):
        expect_same(one, {"x": one["x"].double()}, "they")


def test_figures_are_compared_up_to_rounding() -> None:
    expect_close({"a": 1.0, "b": float("nan")}, {"a": 1 + 1e-12, "b": float("nan")}, "figures")
    for others in ({"a": 1 + 1e-6, "b": float("nan")}, {"a": 1.0}, {"a": 1.0, "b": 0.0}):
        with pytest.raises(Broken, match="figures differ"):
            expect_close({"a": 1.0, "b": float("nan")}, others, "figures")

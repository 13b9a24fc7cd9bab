"""One property that a plugin must have, and how its absence is told."""

import unittest
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, NoReturn, TypeVar

import torch

Case = TypeVar("Case")


class Broken(AssertionError):
    """A plugin lacks a property that stitchkit asks for."""


class DoesNotApply(unittest.SkipTest):
    """A property is about something that the plugin does not offer; pytest and unittest skip the test."""


@dataclass(frozen=True)
class Check(Generic[Case]):
    """A property; called with a case, it returns where the case has it.

    Attributes:
        holds: Raises `Broken` where the property does not hold; its docstring states the property.
        asked_by: What of stitchkit asks for it, for example ``"stitchkit.tasks.Task.loss"``.
    """

    holds: Callable[[Case], None]
    asked_by: str

    def __call__(self, case: Case) -> None:
        """Try the property.

        Raises:
            Broken: It does not hold; the message names the case, the property and what asks for it.
            DoesNotApply: It is about something that the plugin does not offer.
        """
        claim = (self.holds.__doc__ or "").partition("\n")[0].removesuffix(".")
        about = f"{case}: {claim} (see {self.asked_by})"
        try:
            self.holds(case)
        except Broken as broken:
            raise Broken(f"{about}; {broken}") from None
        except DoesNotApply:
            raise
        except Exception as error:
            error.add_note(about)
            raise

    def __str__(self) -> str:
        """Its name, to be read in the names of tests."""
        return self.holds.__name__.replace("_", "-")


def check(asked_by: str) -> Callable[[Callable[[Case], None]], Check[Case]]:
    """Make a check of a function whose docstring states the property.

    Args:
        asked_by: What of stitchkit asks for it.
    """
    return lambda holds: Check(holds, asked_by)


def gathered(*modules: ModuleType) -> tuple[Check[Any], ...]:
    """The checks that modules define, in their order."""
    return tuple(each for module in modules for each in vars(module).values() if isinstance(each, Check))


def hold_all(checks: Sequence[Check[Case]], case: Case) -> None:
    """Try several properties; those that do not apply are passed over.

    Raises:
        Broken: Some do not hold, or raise an error; the message has a line for each of them.
    """
    lines, errors = [], []
    for each in checks:
        try:
            each(case)
        except DoesNotApply:
            continue
        except Broken as error:
            lines.append(str(error))
        except Exception as error:
            lines.append(f"{error.__notes__[-1]}; raised {type(error).__name__}: {error}")
            errors.append(error)
    if lines:
        cause = errors[0] if errors else None
        raise Broken("\n".join([f"{len(lines)} of {len(checks)} properties do not hold:", *lines])) from cause


def expect(holds: bool, expected: str, got: object) -> None:
    """Raise `Broken` with what was expected and what was found, unless it holds."""
    if not holds:
        broken(f"expected {expected}, but got {got}")


def expect_same(one: Any, other: Any, what: str) -> None:
    """Raise `Broken` unless tensors, numbers or nestings of them are equal bit for bit; NaN equals NaN."""
    try:
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)
    except AssertionError as error:
        broken(f"{what} differ: {' '.join(str(error).split())}")


def expect_close(figures: Mapping[str, float], others: Mapping[str, float], what: str) -> None:
    """Raise `Broken` unless both have the same figures, up to rounding; NaN equals NaN."""
    try:
        torch.testing.assert_close(dict(figures), dict(others), rtol=1e-9, atol=1e-9, equal_nan=True)
    except AssertionError as error:
        broken(f"{what} differ: {' '.join(str(error).split())}")


def broken(message: str) -> NoReturn:
    """Raise `Broken`."""
    raise Broken(message)

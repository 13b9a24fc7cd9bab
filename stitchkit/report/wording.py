"""How methods and numbers are written: the same words in the terminal, in Markdown and on the page."""

import math
from collections.abc import Iterable

MISSING = "–"

_METHODS = {
    "constant": "Constant prediction",
    "one_task": "One-task",
    "one_task_longer": "One-task trained longer",
    "cross_stitch": "Cross-stitch",
}


def method_name(method: str) -> str:
    """The name of a method for people: ``"one_task"`` is "One-task"."""
    return _METHODS.get(method) or method.replace("_", " ").capitalize()


def in_order(methods: Iterable[str]) -> list[str]:
    """Each method once: the constant prediction, the one-task networks, cross-stitch, then all others."""
    given = list(dict.fromkeys(methods))
    return [method for method in _METHODS if method in given] + [m for m in given if m not in _METHODS]


def number(value: float | None, unit: str = "", sign: bool = False) -> str:
    """A figure as text: one decimal in % and °, three otherwise, `MISSING` for None, NaN and infinity.

    Args:
        value: The figure, in ``unit``.
        unit: Decides the decimals; it is not written.
        sign: Write a plus before positive figures.
    """
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:{'+' if sign else ''}z.{1 if unit in ('%', '°') else 3}f}"
    return text.replace("-", "−")


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words as a list in a sentence: "a", "a and b", "a, b and c"; ``last`` may be another word."""
    *most, end = list(words) or [MISSING]
    return f"{', '.join(most)} {last} {end}" if most else end


def plural(noun: str) -> str:
    """More than one of it: "classes", "attributes"."""
    return f"{noun}{'es' if noun.endswith('s') else 's'}"


def duration(seconds: float) -> str:
    """Seconds as hours, minutes and seconds: ``"1:02:05"``; `MISSING` for NaN and infinity."""
    if not math.isfinite(seconds):
        return MISSING
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"

"""How names and numbers are written: the same words in the terminal, in Markdown and on the page."""

import math
from collections.abc import Iterable

MISSING = "–"


def spelled(name: str) -> str:
    """A name of a recipe for people: ``"my_method"`` is "My method"."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def within(label: str) -> str:
    """A label inside a sentence: "cross-stitch" for "Cross-stitch", "MTL-shared" as it is."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def number(value: float | None, unit: str = "", sign: bool = False, finer: int = 0) -> str:
    """A figure as text: one decimal in % and °, three otherwise, `MISSING` for None, NaN and infinity.

    Args:
        value: The figure, in ``unit``.
        unit: Decides the decimals; it is not written.
        sign: Write a plus before positive figures.
        finer: So many decimals more.
    """
    if value is None or not math.isfinite(value):
        return MISSING
    decimals = (1 if unit in ("%", "°") else 3) + finer
    text = f"{value:{'+' if sign else ''}z.{decimals}f}"
    return text.replace("-", "−")


def change_unit(unit: str) -> str:
    """The unit of a difference between two figures: of percentages, points."""
    return "points" if unit == "%" else unit


def reading(unit: str, higher_is_better: bool) -> str:
    """Unit of a figure and the direction of improvement: ``"(°) ↓"``."""
    return f"({unit}) ".removeprefix("() ") + ("↑" if higher_is_better else "↓")


def shortened(name: str, most: int = 22) -> str:
    """A name for an axis, with an ellipsis in place of what is beyond so many characters."""
    return name if len(name) <= most else name[: most - 1] + "…"


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

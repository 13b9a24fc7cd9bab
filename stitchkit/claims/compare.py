"""Is one row better than another? The interval over test images and every seed must say so."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from stitchkit.claims.study import Figure, Study
from stitchkit.claims.verdict import (
    DISAGREE,
    DIVERGED,
    FEW_SEEDS,
    HAS_ZERO,
    NO_FIGURE,
    NO_INTERVAL,
    ONE_SEED,
    Finding,
)

SEEDS = 2  # the fewest that a verdict rests on, beside an interval over test images
SEEDS_ALONE = 3  # and without one


@dataclass(frozen=True)
class Gain:
    """By how much one row is better than another on one figure; positive is better, whatever the direction.

    Attributes:
        low: Lower limit of the interval over test images.
        high: Upper limit.
        seeds: The gain in each seed.
    """

    low: float
    high: float
    seeds: Sequence[float]

    def above(self, threshold: float) -> bool:
        """Whether the whole interval lies above, and no seed below."""
        return self.low > threshold and min(self.seeds) >= threshold

    def below(self, threshold: float) -> bool:
        """Whether the whole interval lies below, and no seed above."""
        return self.high < threshold and max(self.seeds) <= threshold

    def doubt(self) -> str:
        """Why it is neither above nor below zero."""
        return HAS_ZERO if self.low <= 0 <= self.high else DISAGREE


Reading = Callable[[Gain], tuple[bool | None, str]]
"""Whether a gain bears a statement out; where that cannot be told, None and why."""


def better(
    study: Study, row: str, against: str, figures: Sequence[Figure], aside: bool = False
) -> list[Finding]:
    """Whether ``row`` is better than ``against``, for each figure.

    A row whose training diverged in every seed is worse than one whose training did in none.
    """
    return [_finding(study, row, against, figure, _better, aside) for figure in figures]


def within(study: Study, row: str, against: str, figure: Figure, bound: float) -> Finding:
    """Whether two rows differ by at most ``bound``, in the figure's unit."""

    def reading(gain: Gain) -> tuple[bool | None, str]:
        if gain.above(bound) or gain.below(-bound):
            return False, ""
        inside = gain.low >= -bound and gain.high <= bound and max(map(abs, gain.seeds)) <= bound
        return inside or None, "a larger difference is possible"

    return _finding(study, row, against, figure, reading)


def no_gain(study: Study, row: str, against: str, figure: Figure, margin: float) -> Finding:
    """Whether ``row`` is no better than ``against``: no certain gain, and none of ``margin`` is possible."""

    def reading(gain: Gain) -> tuple[bool | None, str]:
        if gain.above(0):
            return False, ""
        return gain.below(margin) or None, "a gain of that size is possible"

    return _finding(study, row, against, figure, reading)


def ranked(study: Study, rows: Sequence[str], figures: Sequence[Figure]) -> list[Finding]:
    """Whether each row is better than all that follow it."""
    return [
        found for first, second in combinations(rows, 2) for found in better(study, first, second, figures)
    ]


def seeds_alone(
    subject: str, text: str, values: Mapping[int, float], holds: Callable[[float], bool]
) -> Finding:
    """Whether something holds in every seed, or in none, where there is no interval over test images.

    Args:
        subject: Of the finding.
        text: What the values are.
        values: By seed; written behind the text.
        holds: Whether a value bears the statement out.
    """
    text = f"{text} ({', '.join(map(signed, values.values()))})"
    if len(values) < SEEDS_ALONE:
        return Finding(subject, text, None, FEW_SEEDS)
    agreed = {holds(value) for value in values.values()}
    if len(agreed) > 1:
        return Finding(subject, text, None, DISAGREE)
    return Finding(subject, text, agreed.pop())


def signed(value: float) -> str:
    """A difference as text, with its sign."""
    return f"{value:+z.2f}".replace("-", "−")


def _better(gain: Gain) -> tuple[bool | None, str]:
    return (True, "") if gain.above(0) else (False, "") if gain.below(0) else (None, gain.doubt())


def _finding(
    study: Study, row: str, against: str, figure: Figure, reading: Reading, aside: bool = False
) -> Finding:
    subject = f"{study.label(row)} against {study.label(against)}"
    info, name = figure.info, _name(study, figure)
    if lost := _by_divergence(study, row, against):
        (holds, doubt), seeds = lost, len(study.results.seeds)
        counts = f"{len(study.diverged(row))} and {len(study.diverged(against))} of {seeds} seeds"
        return Finding(subject, f"{name} (training diverged in {counts})", holds, doubt, aside)
    found = study.results.difference(row, against, figure.task, info.name)
    if found is None or not found.seeds:
        return Finding(subject, name, None, NO_FIGURE, aside)
    unit = info.unit.removesuffix("%")  # a difference of percentages is in points
    text = f"{name} {signed(found.mean)}{unit}"
    if found.low is None or found.high is None:
        return Finding(subject, text, None, ONE_SEED if len(found.seeds) < SEEDS else NO_INTERVAL, aside)
    text += f" [{signed(found.low)}, {signed(found.high)}]"
    if len(found.seeds) < SEEDS:
        return Finding(subject, text, None, ONE_SEED, aside)
    up = info.higher_is_better
    gain = Gain(
        found.low if up else -found.high,
        found.high if up else -found.low,
        found.seeds if up else [-seed for seed in found.seeds],
    )
    holds, doubt = reading(gain)
    if doubt == DISAGREE:
        text += f" (seeds {', '.join(map(signed, found.seeds))})"
    return Finding(subject, text, holds, "" if holds is not None else doubt, aside)


def _name(study: Study, figure: Figure) -> str:
    """The figure's label, with its task where two have figures of that label."""
    label = figure.info.label
    labels = [info.label for task in study.results.tasks.values() for info in task.metrics]
    return f"{figure.task} {label}" if labels.count(label) > 1 else label


def _by_divergence(study: Study, row: str, against: str) -> tuple[bool | None, str] | None:
    """Whether a row is better because training diverged; None where training diverged in neither."""
    ours, theirs, seeds = len(study.diverged(row)), len(study.diverged(against)), len(study.results.seeds)
    if not ours and not theirs:
        return None
    if {ours, theirs} != {0, seeds}:
        return None, DIVERGED
    return (theirs == seeds, "") if seeds >= SEEDS else (None, ONE_SEED)

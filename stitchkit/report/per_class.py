"""What cross-stitching changes for each class or attribute, rare or frequent: the paper's Figures 5 and 6."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from stitchkit.report.colours import BLUE, INK, VERMILLION
from stitchkit.report.drawing import draw
from stitchkit.report.rows import counterpart, of_type
from stitchkit.report.run_files import Floats
from stitchkit.report.section import Drawing, Group, Key, Section
from stitchkit.report.wording import change_unit, listed, number, plural, shortened, within
from stitchkit.results import Results, RunRecord

_BASELINES = ("one_task", "one_task_longer")
_MANY = 40  # classes, from which on the rarest of them get figures of their own (paper, Section 6.5)
_RAREST = (10, 20)
_UNFOLDED = 2  # stitched rows; what further ones change is there to unfold


class _PerClass(BaseModel):
    """``TaskResult.details["per_class"]``.

    Attributes:
        kind: What a name stands for, in the singular: ``"class"``, ``"attribute"``.
        names: K of them.
        value: The figure of each [K], None where it has none.
        metric: What the figure is, as ``"IoU"``.
        unit: Of the figure.
        higher_is_better: Direction of improvement.
        train_count: How often each stands in the training data [K].
        count_unit: What is counted there, as ``"pixels"``, ``"instances"``.
    """

    model_config = ConfigDict(extra="ignore")
    kind: str = "class"
    names: list[str]
    value: list[float | None]
    metric: str
    unit: str
    higher_is_better: bool = True
    train_count: list[int]
    count_unit: str

    @model_validator(mode="after")
    def _same_lengths(self) -> Self:
        if not len(self.names) == len(self.value) == len(self.train_count):
            raise ValueError("names, value and train_count must be of the same length")
        return self


@dataclass(frozen=True)
class _Comparison:
    """Change [K] of each class's figure from ``baseline`` to a stitched row, over so many seeds."""

    task: str
    row: str
    baseline: str
    info: _PerClass
    change: Floats
    seeds: int


def per_class(results: Results) -> Section:
    """Change of each class's figure from one-task to cross-stitch, classes sorted by their training count."""
    compared = [
        found
        for row in of_type(results, "cross_stitch")
        for task in results.tasks
        for plugin in _BASELINES
        if (baseline := counterpart(results, row, plugin)) is not None
        if (found := _compare(results, task, row, baseline)) is not None
    ]
    each = listed(dict.fromkeys(c.info.kind for c in compared) or ["class"], last="or")
    title = f"Change per {each}"
    if not compared:
        text = "No task has figures per class for both cross-stitch and a one-task network of the same seed."
        return Section("classes", title, text)
    return Section(
        "classes",
        title,
        f"Stitched minus one-task networks for each {each}, from the rarest in the training data to the most "
        "frequent. Differences are between runs of the same seed, averaged over the seeds.",
        _groups(results, compared),
        (Key("better", VERMILLION), Key("worse", BLUE), Key("training count", INK)),
    )


def _compare(results: Results, task: str, row: str, baseline: str) -> _Comparison | None:
    """None where the two rows have no seed in common that tells of the same classes."""
    ours, theirs = _by_seed(results.runs_of(row), task), _by_seed(results.runs_of(baseline), task)
    seeds = [s for s in ours if s in theirs and ours[s].names == theirs[s].names and ours[s].names]
    if not seeds:
        return None
    info = ours[seeds[0]]
    alike = [s for s in seeds if ours[s].names == info.names]
    change = _mean([_values(ours[s]) - _values(theirs[s]) for s in alike])
    return _Comparison(task, row, baseline, info, change, len(alike))


def _groups(results: Results, compared: Sequence[_Comparison]) -> tuple[Group, ...]:
    rows = list(dict.fromkeys(c.row for c in compared))
    return tuple(_group(results, c, folded=rows.index(c.row) >= _UNFOLDED) for c in compared)


def _group(results: Results, compared: _Comparison, folded: bool) -> Group:
    info = compared.info
    order = np.argsort(info.train_count, kind="stable")
    names = [info.names[i] for i in order]
    counts, change = np.array(info.train_count, dtype=np.float64)[order], compared.change[order]
    row, baseline = (within(results.rows[name].label) for name in (compared.row, compared.baseline))
    heading = f"{compared.task}: {info.metric}, {row} against {baseline}"
    summary = _summary(change, info, compared.seeds)
    drawing = _bars(names, change, counts, info, f"{heading}. {summary}")
    return Group(heading, (drawing,), "wide", summary=summary, folded=folded)


def _by_seed(runs: Sequence[RunRecord], task: str) -> dict[int, _PerClass]:
    found = {}
    for run in runs:
        if task in run.results:
            try:
                found[run.seed] = _PerClass.model_validate(run.results[task].details.get("per_class"))
            except ValidationError:  # a task without classes, or one that reports them in its own way
                continue
    return found


def _values(info: _PerClass) -> Floats:
    return np.array([np.nan if value is None else value for value in info.value], dtype=np.float64)


def _mean(changes: list[Floats]) -> Floats:
    """Mean over the seeds [K] of changes [K] that may be NaN; NaN where all are."""
    return np.ma.masked_invalid(np.stack(changes)).mean(axis=0).filled(np.nan)


def _summary(change: Floats, info: _PerClass, seeds: int) -> str:
    """What rare and frequent classes gain, of those that have a figure; ``change`` is from the rarest on."""
    known, kinds = change[np.isfinite(change)], plural(info.kind)
    if known.size < 2:
        return f"Too few {kinds} have a figure to compare rare and frequent ones."

    def mean(part: Floats) -> str:
        return f"{number(part.mean(), info.unit, sign=True)} {change_unit(info.unit)}".rstrip()

    rare, frequent = np.array_split(known[::-1], 2)[::-1]  # of an odd number, the middle one is frequent
    text = (
        f"Mean change over the rarer {rare.size} {kinds}: {mean(rare)}; over the more frequent "
        f"{frequent.size}: {mean(frequent)} ({f'{seeds} seeds' if seeds > 1 else 'one seed'})."
    )
    if change.size >= _MANY and known.size > max(_RAREST):
        rarest = (f"over the {most} rarest: {mean(known[:most])}" for most in _RAREST)
        text += f" Mean change {'; '.join(rarest)}; over all {known.size}: {mean(known)}."
    return text


def _bars(names: list[str], change: Floats, counts: Floats, info: _PerClass, alt: str) -> Drawing:
    places = np.arange(len(names))

    def paint(axes: Axes) -> None:
        colours = [VERMILLION if (c > 0) == info.higher_is_better else BLUE for c in change]
        axes.bar(places, np.nan_to_num(change), color=colours, width=0.72)
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_xticks(places, [shortened(name) for name in names], rotation=90)
        axes.tick_params(axis="x", length=0)
        axes.grid(visible=False, axis="x")
        axes.set_xlim(-0.8, len(names) - 0.2)
        axes.set_ylabel(f"change of {info.metric} ({change_unit(info.unit)})")
        for place in places[~np.isfinite(change)]:
            axes.annotate("–", (place, 0), ha="center", va="bottom")
        count_axis = axes.twinx()
        count_axis.plot(places, counts, color=INK, linewidth=1.3)
        count_axis.set_ylim(bottom=0)
        count_axis.grid(visible=False)
        count_axis.spines["right"].set_visible(True)
        count_axis.yaxis.set_major_formatter(EngFormatter(sep=" "))
        count_axis.set_ylabel(f"training {info.count_unit}")

    width = max(4.5, 0.235 * len(names) + 1.5)
    below = 0.2 + 0.07 * max(len(shortened(name)) for name in names)
    return draw(paint, "", alt, (width, 2.5 + below), (0.72, below, 0.72, 0.12))

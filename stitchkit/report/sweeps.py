"""Figures over the values that a sweep has tried: the paper's Tables 1 and 2."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from stitchkit.report.blocks import DIVERGED
from stitchkit.report.colours import BLUE, VERMILLION, looks
from stitchkit.report.drawing import draw
from stitchkit.report.points import Point, draw_points
from stitchkit.report.rows import counterpart, figure, headline, method_label, methods_of, ordered
from stitchkit.report.section import Drawing, Group, Key, Section
from stitchkit.report.wording import MISSING, listed, number, reading
from stitchkit.results import MetricInfo, Results, Summary

_DECADES = 2  # between the smallest and the largest value, from which on the axis is logarithmic

_Methods = Mapping[str, Sequence[str]]  # swept methods, with the row of each point


def sweeps(results: Results) -> Section | None:
    """The headline figure of each task at each point; None where nothing is swept."""
    over: dict[str, dict[str, Sequence[str]]] = {}  # the key in which a method's points differ, if a number
    for method, names in _swept(results).items():
        over.setdefault(_numeric(results, names) or "", {})[method] = names
    unlike = over.pop("", {})
    groups = (
        *(_lines(results, key, methods) for key, methods in over.items()),
        *(_points(results, method, names) for method, names in unlike.items()),
    )
    if not groups:
        return None
    return Section("sweep", "Sweep", "The headline figure of each task at each point of the sweep.", groups)


def _swept(results: Results) -> dict[str, Sequence[str]]:
    """Methods with more than one point, and their rows."""
    names = [name for name in ordered(results) if results.rows[name].settings]
    of = {m: [n for n in names if results.rows[n].method == m] for m in methods_of(results, names)}
    return {method: rows for method, rows in of.items() if len(rows) > 1}


def _numeric(results: Results, names: Sequence[str]) -> str | None:
    """The one key in which rows differ, if its values are numbers."""
    settings = [results.rows[name].settings for name in names]
    keys = dict.fromkeys(key for each in settings for key in each)
    varied = [key for key in keys if any(each.get(key) != settings[0].get(key) for each in settings)]
    if len(varied) != 1 or not all(_is_number(each.get(varied[0])) for each in settings):
        return None
    return varied[0]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _level(results: Results, methods: _Methods) -> str | None:
    """The one-task row that all points are to be compared with; None where it has points of its own."""
    bases = {counterpart(results, name) for names in methods.values() for name in names}
    return bases.pop() if len(bases) == 1 else None


def _lines(results: Results, key: str, methods: _Methods) -> Group:
    """A figure for each task over the values of one key, with a line for each method."""
    look, level = looks(results), _level(results, methods)
    legend = [Key(method_label(results, m), look[names[0]].colour) for m, names in methods.items()]
    legend += [Key("each seed", look[names[0]].colour, "thin") for names in list(methods.values())[:1]]
    legend += [Key("one-task", BLUE, "dashed")] if level else []
    drawings = (_over(results, task, key, methods) for task in results.tasks)
    return Group(f"Over {key}", tuple(d for d in drawings if d), "medium", tuple(legend))


def _over(results: Results, task: str, key: str, methods: _Methods) -> Drawing | None:
    metric, look, level = headline(results, task), looks(results), _level(results, methods)
    if metric is None:
        return None
    lines = {
        m: sorted((float(results.rows[name].settings[key]), name) for name in names)
        for m, names in methods.items()
    }
    values = sorted({value for line in lines.values() for value, _ in line})

    def paint(axes: Axes) -> None:
        base = figure(results, level, task, metric.name) if level else None
        if base is not None and base.mean is not None:
            axes.axhline(base.mean, color=BLUE, linestyle="dashed", linewidth=1.2)
        for method, line in lines.items():
            _line(results, axes, task, metric, line, look[methods[method][0]].colour)
        if values[0] > 0 and math.log10(values[-1] / values[0]) >= _DECADES:
            axes.set_xscale("log")
            axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(values, [f"{value:g}" for value in values])
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlabel(key)
        axes.set_ylabel(_axis(metric))

    title = f"{task}: {metric.label}"
    said = "; ".join(
        f"{method_label(results, m)} {listed(f'{_mean(results, n, task, metric)} at {x:g}' for x, n in line)}"
        for m, line in lines.items()
    )
    return draw(paint, title, f"{title} over {key}. {said}.", (3.9, 2.5), (0.72, 0.48, 0.14, 0.1))


def _line(
    results: Results,
    axes: Axes,
    task: str,
    metric: MetricInfo,
    line: Sequence[tuple[float, str]],
    colour: str,
) -> None:
    summaries = [figure(results, name, task, metric.name) for _, name in line]
    means = [np.nan if s is None or s.mean is None else s.mean for s in summaries]
    axes.plot([x for x, _ in line], means, "o-", color=colour, markersize=5)
    for (x, name), summary in zip(line, summaries, strict=True):
        seeds = _seeds(summary)
        axes.plot([x] * len(seeds), seeds, "_", color=colour, markersize=9, alpha=0.7)
        if not seeds and results.rows[name].diverged:
            place = axes.get_xaxis_transform()
            axes.plot(x, 0.06, "x", color=colour, transform=place)
            axes.text(x, 0.13, DIVERGED, transform=place, rotation=90, ha="center", va="bottom", fontsize=8)


def _points(results: Results, method: str, names: Sequence[str]) -> Group:
    """A figure for each task with points that differ in several keys or in words, one below the other."""
    level = _level(results, {method: names})
    drawings = []
    for task in results.tasks:
        metric = headline(results, task)
        summaries = {n: figure(results, n, task, metric.name) for n in names} if metric else {}
        points = [
            Point(results.rows[name].label, s.mean, tuple(_seeds(s)), VERMILLION)
            for name, s in summaries.items()
            if s is not None and s.mean is not None
        ]
        if metric is None or not points:
            continue
        base = figure(results, level, task, metric.name) if level else None
        title = f"{task}: {metric.label}"
        said = "; ".join(f"{point.label} {number(point.mean, metric.unit)}" for point in points)
        alt = f"{title}: {said}."
        drawings.append(draw_points(points, title, alt, _axis(metric), base.mean if base else None, BLUE))
    legend = (
        Key("mean over the seeds", VERMILLION, "dot"),
        Key("each seed", VERMILLION, "tick"),
        *([Key("one-task", BLUE)] if level else []),
    )
    return Group(f"{method_label(results, method)} at each point", tuple(drawings), "medium", legend)


def _mean(results: Results, name: str, task: str, metric: MetricInfo) -> str:
    summary = figure(results, name, task, metric.name)
    return number(summary.mean, metric.unit) if summary else MISSING


def _seeds(summary: Summary | None) -> list[float]:
    return [seed for seed in (summary.seeds if summary else ()) if seed is not None]


def _axis(metric: MetricInfo) -> str:
    return f"{metric.label} {reading(metric.unit, metric.higher_is_better)}"

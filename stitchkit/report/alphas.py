"""The sorted alphas of each unit, as in the paper's Table 4."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from stitchkit.report.colours import BLUE, GREEN, INK, ORANGE, PURPLE, VERMILLION
from stitchkit.report.drawing import draw
from stitchkit.report.run_files import Floats, Run, by_row
from stitchkit.report.section import Drawing, Group, Key, Section
from stitchkit.report.wording import number

_RANGE = (-0.5, 1.5)  # of the paper's figures
_OTHERS = (BLUE, GREEN, PURPLE, ORANGE)  # from each other task
_DASHES = (0, (4, 3))
_MOST_POINTS = 200  # of a curve; fc6 and fc7 have 4096 channels


def sorted_alphas(runs: Sequence[Run]) -> Section:
    """Alpha from the same task and from each other task, each sorted on its own, per tap and task."""
    title = "Learned alphas"
    stitched = [run for run in runs if run.alphas]
    if not stitched:
        text = "No run has left its alphas (alphas.safetensors), so there are no curves to show."
        return Section("alphas", title, text)
    limits = _limits(stitched)  # of all rows, so that they can be compared
    groups = [of_task for of in by_row(stitched).values() for of_task in _groups(of, limits)]
    tasks = list(dict.fromkeys(task for task, _ in groups))  # rows of one task stand one below the other
    return Section(
        "alphas",
        title,
        "How much each unit takes from its own network (same task) and from the other networks (different "
        "task). Where a unit has one alpha for each channel, every curve is sorted by itself, so the curves "
        "of a panel do not pair channel by channel.",
        tuple(group for _, group in sorted(groups, key=lambda of_task: tasks.index(of_task[0]))),
    )


def _groups(runs: Sequence[Run], limits: tuple[float, float]) -> list[tuple[str, Group]]:
    """A group for each task of a row, with the task."""
    shown, tasks = runs[0], runs[0].record.task_order
    runs = [run for run in runs if run.record.task_order == tasks]
    groups = []
    for to, task in enumerate(tasks):
        if all(len(alpha) == 1 for alpha in shown.alphas.values()):
            drawings, layout = [_points(runs, to, limits)], "medium"
        else:
            drawings, layout = [_curves(runs, tap, to, limits) for tap in shown.alphas], "small"
        heading = f"{shown.label}: into {task}"
        groups.append((task, Group(heading, tuple(drawings), layout, _legend(tasks, to, runs))))
    return groups


def _legend(tasks: list[str], to: int, runs: Sequence[Run]) -> tuple[Key, ...]:
    keys = [Key("α same task", VERMILLION)]
    others = {source: colour for source, colour in _colours(len(tasks), to).items() if source != to}
    for source, colour in others.items():
        keys.append(Key("α different task" if len(others) == 1 else f"α from {tasks[source]}", colour))
    if any(_start(run, tap) for run in runs for tap in run.alphas):
        keys.append(Key("value at the start", INK, "dashed"))
    if len(runs) > 1:
        keys.append(Key(f"seed {runs[0].record.seed}; thin: other seeds", INK, "thin"))
    return tuple(keys)


def _colours(tasks: int, to: int) -> dict[int, str]:
    """From which task to which colour, the same task first."""
    two = tasks == 2
    others = {i: _OTHERS[0 if two else i % len(_OTHERS)] for i in range(tasks) if i != to}
    return {to: VERMILLION} | others


def _limits(runs: Sequence[Run]) -> tuple[float, float]:
    values = np.concatenate([alpha.ravel() for run in runs for alpha in run.alphas.values()])
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else _RANGE
    return min(_RANGE[0], math.floor(low * 10) / 10), max(_RANGE[1], math.ceil(high * 10) / 10)


def _start(run: Run, tap: str) -> dict[str, float]:
    """Mean alpha of the same and of different tasks before training, where the history has iteration 0."""
    start = {}
    for kind in ("same", "different"):
        iterations, values = run.series(f"alpha.{tap}.{kind}")
        if len(iterations) and iterations[0] == 0:
            start[kind] = float(values[0])
    return start


def _curves(runs: Sequence[Run], tap: str, to: int, limits: tuple[float, float]) -> Drawing:
    shown, tasks = runs[0], runs[0].record.task_order
    channels = len(shown.alphas[tap])

    def paint(axes: Axes) -> None:
        start = _start(shown, tap)
        for source, colour in _colours(len(tasks), to).items():
            for run in reversed([run for run in runs if tap in run.alphas]):
                x, y = _sorted(run.alphas[tap][:, to, source])
                axes.plot(
                    x, y, color=colour, marker="o" if len(x) == 1 else None, markersize=4, **_weight(run)
                )
            level = start.get("same" if source == to else "different")
            if level is not None:
                axes.axhline(level, color=colour, linestyle=_DASHES, linewidth=0.9)
        axes.set_ylim(*limits)
        axes.set_xlim(0.5, channels + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.set_xlabel("channels, sorted" if channels > 1 else "one alpha for the layer")

    return draw(paint, tap, _alt(shown, tap, to))


def _sorted(values: Floats) -> tuple[Floats, Floats]:
    kept = np.linspace(0, len(values) - 1, min(len(values), _MOST_POINTS)).round().astype(int)
    return kept + 1.0, np.sort(values)[kept]


def _weight(run: Run) -> dict[str, Any]:
    return {"linewidth": 1.8, "alpha": 1.0} if run.first else {"linewidth": 0.8, "alpha": 0.5}


def _points(runs: Sequence[Run], to: int, limits: tuple[float, float]) -> Drawing:
    """All taps in one figure, for units with one alpha a layer."""
    shown, tasks = runs[0], runs[0].record.task_order
    taps = list(shown.alphas)
    crowded = len(taps) > 5 or max(map(len, taps)) > 9

    def paint(axes: Axes) -> None:
        for source, colour in _colours(len(tasks), to).items():
            for run in reversed(runs):
                y = [float(run.alphas[tap][0, to, source]) if tap in run.alphas else np.nan for tap in taps]
                axes.plot(range(len(y)), y, color=colour, marker="o", **_weight(run))
            start = [_start(shown, tap).get("same" if source == to else "different", np.nan) for tap in taps]
            axes.plot(range(len(start)), start, color=colour, linestyle=_DASHES, linewidth=0.9)
        axes.set_ylim(*limits)
        axes.margins(x=0.08)
        rotation, side = (30, "right") if crowded else (0, "center")
        axes.set_xticks(range(len(taps)), taps, rotation=rotation, ha=side)
        axes.set_ylabel("alpha")

    alt = " ".join(_alt(shown, tap, to) for tap in taps)
    margins = (0.62, 0.75 if crowded else 0.32, 0.14, 0.1)
    return draw(paint, "One alpha for each layer", alt, (3.9, 2.4), margins)


def _alt(run: Run, tap: str, to: int) -> str:
    tasks, alpha = run.record.task_order, run.alphas[tap]
    means = [f"from {task} {number(float(alpha[:, to, i].mean()))}" for i, task in enumerate(tasks)]
    return f"Alphas at {tap} into {tasks[to]}; mean {', '.join(means)}."

"""Training curves: losses, validation figures, and alpha as it is learned."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from stitchkit.report.colours import BLUE, INK, VERMILLION, Look, looks
from stitchkit.report.drawing import draw
from stitchkit.report.run_files import Floats, Run, by_row
from stitchkit.report.section import Drawing, Group, Key, Section
from stitchkit.results import Results

_MOST_POINTS = 150  # of a curve; more entries are averaged
_WIDE = (3.9, 2.3)


def training_curves(results: Results, runs: Sequence[Run]) -> Section:
    """Loss of each task over the iterations of each run, and the validation figures where logged."""
    title, look = "Training curves", looks(results)
    losses = tuple(d for task in results.tasks if (d := _curve(runs, look, f"loss.{task}", task, "loss")))
    validation = tuple(
        drawing
        for task, info in results.tasks.items()
        for m in info.metrics
        if (
            drawing := _curve(
                runs, look, f"validation.{task}.{m.name}", f"{task}: {m.label}", m.unit or m.label
            )
        )
    )
    if not losses and not validation:
        text = "No run has left a history of its training (history.jsonl), so there are no curves to show."
        return Section("training", title, text)
    groups = [Group("Training loss", losses, "medium")] if losses else []
    if validation:
        groups.append(Group("On the validation frames", validation, "medium"))
    text = (
        "Each curve counts its own run's iterations; a stitched network that starts from trained one-task "
        f"networks starts its count anew. Curves of more than {_MOST_POINTS} entries are averaged over "
        "neighbouring ones."
    )
    return Section("training", title, text, tuple(groups), _legend(runs, look))


def alpha_curves(runs: Sequence[Run]) -> Section:
    """Mean alpha of the same and of different tasks at each tap, over the iterations."""
    title = "Alphas during training"
    groups = []
    logged = [run for run in runs if run.logged(r"alpha\.(.+)\.(?:same|different)")]
    for of_row in by_row(logged).values():
        taps = of_row[0].logged(r"alpha\.(.+)\.(?:same|different)")
        groups.append(Group(of_row[0].label, tuple(_alpha_curve(of_row, tap) for tap in taps)))
    if not groups:
        text = "No run has logged its alphas in its history (history.jsonl), so there are no curves to show."
        return Section("alpha-curves", title, text)
    thin = (Key("thin: other seeds", INK, "thin"),) if any(not run.first for run in logged) else ()
    return Section(
        "alpha-curves",
        title,
        "Mean over the channels and tasks of each unit.",
        tuple(groups),
        (Key("α same task", VERMILLION), Key("α different task", BLUE), *thin),
    )


def _legend(runs: Sequence[Run], look: Mapping[str, Look]) -> tuple[Key, ...]:
    trained = by_row(run for run in runs if run.record.iterations)
    keys = [Key(of[0].label, look[row].colour, look[row].line) for row, of in trained.items()]
    return (*keys, *([Key("thin: other seeds", INK, "thin")] if any(not run.first for run in runs) else []))


def _curve(runs: Sequence[Run], look: Mapping[str, Look], key: str, title: str, label: str) -> Drawing | None:
    lines = [(run, *run.series(key)) for run in runs]
    lines = [line for line in lines if len(line[1])]
    if not lines:
        return None

    def paint(axes: Axes) -> None:
        for run, x, y in sorted(lines, key=lambda line: line[0].first):  # other seeds below
            _line(axes, run, x, y, look[run.row])
        _iterations(axes)
        axes.set_ylabel(label)

    ends = (f"{run.label}, seed {run.record.seed}: {y[0]:.3g} to {y[-1]:.3g}" for run, _, y in lines)
    return draw(
        paint, title, f"{title}, {label} over iterations. {'; '.join(ends)}.", _WIDE, (0.66, 0.48, 0.14, 0.1)
    )


def _alpha_curve(runs: Sequence[Run], tap: str) -> Drawing:
    def paint(axes: Axes) -> None:
        for kind, colour in (("different", BLUE), ("same", VERMILLION)):
            for run in reversed(runs):
                _line(axes, run, *run.series(f"alpha.{tap}.{kind}"), Look(colour))
        _iterations(axes)
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, -0.05), max(high, 1.05))

    ends = []
    for kind in ("same", "different"):
        _, values = runs[0].series(f"alpha.{tap}.{kind}")
        ends += [f"{kind} task {values[0]:.3f} to {values[-1]:.3f}"] if len(values) else []
    return draw(paint, tap, f"Mean alpha at {tap} over iterations: {', '.join(ends)}.")


def _line(axes: Axes, run: Run, x: Floats, y: Floats, look: Look) -> None:
    x, y = _averaged(x), _averaged(y)
    width, opacity = (1.6, 1.0) if run.first else (0.8, 0.5)
    marker = "o" if len(x) == 1 else None
    axes.plot(
        x, y, look.colour, linestyle=look.line, linewidth=width, alpha=opacity, marker=marker, markersize=4
    )


def _averaged(values: Floats) -> Floats:
    """At most `_MOST_POINTS` means of neighbouring entries."""
    if len(values) <= _MOST_POINTS:
        return values
    return np.array([part.mean() for part in np.array_split(values, _MOST_POINTS)])


def _iterations(axes: Axes) -> None:
    axes.set_xlabel("iteration")
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: f"{x / 1000:g}k" if abs(x) >= 1000 else f"{x:g}")
    )

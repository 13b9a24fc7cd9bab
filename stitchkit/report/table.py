"""The table of a study as rows and columns of text: the one source of every form it is printed in."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TypeGuard

from stitchkit.report.blocks import BETTER, DIVERGED, WORSE, Block, Cell, Column, Row, Table
from stitchkit.report.cost import cost
from stitchkit.report.notes import notes
from stitchkit.report.rows import counterpart, figure, ordered, row_label, trained
from stitchkit.report.wording import number, reading, spelled
from stitchkit.results import MetricInfo, PublishedRows, Results

_Figures = Sequence[tuple[str, MetricInfo]]  # with the task of each


def table(results: Results) -> Table:
    """The table of a study.

    Figures of a task that share a note form a block of their own with the note as its caption; all others
    form the first block, and a note that one figure of a task has becomes one of the table's notes. The last
    block is what each row gains and costs. Published rows stand below the row that they belong to, and only
    where ``results.published.reason`` is empty; otherwise a note says why they are missing.
    """
    figures = [(task, metric) for task, info in results.tasks.items() for metric in info.metrics]
    uses = Counter((task, metric.note) for task, metric in figures)
    blocks: dict[str, list[tuple[str, MetricInfo]]] = {"": []}  # caption to figures
    singles = []
    for task, metric in figures:
        shared = metric.note if uses[task, metric.note] > 1 else ""
        blocks.setdefault(shared, []).append((task, metric))
        if metric.note and not shared:
            singles.append(f"{task}, {metric.label}: {metric.note}")
    return Table(
        results.title or results.recipe,
        (
            *(_block(results, caption, chosen) for caption, chosen in blocks.items() if chosen),
            *filter(None, [cost(results)]),
        ),
        (*singles, *notes(results)),
    )


def _block(results: Results, caption: str, figures: _Figures) -> Block:
    best = [_best(results, task, metric) for task, metric in figures]
    published = _published(results, figures)
    rows = []
    for name in ordered(results):
        cells = (_cell(results, name, *figure, name in b) for figure, b in zip(figures, best, strict=True))
        rows += [Row(row_label(results, name), tuple(cells)), *published.pop(name, ())]
    rows += [row for others in published.values() for row in others]
    columns = (Column(t, m.name, m.label, reading(m.unit, m.higher_is_better)) for t, m in figures)
    return Block(caption, tuple(columns), tuple(rows))


def _cell(results: Results, name: str, task: str, metric: MetricInfo, best: bool) -> Cell:
    summary = figure(results, name, task, metric.name)
    if summary is None or not _known(summary.mean):
        return Cell(DIVERGED) if results.rows[name].diverged else Cell()
    spread = "" if summary.std is None else f" ± {number(summary.std, metric.unit)}"
    return Cell(number(summary.mean, metric.unit) + spread, best, _mark(results, name, task, metric))


def _mark(results: Results, name: str, task: str, metric: MetricInfo) -> str:
    """Where the row stands against one-task, if that can be told from chance."""
    base = counterpart(results, name)
    found = None if base in (None, name) else results.difference(name, base, task, metric.name)
    if found is None or not found.certain:
        return ""
    return BETTER if (found.mean > 0) == metric.higher_is_better else WORSE


def _best(results: Results, task: str, metric: MetricInfo) -> set[str]:
    """The trained rows whose mean, as printed, no other beats; none where there is nothing to compare.

    A row that diverged with some seeds has a mean over the lucky ones, and takes no part.
    """
    summaries = {
        name: figure(results, name, task, metric.name)
        for name in trained(results)
        if not results.rows[name].diverged
    }
    means = {name: s.mean for name, s in summaries.items() if s is not None and _known(s.mean)}
    if len(means) < 2:
        return set()
    top = (max if metric.higher_is_better else min)(means.values())
    return {name for name, mean in means.items() if number(mean, metric.unit) == number(top, metric.unit)}


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _published(results: Results, figures: _Figures) -> dict[str, list[Row]]:
    """Published rows by the row that they belong below, a candidate's by that which stands for candidates."""
    shown = results.published
    placed: dict[str, list[Row]] = {}
    for name in shown.rows if shown and not shown.reason else ():
        assert shown is not None
        if (row := _published_row(results, shown, name, figures)) is not None:
            placed.setdefault(_standing_for(results, name), []).append(row)
    return placed


def _published_row(results: Results, shown: PublishedRows, name: str, figures: _Figures) -> Row | None:
    values = [shown.rows[name].get(task, {}).get(metric.name) for task, metric in figures]
    if all(value is None for value in values):
        return None
    cells = tuple(Cell(number(v, metric.unit)) for v, (_, metric) in zip(values, figures, strict=True))
    words = results.rows[name].label if name in results.rows else spelled(name)
    return Row(f"{words} (published: {shown.source})", cells, published=True)


def _standing_for(results: Results, name: str) -> str:
    row = results.rows.get(name)
    if row is None or not row.candidate:
        return name
    alike = (other for other in results.shown() if results.rows[other].method == row.method)
    return next(alike, name)

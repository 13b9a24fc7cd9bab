"""The table of a study as rows and columns of text: the one source of every form it is printed in."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeGuard

from stitchkit.report.wording import MISSING, in_order, listed, method_name, number
from stitchkit.results import MetricInfo, PublishedRows, Results, Summary

UNTRAINED = "constant"


@dataclass(frozen=True)
class Column:
    """One figure of one task; ``reading`` is its unit and the direction of improvement, as in ``"(°) ↓"``."""

    task: str
    metric: str
    label: str
    reading: str

    @property
    def heading(self) -> str:
        """The label with its reading, as in ``"Mean (°) ↓"``."""
        return f"{self.label} {self.reading}"


@dataclass(frozen=True)
class Cell:
    """A figure as text; ``best`` marks the best trained method of its column."""

    text: str = MISSING
    best: bool = False


@dataclass(frozen=True)
class Row:
    """One method, or the published figures of one; as many cells as the block has columns."""

    name: str
    cells: tuple[Cell, ...]
    published: bool = False


@dataclass(frozen=True)
class Block:
    """Rows and columns under one caption; the caption is the note that all its figures share, or empty."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def groups(self) -> list[tuple[str, int]]:
        """Neighbouring columns of one task: the task and how many they are, in order."""
        return [(task, len(list(columns))) for task, columns in groupby(self.columns, lambda c: c.task)]

    def starts(self) -> list[bool]:
        """Whether each column is the first of its task."""
        return [place == 0 for _, width in self.groups() for place in range(width)]

    def of_task(self, task: str) -> "Block":
        """The same rows with the columns of one task only."""
        kept = [i for i, column in enumerate(self.columns) if column.task == task]
        rows = tuple(Row(r.name, tuple(r.cells[i] for i in kept), r.published) for r in self.rows)
        return Block(self.caption, tuple(self.columns[i] for i in kept), rows)


@dataclass(frozen=True)
class Table:
    """Everything a reader needs: blocks of figures, and lines on what they were measured on."""

    title: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]


def table(results: Results) -> Table:
    """The table of a study.

    Figures of a task that share a note form a block of their own with the note as its caption; all others
    form the first block, and a note that one figure of a task has becomes one of the table's notes. Published
    rows stand below the method they belong to, and only where ``results.published.reason`` is empty;
    otherwise a note says why they are missing.
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
        tuple(_block(results, caption, chosen) for caption, chosen in blocks.items() if chosen),
        (*singles, *_notes(results)),
    )


def _block(results: Results, caption: str, figures: Sequence[tuple[str, MetricInfo]]) -> Block:
    best = [_best(results, task, metric) for task, metric in figures]
    shown = results.published if results.published and not results.published.reason else None
    rows = []
    for method in in_order([*results.methods, *(shown.rows if shown else ())]):
        if method in results.methods:
            summaries = [_summary(results, method, task, metric.name) for task, metric in figures]
            cells = (
                _cell(s, m.unit, method in b) for s, (_, m), b in zip(summaries, figures, best, strict=True)
            )
            rows.append(Row(method_name(method), tuple(cells)))
        if shown and (published := _published(shown, method, figures)):
            rows.append(published)
    columns = tuple(Column(task, metric.name, metric.label, _reading(metric)) for task, metric in figures)
    return Block(caption, columns, tuple(rows))


def _reading(metric: MetricInfo) -> str:
    unit = f"({metric.unit}) " if metric.unit else ""
    return unit + ("↑" if metric.higher_is_better else "↓")


def _summary(results: Results, method: str, task: str, metric: str) -> Summary | None:
    return results.methods[method].get(task, {}).get(metric)


def _cell(summary: Summary | None, unit: str, best: bool) -> Cell:
    if summary is None or not _known(summary.mean):
        return Cell()
    spread = "" if summary.std is None else f" ± {number(summary.std, unit)}"
    return Cell(number(summary.mean, unit) + spread, best)


def _best(results: Results, task: str, metric: MetricInfo) -> set[str]:
    """The trained methods whose mean, as printed, no other beats; none where there is nothing to compare."""
    summaries = {m: _summary(results, m, task, metric.name) for m in results.methods if m != UNTRAINED}
    means = {m: s.mean for m, s in summaries.items() if s is not None and _known(s.mean)}
    if len(means) < 2:
        return set()
    top = (max if metric.higher_is_better else min)(means.values())
    return {m for m, mean in means.items() if number(mean, metric.unit) == number(top, metric.unit)}


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _published(shown: PublishedRows, method: str, figures: Sequence[tuple[str, MetricInfo]]) -> Row | None:
    values = [shown.rows.get(method, {}).get(task, {}).get(metric.name) for task, metric in figures]
    if all(value is None for value in values):
        return None
    cells = tuple(Cell(number(v, metric.unit)) for v, (_, metric) in zip(values, figures, strict=True))
    return Row(f"{method_name(method)} (published: {shown.source})", cells, published=True)


def _notes(results: Results) -> tuple[str, ...]:
    data, several = results.data, len(results.seeds) > 1
    notes = [
        f"Data: {data.name} (fingerprint {data.fingerprint[:12]}), {data.train_frames} training frames and "
        f"{data.test_frames} test frames. {data.limits}".strip(),
        *(f"Ground truth of {task}: {info.source}" for task, info in results.tasks.items() if info.source),
        f"Seeds: {listed(map(str, results.seeds))}; mean ± sample standard deviation over them."
        if several
        else f"Seed: {listed(map(str, results.seeds))}; a single seed does not show how much figures vary.",
        "Emphasised (bold or *): the best mean of the trained methods in a column; no claim of significance.",
    ]
    if stages := _stages(results):
        notes.append(stages)
    if results.published and results.published.reason:
        source, reason = results.published.source, results.published.reason
        notes.append(f"Published figures ({source}) are not shown: {reason}")
    overrides = f", with {' '.join(results.overrides)}" if results.overrides else ""
    notes.append(f"Recipe: {results.recipe}, profile {results.profile}{overrides}.")
    if results.machine:
        notes.append(f"Machine: {results.machine}")
    return tuple(notes)


def _stages(results: Results) -> str:
    """How long each method's last stage trained; a gain is worth little if it trained longer than another."""
    stages: dict[str, dict[str, None]] = {}
    for run in results.runs:
        if run.iterations:
            words = f"{run.iterations:,} ({' + '.join(run.task_order)})"
            stages.setdefault(run.method, {})[words] = None
    trained = [f"{method_name(method)} {listed(stages[method])}" for method in in_order(stages)]
    if not trained:
        return ""
    control = (
        " One-task trained longer goes on from the one-task networks: what training time alone gives."
        if "one_task_longer" in stages
        else ""
    )
    return f"Iterations of each stage: {'; '.join(trained)}.{control}"

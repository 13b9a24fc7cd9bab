"""A finished study, as a claim looks at it: rows by what they are, tasks by their kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stitchkit.results import MetricInfo, Results, RunRecord

SWEPT = "methods.cross_stitch."  # what the paper's tables vary

NYU = ("segmentation", "normals")
VOC = ("detection", "attributes")


class Missing(Exception):
    """A study lacks what a claim is judged on; the message says what, as part of a sentence."""


@dataclass(frozen=True)
class Figure:
    """One figure of one task."""

    task: str
    info: MetricInfo


@dataclass(frozen=True)
class Study:
    """The results of a study and where they lie.

    Attributes:
        results: Of the study.
        folder: That holds ``results.json``; the folders of runs are relative to it.
    """

    results: Results
    folder: Path

    def of_pair(self, pair: Sequence[str]) -> "Study":
        """The study itself; raises `Missing` unless its tasks are one of each kind of ``pair``."""
        kinds = sorted(info.type for info in self.results.tasks.values())
        if kinds != sorted(pair):
            raise Missing(f"its tasks are not {' and '.join(pair)}")
        return self

    def task(self, kind: str) -> str:
        """Name of the task of a kind, such as ``"normals"``; raises `Missing` unless it is the only one."""
        names = [name for name, info in self.results.tasks.items() if info.type == kind]
        if len(names) != 1:
            raise Missing(f"it has {len(names) or 'no'} tasks of {kind}")
        return names[0]

    def figures(self, kind: str, *metrics: str) -> list[Figure]:
        """Figures of the task of a kind; raises `Missing` for one that it does not measure."""
        task = self.task(kind)
        known = {info.name: info for info in self.results.tasks[task].metrics}
        for metric in metrics:
            if metric not in known:
                raise Missing(f"its {kind} has no {metric}")
        return [Figure(task, known[metric]) for metric in metrics]

    def row(self, method: str, candidate: str = "") -> str:
        """Name of a method's row, or of one of its candidates, that no sweep made; raises `Missing`."""
        for name, row in self.results.rows.items():
            if (row.method, row.candidate) == (method, candidate) and not row.settings:
                return name
        raise Missing(f"it has no row {f'{method} {candidate}'.rstrip()!r}")

    def candidates(self, method: str) -> list[str]:
        """Rows of a method's candidates in their order; raises `Missing` for fewer than two."""
        rows = self.results.rows.items()
        names = [name for name, r in rows if r.method == method and r.candidate and not r.settings]
        if len(names) < 2:
            raise Missing(f"it has no candidates of {method}")
        return names

    def points(self, key: str) -> list[tuple[Any, str]]:
        """Value and row of each point of a sweep of one key of cross_stitch, such as ``"unit.same"``."""
        rows = self.results.rows.items()
        swept = [(name, row) for name, row in rows if row.method == "cross_stitch"]
        return [(row.settings[SWEPT + key], name) for name, row in swept if SWEPT + key in row.settings]

    def point(self, key: str, value: Any) -> str:
        """Row of one point of a sweep; raises `Missing` unless there is one."""
        rows = [row for found, row in self.points(key) if found == value]
        if len(rows) != 1:
            raise Missing(f"it has {len(rows) or 'no'} rows with {SWEPT}{key}={value}")
        return rows[0]

    def label(self, row: str) -> str:
        """A row's name for people; that of the candidate it picked."""
        rows = self.results.rows
        return rows[rows[row].picked or row].label

    def diverged(self, row: str) -> list[int]:
        """Seeds in which a row's training diverged."""
        rows = self.results.rows
        return rows[rows[row].picked or row].diverged

    def runs(self, row: str, task: str) -> dict[int, RunRecord]:
        """The run of each seed that predicts a task; those that diverged are left out."""
        runs = self.results.runs_of(row)
        return {run.seed: run for run in runs if task in run.task_order and run.diverged is None}

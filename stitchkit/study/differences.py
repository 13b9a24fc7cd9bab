"""Differences between rows, each with an interval over test images."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from stitchkit.bootstrap import draws, interval
from stitchkit.methods import Run
from stitchkit.results import Difference, TaskResult
from stitchkit.study.plan import CONSTANT, Plan, PlannedRow
from stitchkit.study.store import Store

Figures = Mapping[str, np.ndarray]
"""Metric to its value on each draw of test images [R]."""


def differences(
    plan: Plan, evaluations: Mapping[str, Mapping[str, TaskResult]], store: Store, resamples: int
) -> list[Difference]:
    """Of every two rows, the later minus the earlier, for each figure that both have.

    Args:
        plan: Of the study.
        evaluations: Results of each run, by its key and task.
        store: Holds what each test image brought.
        resamples: Draws of test images; 0 gives no intervals.
    """
    drawn = _Drawn(plan, store, resamples)
    rows = [row for row in plan.rows if row.method != CONSTANT]
    found = []
    for earlier, later in combinations(rows, 2):
        seeds = [seed for seed in later.runs if seed in earlier.runs]
        for task in _tasks(later):
            pairs = {seed: (_run(later, seed, task), _run(earlier, seed, task)) for seed in seeds}
            values = {
                seed: [evaluations[run.key][task].metrics for run in pair]
                for seed, pair in pairs.items()
                if all(task in evaluations[run.key] for run in pair)
            }
            for metric in next(iter(values.values()), [{}])[0]:
                known = {
                    seed: ours[metric] - theirs[metric]  # type: ignore[operator]
                    for seed, (ours, theirs) in values.items()
                    if ours[metric] is not None and theirs[metric] is not None
                }
                if not known:
                    continue
                between = drawn.interval(metric, task, [pairs[seed] for seed in known], list(known.values()))
                found.append(
                    Difference(
                        row=later.name,
                        against=earlier.name,
                        task=task,
                        metric=metric,
                        mean=float(np.mean(list(known.values()))),
                        low=between and between[0],
                        high=between and between[1],
                        seeds=list(known.values()),
                    )
                )
    return found


def _tasks(row: PlannedRow) -> list[str]:
    return list(dict.fromkeys(task for run in row.all_runs for task in run.tasks))


def _run(row: PlannedRow, seed: int, task: str) -> Run:
    """The run of a row that predicts a task."""
    return next(run for run in row.runs[seed] if task in run.tasks)


class _Drawn:
    """Figures on test images drawn anew: for all runs the same draws, so that runs can be paired."""

    def __init__(self, plan: Plan, store: Store, resamples: int) -> None:
        self.plan, self.store, self.resamples = plan, store, resamples
        self._figures: dict[tuple[str, str], Figures] = {}
        self._times: dict[tuple[str, ...], np.ndarray] = {}  # by the names of the images, sorted

    def interval(
        self, metric: str, task: str, pairs: Sequence[tuple[Run, Run]], observed: Sequence[float]
    ) -> tuple[float, float] | None:
        """Limits of the mean difference over some seeds; None where a task keeps nothing by image."""
        if not self.resamples:
            return None
        drawn = [[self.figures(run, task) for run in pair] for pair in pairs]
        if not all(metric in figures for pair in drawn for figures in pair):
            return None
        between = interval(np.stack([ours[metric] - theirs[metric] for ours, theirs in drawn]), observed)
        return (between.low, between.high) if between else None

    def figures(self, run: Run, task: str) -> Figures:
        """Of one run and task."""
        if (run.key, task) not in self._figures:
            images = self.store.evidence(run, task)
            self._figures[run.key, task] = self._again(run, task, images) if images else {}
        return self._figures[run.key, task]

    def _again(self, run: Run, task: str, images: Mapping[str, np.ndarray]) -> Figures:
        names = images["key"].tolist()
        place = {name: i for i, name in enumerate(sorted(names))}
        known = tuple(place)
        if known not in self._times:
            self._times[known] = draws(len(known), self.resamples)
        times = self._times[known][:, [place[name] for name in names]]
        return self.plan.materials[run.key].tasks[task].metrics().resampled(images, times)

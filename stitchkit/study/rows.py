"""From finished runs to rows of the table: means over seeds, costs, which candidate is picked."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stitchkit.methods import Run
from stitchkit.results import Cost, Row, Summary, TaskResult
from stitchkit.study.plan import CONSTANT, Plan, PlannedRow
from stitchkit.study.store import Store
from stitchkit.tasks import Metric

Values = Mapping[str, Mapping[str, float | None]]
"""Task to metric to value."""


class Rows:
    """Makes rows.

    Args:
        plan: Of the study.
        evaluations: Results of each run, by its key and task.
        store: Holds the runs.
        metrics: Of each task, the headline first.
    """

    def __init__(
        self,
        plan: Plan,
        evaluations: Mapping[str, Mapping[str, TaskResult]],
        store: Store,
        metrics: Mapping[str, Sequence[Metric]],
    ) -> None:
        self.plan, self.evaluations, self.store, self.metrics = plan, evaluations, store, metrics
        self.facts = {run.key: store.facts(run) for run in plan.runs}

    def all(self) -> dict[str, Row]:
        """In the order of the table; before its candidates, what each method with candidates picks."""
        rows: dict[str, Row] = {}
        families: dict[str, list[PlannedRow]] = {}
        for planned in self.plan.rows:
            families.setdefault(planned.name.removesuffix(planned.candidate).rstrip(), []).append(planned)
        for name, family in families.items():
            made = {planned.name: self._row(planned) for planned in family}
            if family[0].candidate:
                rows[name] = self._picked(made, len(family))
            rows |= made
        return rows

    def _picked(self, candidates: Mapping[str, Row], count: int) -> Row:
        scored = {name: row.validation_delta_m for name, row in candidates.items()}
        known = {name: score for name, score in scored.items() if score is not None}
        name = max(known, key=lambda name: known[name]) if known else next(iter(candidates))
        row = candidates[name]
        words = f", best of {count} on validation frames" if count > 1 else ""
        return row.model_copy(update={"label": row.label + words, "candidate": "", "picked": name})

    def _row(self, planned: PlannedRow) -> Row:
        runs = planned.runs
        diverged = [
            seed
            for seed, of_seed in runs.items()
            if any(self.facts[run.key].get("diverged") is not None for run in of_seed)
        ]
        figures = {
            task: {metric.name: self._summary(planned, task, metric.name) for metric in self.metrics[task]}
            for task in dict.fromkeys(task for run in planned.all_runs for task in run.tasks)
        }
        return Row(
            label=planned.label,
            method=planned.method,
            type=planned.type,
            settings=dict(planned.settings),
            candidate=planned.candidate,
            figures=figures,
            delta_m=self._delta_m(planned),
            validation_delta_m=self._validation_delta_m(planned) if planned.candidate else None,
            cost=self._cost(planned, diverged),
            diverged=diverged,
        )

    def _summary(self, planned: PlannedRow, task: str, metric: str) -> Summary:
        seeds = []
        for of_seed in planned.runs.values():
            run = next(run for run in of_seed if task in run.tasks)
            result = self.evaluations[run.key].get(task)
            seeds.append(None if result is None else result.metrics[metric])
        return summary(seeds)

    def _delta_m(self, planned: PlannedRow) -> Summary | None:
        base = self._baseline(planned)
        if base is None or planned.method == CONSTANT:
            return None
        return summary(
            [
                delta_m(self._tested(of_seed), self._tested(base.runs[seed]), self.metrics)
                for seed, of_seed in planned.runs.items()
            ]
        )

    def _validation_delta_m(self, planned: PlannedRow) -> float | None:
        base = self._baseline(planned)
        if base is None:
            return None
        seeds = [
            delta_m(self._validated(of_seed), self._validated(base.runs[seed]), self.metrics)
            for seed, of_seed in planned.runs.items()
        ]
        return summary(seeds).mean if None not in seeds else None

    def _baseline(self, planned: PlannedRow) -> PlannedRow | None:
        """The one-task row with the same settings, as far as one-task networks depend on them."""
        for row in self.plan.rows:
            if row.type == "one_task" and row.settings.items() <= planned.settings.items():
                return row
        return None

    def _tested(self, runs: Iterable[Run]) -> Values:
        return {task: result.metrics for run in runs for task, result in self.evaluations[run.key].items()}

    def _validated(self, runs: Iterable[Run]) -> Values:
        return {
            task: figures
            for run in runs
            for task, figures in self.facts[run.key].get("validation", {}).items()
        }

    def _cost(self, planned: PlannedRow, diverged: Sequence[int]) -> Cost | None:
        by_seed = [runs for seed, runs in planned.runs.items() if seed not in diverged]
        if planned.method == CONSTANT or not by_seed:
            return None
        first = [member for run in by_seed[0] for member in _networks(run)]
        facts = [self.facts[run.key] for run in first]
        flops: list[Any] = [fact.get("flops") for fact in facts]
        memory: list[Any] = [self.facts[run.key].get("memory") for runs in by_seed for run in _trained(runs)]
        return Cost(
            parameters=sum(fact["parameters"] for fact in facts),
            flops=None if None in flops else sum(flops),
            seconds=statistics.fmean(
                sum(self.facts[run.key]["seconds"] for run in _trained(runs)) for runs in by_seed
            ),
            memory=None if None in memory else max(memory, default=None),
        )


def delta_m(ours: Values, theirs: Values, metrics: Mapping[str, Sequence[Metric]]) -> float | None:
    """Mean over the tasks of the relative gain in the headline figure, in percent.

    Maninis et al., CVPR 2019, Section 4; positive is better, whatever the direction of the figures.

    Args:
        ours: Figures of a method.
        theirs: Figures of the one-task networks.
        metrics: Of each task, the headline first.

    Returns:
        None where a figure is missing, or the one-task figure is 0.
    """
    gains = []
    for task, (headline, *_) in metrics.items():
        new, old = ours.get(task, {}).get(headline.name), theirs.get(task, {}).get(headline.name)
        if new is None or old is None or old == 0:
            return None
        gains.append((new - old) / abs(old) * (100 if headline.higher_is_better else -100))
    return statistics.fmean(gains)


def summary(seeds: Sequence[float | None]) -> Summary:
    """Mean and sample deviation of what is known."""
    known = [value for value in seeds if value is not None]
    return Summary(
        mean=statistics.fmean(known) if known else None,
        std=statistics.stdev(known) if len(known) > 1 else None,
        seeds=list(seeds),
    )


def _networks(run: Run) -> list[Run]:
    """The runs whose networks predict: its own, or those of the members that it puts together."""
    return [run] if run.iterations else [member for start in run.starts for member in _networks(start)]


def _trained(runs: Iterable[Run]) -> list[Run]:
    """All that was trained for some runs, each once."""
    found: dict[str, Run] = {}
    for run in runs:
        found |= {start.key: start for start in _trained(run.starts)}
        if run.iterations:
            found[run.key] = run
    return list(found.values())

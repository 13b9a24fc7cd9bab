"""The claims on data-starved classes and attributes: the paper's Figures 5 and 6."""

from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ValidationError

from stitchkit.claims.compare import seeds_alone, signed
from stitchkit.claims.study import NYU, VOC, Missing, Study
from stitchkit.claims.verdict import Finding

RAREST = (10, 20)  # attributes


class _PerClass(BaseModel):
    """What is needed of ``TaskResult.details["per_class"]``."""

    names: list[str]
    value: list[float | None]
    train_count: list[int]


@dataclass(frozen=True)
class _Gains:
    """Gain [classes] of each seed, from the rarest class to the most frequent."""

    subject: str
    by_seed: dict[int, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.by_seed.values())))

    def finding(self, what: str, rare: slice, rest: slice, beside: str) -> Finding:
        """Whether the mean gain over some classes is larger than over others."""
        rare_mean, rest_mean = (
            signed(float(np.mean([gain[part] for gain in self.by_seed.values()]))) for part in (rare, rest)
        )
        more = {seed: float(gain[rare].mean() - gain[rest].mean()) for seed, gain in self.by_seed.items()}
        text = f"mean gain of {what} {rare_mean}, of {beside} {rest_mean}, by seed"
        return seeds_alone(self.subject, text, more, lambda value: value > 0)


def rarest_attributes_gain(study: Study) -> list[Finding]:
    """The mean gain of the 10, and of the 20, rarest attributes larger than that of all."""
    gains = _gains(study.of_pair(VOC), study.task("attributes"))
    if len(gains) <= max(RAREST):
        raise Missing(f"only {len(gains)} of its attributes have figures, too few to ask for the rarest")
    whole = slice(None)
    return [
        gains.finding(f"the {count} rarest attributes", slice(count), whole, f"all {len(gains)}")
        for count in RAREST
    ]


def rarer_classes_gain(study: Study) -> list[Finding]:
    """The mean gain of the rarer half of the classes larger than that of the more frequent half."""
    gains = _gains(study.of_pair(NYU), study.task("segmentation"))
    if len(gains) < 2:
        raise Missing("fewer than two of its classes have figures")
    half = len(gains) // 2  # of an odd number, the middle one is frequent
    rare, frequent = slice(half), slice(half, None)
    beside = f"the {len(gains) - half} more frequent"
    return [gains.finding(f"the {half} rarer classes", rare, frequent, beside)]


def _gains(study: Study, task: str) -> _Gains:
    """Cross-stitch minus one-task, of the classes that were trained on and have a figure in every seed."""
    rows = study.row("cross_stitch"), study.row("one_task")
    ours, theirs = (_per_class(study, row, task) for row in rows)
    seeds = [seed for seed in ours if seed in theirs]
    tables = [table[seed] for seed in seeds for table in (ours, theirs)]
    if not tables:
        raise Missing(f"it has no figures by class of {task}")
    first = tables[0]
    if any((t.names, t.train_count) != (first.names, first.train_count) for t in tables):
        raise Missing(f"its runs do not tell of the same classes of {task}")
    known = np.array(first.train_count) > 0
    for table in tables:
        known &= np.isfinite(_values(table))
    counts = np.where(known, first.train_count, -1)
    order = np.argsort(counts, kind="stable")[np.count_nonzero(~known) :]
    gains = {seed: (_values(ours[seed]) - _values(theirs[seed]))[order] for seed in seeds}
    return _Gains(f"{study.label(rows[0])} against {study.label(rows[1])}", gains)


def _per_class(study: Study, row: str, task: str) -> dict[int, _PerClass]:
    found = {}
    for seed, run in study.runs(row, task).items():
        if task not in run.results:
            continue
        try:
            table = _PerClass.model_validate(run.results[task].details.get("per_class"))
        except ValidationError:
            raise Missing(f"its figures of {task} are not by class") from None
        if len({len(table.names), len(table.value), len(table.train_count)}) > 1:
            raise Missing(f"its figures by class of {task} do not fit together")
        found[seed] = table
    return found


def _values(table: _PerClass) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in table.value], dtype=np.float64)

"""What is taken for what: confusion matrices of one-task and stitched rows as heat maps, and what changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from stitchkit.report.colours import BLUE, VERMILLION
from stitchkit.report.drawing import draw
from stitchkit.report.rows import counterpart, of_type
from stitchkit.report.run_files import Floats
from stitchkit.report.section import Drawing, Group, Section
from stitchkit.report.wording import listed, number, plural, shortened, within
from stitchkit.results import Results, RunRecord

_UNFOLDED = 1  # stitched row; maps of further ones are there to unfold
_FEW = 12  # classes, up to which maps stand side by side
_CELL = 0.15  # inches; leaves room for the name of each class


@dataclass(frozen=True)
class _Counts:
    """Counts [K, K], row: true class, column: predicted class; classes from the rarest in training."""

    counts: Floats
    names: tuple[str, ...]
    kind: str

    @property
    def shares(self) -> Floats:
        """Of each true class [K, K]; NaN for a class that does not occur."""
        with np.errstate(invalid="ignore"):
            return self.counts / self.counts.sum(axis=1, keepdims=True)

    @property
    def right(self) -> float:
        """Mean over the classes that occur of the share that is right."""
        return float(np.nanmean(np.diag(self.shares)))


def confusion(results: Results) -> Section | None:
    """Heat maps of each task that counts what is taken for what; None where no task does."""
    groups = tuple(
        group
        for task in results.tasks
        for place, row in enumerate(of_type(results, "cross_stitch"))
        if (group := _group(results, task, row, folded=place >= _UNFOLDED)) is not None
    )
    if not groups:
        return None
    text = (
        "Rows are true classes, columns predicted ones, both from the rarest in the training data to the "
        "most frequent. The stronger the colour of a cell, the larger its share of the true class, all seeds "
        "together; what is right stands on the diagonal. In a difference, orange is more and blue is less."
    )
    return Section("confusion", "Confusion", text, groups)


def _group(results: Results, task: str, row: str, folded: bool) -> Group | None:
    base = counterpart(results, row)
    if base is None or base == row:
        return None
    ours, theirs = (_by_seed(results.runs_of(name), task) for name in (row, base))
    seeds = [s for s in ours if s in theirs and len({m.names for m in (*ours.values(), theirs[s])}) == 1]
    if not seeds:
        return None
    before, after = _sum([theirs[seed] for seed in seeds]), _sum([ours[seed] for seed in seeds])
    old, new = (results.rows[name].label for name in (base, row))
    return Group(
        f"{task}: {within(new)} and {within(old)}",
        (
            _map(old, before.names, before.shares),
            _map(new, after.names, after.shares),
            _map(f"{new} minus {within(old)}", after.names, after.shares - before.shares, change=True),
        ),
        "medium" if len(before.names) <= _FEW else "wide",
        summary=f"Share that is right, mean over the {plural(before.kind)}: {within(old)} "
        f"{number(100 * before.right, '%')} %, {within(new)} {number(100 * after.right, '%')} %.",
        folded=folded,
    )


def _by_seed(runs: Sequence[RunRecord], task: str) -> dict[int, _Counts]:
    of = {run.seed: _counts(run.results[task].details) for run in runs if task in run.results}
    return {seed: counts for seed, counts in of.items() if counts is not None}


def _counts(details: dict[str, Any]) -> _Counts | None:
    """None where a task counts no confusion, or reports it in its own way."""
    try:
        counts = np.array(details["confusion"], dtype=np.float64)
    except (KeyError, TypeError, ValueError):
        return None
    size = len(counts) if counts.ndim else 0
    if counts.shape != (size, size) or not counts.any() or not (counts >= 0).all():
        return None
    classes = details.get("per_class")
    known = classes if isinstance(classes, dict) else {}
    names, train = known.get("names", ()), known.get("train_count", ())
    if not len(names) == len(train) == size:
        names, train = range(size), range(size)
    order = np.argsort(train, kind="stable")
    kind = str(known.get("kind", "class"))
    return _Counts(counts[np.ix_(order, order)], tuple(str(names[i]) for i in order), kind)


def _sum(of_seeds: Sequence[_Counts]) -> _Counts:
    first = of_seeds[0]
    return _Counts(np.sum([each.counts for each in of_seeds], axis=0), first.names, first.kind)


def _map(title: str, names: Sequence[str], shares: Floats, change: bool = False) -> Drawing:
    """A heat map; the strongest colour is 100 %, or the largest change."""
    strongest = float(np.nanmax(np.abs(shares))) or 1.0 if change else 1.0
    labels = [shortened(name) for name in names]

    def paint(axes: Axes) -> None:
        above, below = (to_rgb(colour) for colour in ((VERMILLION, BLUE) if change else (BLUE, BLUE)))
        colours = np.where((shares > 0)[..., None], above, below)
        strength = np.abs(np.nan_to_num(shares)) / strongest  # as opacity: any background shows
        axes.imshow(np.concatenate([colours, strength[..., None]], axis=-1), interpolation="none")
        axes.set_xticks(range(len(labels)), labels, rotation=90)
        axes.set_yticks(range(len(labels)), labels)
        axes.tick_params(length=0, labelsize=8)
        axes.grid(visible=False)
        axes.spines[["top", "right"]].set_visible(True)

    scale = f"±{number(100 * strongest, '%')} points" if change else "100 %"
    side, beside = _CELL * max(len(labels), _FEW), 0.2 + 0.067 * max(map(len, labels))
    size, margins = (side + beside + 0.1, side + beside + 0.1), (beside, beside, 0.1, 0.1)
    return draw(paint, f"{title} (strongest colour: {scale})", _words(title, names, shares), size, margins)


def _words(title: str, names: Sequence[str], shares: Floats) -> str:
    """The largest shares off the diagonal."""
    off = np.nan_to_num(shares) * ~np.eye(len(names), dtype=bool)
    cells = [divmod(int(cell), len(names)) for cell in np.argsort(-np.abs(off), axis=None, kind="stable")[:3]]
    most = (
        f"{names[true]} taken for {names[said]}, {number(100 * off[true, said], '%')} %"
        for true, said in cells
        if off[true, said]
    )
    return f"{title}: shares of each true class by predicted class. Largest off the diagonal: {listed(most)}."

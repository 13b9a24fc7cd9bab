"""What a method with candidates tried, each against one-task: the paper's Figure 2."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from stitchkit.report.blocks import DIVERGED
from stitchkit.report.colours import INK, looks
from stitchkit.report.drawing import draw
from stitchkit.report.rows import candidates_of, counterpart, headline, ordered
from stitchkit.report.section import Drawing, Group, Key, Section
from stitchkit.report.wording import MISSING, change_unit, listed, number
from stitchkit.results import Difference, Results

_FAINT = 0.4  # opacity of what was not picked


def splits(results: Results) -> Section | None:
    """Each candidate minus one-task, in the order of the recipe; None where no method has candidates."""
    groups = tuple(g for name in ordered(results) if (g := _group(results, name)) is not None)
    if not groups:
        return None
    only_splits = all(row.type == "split" for row in results.rows.values() if row.candidate)
    text = (
        "Bars are means over the seeds, dots single seeds, lines the 95 % intervals of a paired bootstrap "
        "over test images. The test split has no say in which candidate is picked: that is the one with "
        "the best mean gain over one-task (Δm) on validation frames, shown last."
    )
    if only_splits:
        text = f"A layer is the first that is each task's own; all before it is shared. {text}"
    title = "Split at each layer" if only_splits else "Candidates"
    return Section("candidates", title, text, groups)


@dataclass(frozen=True)
class _Tried:
    """The candidates of a row, in their order."""

    results: Results
    row: str
    base: str
    names: list[str]

    @property
    def layers(self) -> list[str]:
        return [self.results.rows[name].candidate for name in self.names]

    @property
    def colour(self) -> str:
        return looks(self.results)[self.row].colour

    @property
    def crowded(self) -> bool:
        return len(self.layers) > 5 or max(map(len, self.layers)) > 9


def _group(results: Results, row: str) -> Group | None:
    base, names = counterpart(results, row), candidates_of(results, row)
    if base is None or not names:
        return None
    tried = _Tried(results, row, base, names)
    drawings = (*(_test(tried, task) for task in results.tasks), _validation(tried))
    return Group(
        results.rows[row].label,
        tuple(drawing for drawing in drawings if drawing is not None),
        "medium",
        (Key("picked on validation frames", tried.colour, "box"), Key("others", tried.colour, "faint")),
        _order(tried),
    )


def _order(tried: _Tried) -> str:
    if tried.results.rows[tried.row].type != "split":
        return f"Candidates: {listed(tried.layers)}."
    return f"From the least shared ({tried.layers[0]}) to the most ({tried.layers[-1]})."


def _test(tried: _Tried, task: str) -> Drawing | None:
    metric = headline(tried.results, task)
    if metric is None:
        return None
    found = [tried.results.difference(name, tried.base, task, metric.name) for name in tried.names]
    title = f"{task}: {metric.label} minus one-task"
    axis = f"{change_unit(metric.unit)} {'↑' if metric.higher_is_better else '↓'}".lstrip()
    return _bars(tried, title, [d.mean if d else None for d in found], metric.unit, axis, found)


def _validation(tried: _Tried) -> Drawing | None:
    means = [tried.results.rows[name].validation_delta_m for name in tried.names]
    return _bars(tried, "Δm on validation frames", means, "%", "% ↑")


def _bars(
    tried: _Tried,
    title: str,
    means: Sequence[float | None],
    unit: str,
    axis: str,
    found: Sequence[Difference | None] = (),
) -> Drawing | None:
    """A bar for each candidate; with what is known of the certainty of each, where that is given."""
    if all(mean is None for mean in means):
        return None

    def paint(axes: Axes) -> None:
        for place, (name, mean) in enumerate(zip(tried.names, means, strict=True)):
            _bar(axes, place, mean, tried, name)
        for place, difference in enumerate(found):
            if difference is not None:
                _certainty(axes, place, difference)
        axes.axhline(0, color=INK, linewidth=0.8)
        rotation, side = (30, "right") if tried.crowded else (0, "center")
        axes.set_xticks(range(len(means)), tried.layers, rotation=rotation, ha=side)
        axes.tick_params(axis="x", length=0)
        axes.grid(visible=False, axis="x")
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlim(-0.6, len(means) - 0.4)
        axes.margins(y=0.1)
        axes.set_ylabel(axis)

    said = (f"{layer} {number(m, unit, sign=True)}" for layer, m in zip(tried.layers, means, strict=True))
    below = 0.75 if tried.crowded else 0.32
    return draw(paint, title, f"{title}: {', '.join(said)}.", (3.9, 2.1 + below), (0.62, below, 0.14, 0.1))


def _bar(axes: Axes, place: int, mean: float | None, tried: _Tried, name: str) -> None:
    if mean is None:
        word = DIVERGED if tried.results.rows[name].diverged else MISSING
        axes.annotate(word, (place, 0), ha="center", va="bottom", rotation=90, fontsize=8)
    else:
        picked = name == tried.results.rows[tried.row].picked
        axes.bar(place, mean, 0.7, color=tried.colour, alpha=1.0 if picked else _FAINT)


def _certainty(axes: Axes, place: int, found: Difference) -> None:
    if found.low is not None and found.high is not None:
        axes.plot((place, place), (found.low, found.high), color=INK, linewidth=1.3)
    beside = [place + 0.18] * len(found.seeds)
    axes.plot(beside, found.seeds, "o", color=INK, markersize=2.6, alpha=0.75)

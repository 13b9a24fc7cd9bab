"""Differences between rows: how large, and whether they can be told from chance."""

from collections.abc import Sequence

from stitchkit.report.blocks import BETTER, WORSE
from stitchkit.report.colours import Look, looks
from stitchkit.report.points import LEGEND, Point, draw_points
from stitchkit.report.rows import counterpart, headline, of_type, trained
from stitchkit.report.section import Drawing, Group, Listing, Section
from stitchkit.report.wording import MISSING, change_unit, number, reading, within
from stitchkit.results import Difference, MetricInfo, Results

_UNFOLDED = 2  # stitched rows; comparisons of further ones are there to unfold

_Pairs = Sequence[tuple[str, str]]  # a row, and the row that it is compared with


def differences(results: Results) -> Section | None:
    """Every trained row against one-task, and every stitched row against all others; None without any."""
    names, stitched = trained(results), of_type(results, "cross_stitch")
    against = [(n, base) for n in names if (base := counterpart(results, n)) and base != n]
    groups = [_group(results, "Against one-task", against)]
    for place, name in enumerate(stitched):
        others = [(name, other) for other in names if other != name]
        heading = f"{results.rows[name].label} against all others"
        groups.append(_group(results, heading, others, by_other=True, folded=place >= _UNFOLDED))
    kept = tuple(group for group in groups if group is not None)
    if not kept:
        return None
    return Section("differences", "Differences", _text(results), kept, LEGEND)


def _text(results: Results) -> str:
    text = "Differences are between runs of the same seed, averaged over the seeds. "
    if not results.resamples:
        return f"{text}The study asked for no resamples, so there are no intervals."
    return (
        f"{text}Intervals are percentiles of a paired bootstrap over test images ({results.resamples:,} "
        "resamples): they tell how much a difference depends on the images that happen to be in the test "
        "split, not how much it depends on the seed. For that, look at the ticks."
    )


def _group(
    results: Results, heading: str, pairs: _Pairs, by_other: bool = False, folded: bool = False
) -> Group | None:
    """None without differences; ``by_other`` labels each with the second row of its pair."""
    drawings = [d for task in results.tasks if (d := _drawing(results, task, pairs, by_other)) is not None]
    if not drawings:
        return None
    return Group(heading, tuple(drawings), "medium", listing=_listing(results, heading, pairs), folded=folded)


def _drawing(results: Results, task: str, pairs: _Pairs, by_other: bool) -> Drawing | None:
    metric = headline(results, task)
    if metric is None:
        return None
    found = {
        pair[by_other]: d for pair in pairs if (d := results.difference(*pair, task, metric.name)) is not None
    }
    if not found:
        return None
    look, unit = looks(results), f" ({change_unit(metric.unit)})" if metric.unit else ""
    said = "; ".join(f"{results.rows[name].label} {_words(d, metric)}" for name, d in found.items())
    title, towards = f"{task}: {metric.label}", "right" if metric.higher_is_better else "left"
    return draw_points(
        [_point(results, name, look[name], d) for name, d in found.items()],
        title,
        f"Differences of {title}: {said}.",
        f"difference{unit}, better to the {towards}",
        line_at=0.0,
    )


def _point(results: Results, name: str, look: Look, found: Difference) -> Point:
    label, seeds = results.rows[name].label, tuple(found.seeds)
    return Point(label, found.mean, seeds, look.colour, found.low, found.high, filled=found.certain)


def _words(found: Difference, metric: MetricInfo) -> str:
    mean = _change(found.mean, metric)
    return f"{mean} [{_interval(found, metric)}]" if found.low is not None else mean


def _change(value: float, metric: MetricInfo) -> str:
    """One decimal more than figures have, so that limits near zero show on which side they lie."""
    return number(value, metric.unit, sign=True, finer=1)


def _interval(found: Difference, metric: MetricInfo) -> str:
    if found.low is None or found.high is None:
        return MISSING
    return f"{_change(found.low, metric)} to {_change(found.high, metric)}"


def _listing(results: Results, heading: str, pairs: _Pairs) -> Listing:
    """Every figure of every pair, with the differences of single seeds."""
    rows = [
        _line(results, task, metric, row, against, found)
        for task, info in results.tasks.items()
        for metric in info.metrics
        for row, against in pairs
        if (found := results.difference(row, against, task, metric.name))
    ]
    columns = ("Task", "Figure", "Row", "Minus", "Difference", "95 % interval", "", "Each seed")
    return Listing(f"{heading}: all figures and seeds", columns, tuple(rows), names=4)


def _line(
    results: Results, task: str, metric: MetricInfo, row: str, against: str, found: Difference
) -> tuple[str, ...]:
    better = (found.mean > 0) == metric.higher_is_better
    return (
        task,
        f"{metric.label} {reading(metric.unit, metric.higher_is_better)}",
        results.rows[row].label,
        within(results.rows[against].label),
        _change(found.mean, metric),
        _interval(found, metric),
        (BETTER if better else WORSE) if found.certain else "",
        ", ".join(_change(seed, metric) for seed in found.seeds),
    )

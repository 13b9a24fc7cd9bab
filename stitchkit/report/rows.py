"""Which rows of a study belong together, in which order they stand, and what each is compared with."""

from collections.abc import Iterable
from itertools import takewhile

from stitchkit.report.wording import spelled
from stitchkit.results import MetricInfo, Results, Summary

UNTRAINED = "constant"  # method of the row with which nothing is trained


def ordered(results: Results) -> list[str]:
    """Names of the rows of the table; those of one method, as the points of a sweep are, stand together."""
    shown = results.shown()
    methods = methods_of(results, shown)
    return sorted(shown, key=lambda name: methods.index(results.rows[name].method))


def methods_of(results: Results, names: Iterable[str]) -> list[str]:
    """The methods of some rows, each once, in their order."""
    return list(dict.fromkeys(results.rows[name].method for name in names))


def of_type(results: Results, plugin: str) -> list[str]:
    """Rows of the table whose method is of this plugin, as ``"cross_stitch"`` is of rows with any unit."""
    return [name for name in ordered(results) if results.rows[name].type == plugin]


def trained(results: Results) -> list[str]:
    """Rows of the table with which something is trained."""
    return [name for name in ordered(results) if results.rows[name].method != UNTRAINED]


def counterpart(results: Results, name: str, plugin: str = "one_task") -> str | None:
    """The row of a plugin that another is to be compared with: one whose swept keys have the same values.

    Args:
        results: Of the study.
        name: Of any row.
        plugin: Type of the row that is wanted.

    Returns:
        None where the study has none. A row of the plugin is its own counterpart.
    """
    given = results.rows[name].settings
    fitting = [o for o in of_type(results, plugin) if results.rows[o].settings.items() <= given.items()]
    if name in fitting:
        return name
    return max(fitting, key=lambda other: len(results.rows[other].settings), default=None)


def candidates_of(results: Results, name: str) -> list[str]:
    """All candidates of a row that stands for one of them; none of other rows."""
    row = results.rows[name]
    alike = [n for n, r in results.rows.items() if (r.method, r.settings) == (row.method, row.settings)]
    return [n for n in alike if results.rows[n].candidate] if row.picked else []


def row_label(results: Results, name: str) -> str:
    """The label of a row, with a word on seeds that diverged while others did not."""
    row, seeds = results.rows[name], len(results.seeds)
    some = 0 < len(row.diverged) < seeds
    return f"{row.label} ({len(row.diverged)} of {seeds} seeds diverged)" if some else row.label


def method_label(results: Results, method: str) -> str:
    """What the labels of all rows of a method begin with: "Cross-stitch" of "Cross-stitch, same=0.5"."""
    labels = [row.label.split() for row in results.rows.values() if row.method == method]
    common = [words[0] for words in takewhile(lambda words: len(set(words)) == 1, zip(*labels, strict=False))]
    return " ".join(common).rstrip(",") or spelled(method)


def headline(results: Results, task: str) -> MetricInfo | None:
    """The first figure of a task; None of a task without figures."""
    return next(iter(results.tasks[task].metrics), None)


def figure(results: Results, name: str, task: str, metric: str) -> Summary | None:
    """A figure of a row; None where the row has none."""
    return results.rows[name].figures.get(task, {}).get(metric)

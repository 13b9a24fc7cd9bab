"""The runs of a study as a table, as plain data and as a graph."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from stitchkit.study.plan import Plan
    from stitchkit.study.store import Store

_UNFOLDED = 10_000  # columns: nothing is folded on its way to a file or a pipe

Facts = dict[str, Any]


def wide() -> Console:
    """A console as wide as the terminal, or, where there is none, as any line; [words] are words to it."""
    return Console(
        width=None if sys.stdout.isatty() else _UNFOLDED, highlight=False, markup=False, emoji=False
    )


def titled(title: str, words: str) -> Text:
    """What a study is called, and a few words on it."""
    return Text.assemble((title or "study", "bold"), ": ", words)


def runs(plan: "Plan", store: "Store", seconds: Mapping[str, float | None]) -> list[Facts]:
    """Facts on each run, after those that it starts from.

    Args:
        plan: Of the study.
        store: Of its runs.
        seconds: That runs to be done may take, by their keys.

    Returns:
        ``key``, ``row``, ``method``, ``tasks``, ``seed``, ``iterations``, ``starts`` (keys), ``finished`` and
        ``seconds``, None where it is done or not known.
    """
    names = plan.names()
    return [
        {
            "key": run.key,
            "row": names[run.key],
            "method": run.type,
            "tasks": list(run.tasks),
            "seed": run.seed,
            "iterations": run.iterations,
            "starts": [start.key for start in run.starts],
            "finished": store.finished(run),
            "seconds": seconds.get(run.key),
        }
        for run in plan.runs
    ]


def table(found: Sequence[Facts]) -> Table:
    """A line for each run; times only where one is known."""
    from stitchkit.report.wording import MISSING, duration

    timed = any(run["seconds"] is not None for run in found)
    by_key = {run["key"]: run for run in found}
    right = {"seed", "iterations", "time (h:m:s)"}
    shown = Table(box=None, pad_edge=False)
    for heading in ("run", "tasks", "seed", "iterations", "starts from", "", *(["time (h:m:s)"] * timed)):
        shown.add_column(heading, justify="right" if heading in right else "left")
    for run in found:
        starts = dict.fromkeys(_start(by_key[key], run["seed"]) for key in run["starts"])
        words = [run["row"], ", ".join(run["tasks"]), str(run["seed"])]
        words += [f"{run['iterations']:,}" if run["iterations"] else MISSING, ", ".join(starts) or MISSING]
        time = MISSING if run["seconds"] is None else duration(run["seconds"])
        shown.add_row(*words, _state(run), *([time] * timed))
    return shown


def ahead(found: Sequence[Facts]) -> Facts:
    """What is still to be done: ``runs``, ``iterations``, and ``seconds`` where they are known of all."""
    left = [run for run in found if run["iterations"] and not run["finished"]]
    known = [run["seconds"] for run in left if run["seconds"] is not None]
    return {
        "runs": len(left),
        "iterations": sum(run["iterations"] for run in left),
        "seconds": sum(known) if len(known) == len(left) else None,
    }


def ahead_in_words(left: Facts) -> str:
    """One line: ``"to do: 4 runs, 140,000 iterations, about 1:20:00"``."""
    from stitchkit.report.wording import duration

    if not left["runs"]:
        return "to do: nothing is left to train"
    words = f"to do: {left['runs']} run{'s' * (left['runs'] > 1)}, {left['iterations']:,} iterations"
    return words if left["seconds"] is None else f"{words}, about {duration(left['seconds'])} (h:m:s)"


def mermaid(found: Sequence[Facts]) -> str:
    """The graph of runs in the language of Mermaid, arrows from each run to those that start from it."""
    place = {run["key"]: f"run{index}" for index, run in enumerate(found)}
    lines = ["graph LR"]
    for run in found:
        words = [run["row"], ", ".join(run["tasks"]), f"seed {run['seed']}"]
        words += [f"{run['iterations']:,} iterations"] if run["iterations"] else []
        text = "<br>".join(word.replace('"', "#quot;") for word in words)
        lines.append(f'  {place[run["key"]]}["{text}"]')
        lines += [f"  {place[start]} --> {place[run['key']]}" for start in run["starts"]]
    return "\n".join(lines)


def _start(run: Facts, seed: int) -> str:
    return run["row"] if run["seed"] == seed else f"{run['row']} (seed {run['seed']})"


def _state(run: Facts) -> str:
    if not run["iterations"]:
        return "nothing to train"
    return "done before" if run["finished"] else "to do"

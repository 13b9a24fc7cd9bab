"""The report: one HTML page that holds its figures and pictures and asks the network for nothing."""

import shlex
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from stitchkit.errors import InputError
from stitchkit.files import write_text
from stitchkit.report.alphas import sorted_alphas
from stitchkit.report.blocks import BETTER
from stitchkit.report.colours import css_colour
from stitchkit.report.confusion import confusion
from stitchkit.report.curves import alpha_curves, training_curves
from stitchkit.report.differences import differences
from stitchkit.report.per_class import per_class
from stitchkit.report.pictures import frames
from stitchkit.report.rows import method_label, methods_of, ordered
from stitchkit.report.run_files import runs_of
from stitchkit.report.splits import splits
from stitchkit.report.sweeps import sweeps
from stitchkit.report.table import table
from stitchkit.report.wording import MISSING, duration, listed, within
from stitchkit.results import Results, RunRecord

_FILE = "report.html"


def write_report(results: Results, folder: Path) -> Path:
    """Write ``report.html`` beside ``results.json``; a reader never sees half a page.

    What a run has not left (alphas, pictures, history) is named on the page and left out.

    Args:
        results: Of the study.
        folder: Where ``results.json`` lies; the runs' folders are relative to it.

    Returns:
        The path of the page.

    Raises:
        InputError: ``folder`` does not exist, or cannot be written to.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder that holds results.json")
    path, page = folder / _FILE, _render(results, folder)
    try:
        write_text(path, page)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); check its permissions") from error
    return path


def _render(results: Results, folder: Path) -> str:
    runs = runs_of(results, folder)
    environment = Environment(
        loader=PackageLoader("stitchkit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": duration, "css_colour": css_colour}
    sections = (
        differences(results),
        splits(results),
        sweeps(results),
        per_class(results),
        confusion(results),
        sorted_alphas(runs),
        alpha_curves(runs),
        training_curves(results, runs),
    )
    return environment.get_template("report.html.j2").render(
        results=results,
        table=table(results),
        compared=_compared(results),
        tasks=listed(results.tasks),
        command=_command(results),
        sections=[section for section in sections if section is not None],
        frames=frames(results, runs),
        runs=_runs(results),
        better=BETTER,
        missing=MISSING,
    )


def _command(results: Results) -> str:
    """How to run the study again."""
    words = ["stitchkit", "run", results.path or f"{results.recipe}.yaml", *results.overrides]
    if results.profile != "default":
        words += ["--profile", results.profile]
    return shlex.join(words)


def _compared(results: Results) -> str:
    names = ordered(results)
    methods = [method_label(results, method) for method in methods_of(results, names)]
    first, *others = methods or [""]
    return listed([first, *map(within, others)])


def _runs(results: Results) -> list[tuple[str, str, RunRecord]]:
    """Label, tasks and record of every run, those of candidates too, in the order of the rows."""
    names = list(results.rows)
    return [
        (results.rows[run.row].label, ", ".join(run.task_order), run)
        for run in sorted(results.runs, key=lambda run: names.index(run.row))
    ]

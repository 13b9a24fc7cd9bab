"""The report: one HTML page that holds its figures and pictures and asks the network for nothing."""

import shlex
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from stitchkit.errors import InputError
from stitchkit.files import write_text
from stitchkit.report.alphas import sorted_alphas
from stitchkit.report.curves import alpha_curves, training_curves
from stitchkit.report.drawing import css_colour
from stitchkit.report.per_class import per_class
from stitchkit.report.pictures import frames
from stitchkit.report.run_files import Run, runs_of
from stitchkit.report.table import table
from stitchkit.report.wording import MISSING, duration, in_order, listed, method_name
from stitchkit.results import Results

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
    environment.filters |= {"duration": duration, "method_name": method_name, "css_colour": css_colour}
    return environment.get_template("report.html.j2").render(
        results=results,
        table=table(results),
        compared=_sentence(listed(method_name(method).lower() for method in in_order(results.methods))),
        tasks=listed(results.tasks),
        command=_command(results),
        sections=[
            per_class(results),
            sorted_alphas(runs),
            alpha_curves(runs),
            training_curves(results, runs),
        ],
        frames=frames(results, runs),
        runs=[(run.record, _tasks(run)) for run in runs],
        missing=MISSING,
    )


def _command(results: Results) -> str:
    """How to run the study again."""
    words = ["stitchkit", "run", results.path or f"{results.recipe}.yaml", *results.overrides]
    if results.profile != "default":
        words += ["--profile", results.profile]
    return shlex.join(words)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tasks(run: Run) -> str:
    return ", ".join(run.record.task_order)

"""A study from beginning to end: plan, runs, results, table, report."""

from collections.abc import Callable
from pathlib import Path

from stitchkit.files import write_text
from stitchkit.recipe import dump
from stitchkit.recipe.schema import Loaded
from stitchkit.report import markdown, write_report
from stitchkit.results import Results
from stitchkit.study.execute import execute, measure, rehearse
from stitchkit.study.materials import gather_all
from stitchkit.study.plan import Plan, plan
from stitchkit.study.store import Store
from stitchkit.study.summary import summarise


def run_study(
    loaded: Loaded,
    out: Path,
    *,
    resume: bool = True,
    announce: Callable[[Plan, Store], None] = lambda *_: None,
) -> tuple[Results, Path]:
    """Do what a recipe says; what was done before, by this or another study, is taken as it is.

    Args:
        loaded: The recipe.
        out: Folder of all studies. Runs go to ``out/networks/``, this study's results to
            ``out/<recipe>/<profile>/``.
        resume: Go on with unfinished runs from their last checkpoint; otherwise they start afresh.
        announce: Told the plan before the first run.

    Raises:
        TrainingDiverged: A loss is no longer finite, and nothing is swept; in a sweep that is a result.

    Returns:
        The results, and the folder that holds ``results.json``, ``table.md``, ``report.html`` and
        ``recipe.yaml``, the recipe with every default filled in.
    """
    store = Store(out)
    planned = plan(loaded, gather_all(loaded.variants, store))
    announce(planned, store)
    rehearse(planned, store)
    names, measured = planned.names(), {run.key for run in planned.measured}
    evaluations = {}
    for run in planned.runs:
        materials, row = planned.materials[run.key], names[run.key]
        execute(run, materials, store, row=row, resume=resume, tolerant=planned.swept)
        if run.key in measured:
            evaluations[run.key] = measure(run, materials, store, row=row)
    folder = out / loaded.name / loaded.profile
    results = summarise(loaded, planned, evaluations, store, folder)
    write_text(folder / "recipe.yaml", dump(loaded.recipe, folder))
    write_text(folder / "results.json", results.model_dump_json(indent=1))
    write_text(folder / "table.md", markdown(results))
    write_report(results, folder)
    return results, folder

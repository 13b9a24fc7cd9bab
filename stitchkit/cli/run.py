"""``stitchkit run``: do what a recipe says."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from stitchkit.cli import complete
from stitchkit.cli.examples import examples

if TYPE_CHECKING:
    from stitchkit.study.plan import Plan
    from stitchkit.study.store import Store


def _recipe_path(given: Path) -> Path:
    from stitchkit.recipe.shipped import recipe_path

    return recipe_path(given)


RecipePath = Annotated[
    Path,
    typer.Argument(
        help="The recipe: a YAML file, or the name of one that comes with stitchkit.",
        show_default=False,
        callback=_recipe_path,
        autocompletion=complete.recipes,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Changes to the recipe, for example training.lr=0.01."),
]
Profile = Annotated[str, typer.Option(help="One of the recipe's profiles.", autocompletion=complete.profiles)]
Trust = Annotated[
    bool, typer.Option("--trust", help="Import and run the code that the recipe names (python:...).")
]
Out = Annotated[Path, typer.Option(help="Folder for runs and results.")]


@examples(
    "stitchkit run recipes/nyu_alexnet.yaml --profile sample",
    "stitchkit run recipes/nyu_alexnet.yaml --profile small seeds=[0,1,2]",
    "stitchkit run recipes/nyu_alexnet.yaml methods.cross_stitch.unit.same=0.5 --out runs/half",
)
def run(
    recipe: RecipePath,
    overrides: Overrides = None,
    profile: Profile = "default",
    out: Out = Path("runs"),
    resume: Annotated[
        bool, typer.Option(help="Go on with interrupted runs from their last checkpoint.")
    ] = True,
    trust: Trust = False,
) -> None:
    """Train, measure and compare what a recipe names.

    Finished runs are never trained twice: the same command again prints the same table.
    """
    from stitchkit.recipe import load
    from stitchkit.report import print_table
    from stitchkit.study.study import run_study
    from stitchkit.training.hooks import TrainingDiverged

    loaded = load(recipe, profile, overrides or [], trust=trust)
    console = Console()
    try:
        results, folder = run_study(loaded, out, resume=resume, announce=print_plan)
    except TrainingDiverged as error:
        print(f"stitchkit: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print("stitchkit: interrupted; the same command goes on from the last checkpoint", file=sys.stderr)
        raise typer.Exit(130) from None
    console.print()
    print_table(results, console)
    console.print()
    say(console, "report", folder / "report.html")
    say(console, "results", folder / "results.json")
    say(console, "networks", out / "networks")


def print_plan(plan: "Plan", store: "Store") -> None:
    """Say what the data is and which runs there are, before the first begins."""
    materials, console = plan.materials[plan.runs[0].key], Console()
    recipe = materials.recipe
    title = recipe.title or "study"
    console.print(
        f"[bold]{title}[/bold]: {recipe.data.type}, {len(materials.train)} frames to train on, "
        f"{len(materials.test)} to test on",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False)
    for heading in ("run", "tasks", "seed", "iterations", ""):
        table.add_column(heading, justify="right" if heading in ("seed", "iterations") else "left")
    names = plan.names()
    for run in plan.runs:
        if run.iterations:
            state = "done before" if store.finished(run) else "to do"
            table.add_row(names[run.key], ", ".join(run.tasks), str(run.seed), f"{run.iterations:,}", state)
    console.print(table)


def say(console: Console, what: str, path: Path) -> None:
    """One line that names a file, never wrapped, so that it can be copied."""
    console.print(f"{what:>8}  {path}", highlight=False, markup=False, soft_wrap=True)

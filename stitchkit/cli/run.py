"""``stitchkit run``: do what a recipe says."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from stitchkit.cli import complete
from stitchkit.cli.examples import examples
from stitchkit.cli.planned import runs, table, titled, wide

if TYPE_CHECKING:
    from stitchkit.study.plan import Plan
    from stitchkit.study.store import Store


def _recipe_path(given: Path) -> Path:
    from stitchkit.recipe.shipped import recipe_path

    return recipe_path(given)


def _load_plugins(context: typer.Context, files: list[Path] | None) -> list[Path] | None:
    from stitchkit.plugins import load_file

    if not context.resilient_parsing:  # as when a shell completes a word: then nothing runs
        with redirect_stdout(sys.stderr):  # a file that prints must not spoil what a program reads
            for file in files or ():
                load_file(file)
    return files


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
    bool,
    typer.Option("--trust", help="Import and run the code that the recipe names (plugins:, python:...)."),
]
PluginFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin",
        metavar="FILE.py",
        help="Run a Python file that registers plugins first; may be given again.",
        show_default=False,
        is_eager=True,
        callback=_load_plugins,
    ),
]
Time = Annotated[bool, typer.Option("--time", help="Time a few steps of each network, to tell how long.")]
Out = Annotated[Path, typer.Option(help="Folder for runs and results.")]


@examples(
    "stitchkit run recipes/nyu_alexnet.yaml --profile sample",
    "stitchkit run recipes/nyu_alexnet.yaml --profile small seeds=[0,1,2]",
    "stitchkit run recipes/nyu_alexnet.yaml methods.cross_stitch.unit.same=0.5 --out runs/half",
    "stitchkit run my_study.yaml --plugin my_task.py training.track=[wandb]",
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
    plugin: PluginFiles = None,
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
    materials, console = plan.materials[plan.runs[0].key], wide()
    recipe = materials.recipe
    counts = f"{len(materials.train)} frames to train on, {len(materials.test)} to test on"
    console.print(titled(recipe.title, f"{recipe.data.type}, {counts}"))
    console.print(table(runs(plan, store, {})))


def say(console: Console, what: str, path: Path) -> None:
    """One line that names a file, never wrapped, so that it can be copied."""
    console.print(f"{what:>8}  {path}", highlight=False, markup=False, soft_wrap=True)

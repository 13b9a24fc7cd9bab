"""``stitchkit recipes``: the studies that come with stitchkit."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from stitchkit.cli import complete
from stitchkit.cli.examples import examples
from stitchkit.cli.recipe_keys import keys
from stitchkit.cli.run import Profile, Trust, say

Name = Annotated[
    str,
    typer.Argument(
        help="As in the list; its last part will do.",
        show_default=False,
        autocompletion=complete.shipped_recipes,
    ),
]
EPILOG = """Examples:

`stitchkit recipes`

`stitchkit recipes --json`

`stitchkit run paper/table5_nyu --profile sample`
"""

_UNFOLDED = 10_000  # columns: nothing is folded on its way to a file or a pipe

recipes = typer.Typer(
    help="List the recipes that come with stitchkit; show or copy one.",
    invoke_without_command=True,
    epilog=EPILOG,
)


@recipes.callback()
def list_recipes(
    context: typer.Context,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON list of objects: name, title, profiles, path. For programs."),
    ] = False,
) -> None:
    """List the recipes that come with stitchkit, show or copy one.

    `stitchkit run NAME` takes a name in the place of a path.
    """
    from stitchkit.recipe.shipped import shipped

    if context.invoked_subcommand is not None:
        return
    found = shipped().values()
    if as_json:
        facts = [
            {"name": one.name, "title": one.title, "profiles": one.profiles, "path": str(one.path)}
            for one in found
        ]
        print(json.dumps(facts, indent=1))
        return
    table = Table("name", "title", "profiles", box=None, pad_edge=False)
    for one in found:
        table.add_row(one.name, one.title, ", ".join(one.profiles))
    Console(width=None if sys.stdout.isatty() else _UNFOLDED).print(table)


@examples(
    "stitchkit recipes show paper/table5_nyu",
    "stitchkit recipes show table5_nyu --whole --profile sample",
)
def show(
    name: Name,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="With its bases, the profile and every default filled in."),
    ] = False,
    profile: Profile = "default",
    trust: Trust = False,
) -> None:
    """Print a recipe: its file, comments included, or all of it in force."""
    from stitchkit.recipe.shipped import named

    path = named(name).path
    if whole or profile != "default":
        from stitchkit.recipe import dump, load

        text = dump(load(path, profile, trust=trust).recipe)
    else:
        text = path.read_text(encoding="utf-8")
    console = Console()
    if console.is_terminal:
        console.print(Syntax(text, "yaml", background_color="default"))
    else:
        print(text, end="")


@examples(
    "stitchkit recipes copy nyu_alexnet",
    "stitchkit recipes copy paper/table5_nyu --to studies/mine.yaml",
)
def copy(
    name: Name,
    to: Annotated[
        Path | None,
        typer.Option(help="File to write, or a folder.", show_default="a file of its name in this folder"),
    ] = None,
) -> None:
    """Copy a recipe to edit it, with the recipes that it is laid over. Nothing is ever overwritten."""
    from stitchkit.recipe import shipped

    recipe = shipped.named(name)
    to = to or Path(recipe.path.name)
    own, *bases = shipped.copy(recipe, to / recipe.path.name if to.is_dir() else to)
    console = Console()
    say(console, "recipe", own)
    for base in bases:
        say(console, "base", base)
    if bases:
        console.print("A recipe is laid over its base: keep them in one folder.", highlight=False)


for command in (show, copy, keys):
    recipes.command(epilog=vars(command)["epilog"], no_args_is_help=command is not keys)(command)

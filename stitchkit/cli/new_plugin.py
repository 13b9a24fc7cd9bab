"""``stitchkit new-plugin``: a plugin to begin with."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from stitchkit.cli.examples import examples
from stitchkit.skeletons import Kind

_UNFOLDED = 10_000  # columns: nothing is folded on its way to a file or a pipe


@examples(
    "stitchkit new-plugin street-scenes --kind dataset",
    "stitchkit new-plugin roughness --kind task --to ~/plugins",
)
def new_plugin(
    name: Annotated[
        str,
        typer.Argument(
            help="Of its distribution: street-scenes is the package street_scenes.", show_default=False
        ),
    ],
    kind: Annotated[Kind, typer.Option(help="What it adds to stitchkit.", show_default=False)],
    to: Annotated[Path, typer.Option(help="Folder to make the plugin's folder in.")] = Path(),
) -> None:
    """Write a small plugin that works, with tests that pass, to be changed into your own.

    Recipes call it by the name of its package; a leading `stitchkit-` is left out. Nothing is overwritten.
    """
    from stitchkit.skeletons.writing import write

    folder = write(name, kind, to.expanduser())
    console = Console(width=None if sys.stdout.isatty() else _UNFOLDED)
    console.print(_tree(folder, str(folder)), highlight=False)
    console.print()
    for command in (
        f"cd {shlex.quote(str(folder))} && pip install -e '.[test]'",
        "pytest",
        "stitchkit run recipe.yaml",
    ):
        console.print(f"  {command}", highlight=False, markup=False, soft_wrap=True)


def _tree(folder: Path, label: str) -> Tree:
    tree = Tree(Text(label))
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_file(), path.name)):
        tree.add(_tree(path, f"{path.name}/") if path.is_dir() else Text(path.name))
    return tree

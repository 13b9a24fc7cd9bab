"""``stitchkit recipes keys``: what may stand in a recipe."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stitchkit.cli.examples import examples

if TYPE_CHECKING:
    from stitchkit.recipe.described import Key

_UNFOLDED = 10_000  # columns: nothing is folded on its way to a file or a pipe


@examples(
    "stitchkit recipes keys",
    "stitchkit recipes keys training.augment",
    "stitchkit recipes keys methods cross_stitch",
)
def keys(
    block: Annotated[
        str, typer.Argument(help="A block, for example training.augment.", show_default="the whole recipe")
    ] = "",
    plugin: Annotated[
        str | None, typer.Argument(help="A type that may stand there, for its own keys.", show_default=False)
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="A list of objects: name, type, default, meaning. For programs."),
    ] = False,
) -> None:
    """List the keys of a recipe's block: what may stand there, the default and what it means."""
    from stitchkit.recipe.described import described

    found = described(_model(block, plugin))
    if as_json:
        print(json.dumps([asdict(key) for key in found], indent=1))
    else:
        _print(found)


def _model(block: str, plugin: str | None) -> Any:
    """The schema's class of a block, or the plugin's of its options; raises `InputError` for any other."""
    from stitchkit.errors import InputError, unknown
    from stitchkit.plugins import find
    from stitchkit.recipe.described import blocks
    from stitchkit.recipe.outline import is_plugin_block
    from stitchkit.recipe.schema import Recipe

    found: Any = Recipe
    for key in filter(None, block.split(".")):
        inside = {path[0]: each for path, each in blocks(found)}
        if key not in inside:
            raise unknown("block of a recipe", key, map(str, inside))
        found = inside[key]
    if plugin is None:
        return found
    if not is_plugin_block(found):
        raise InputError(f"no plugin fills {block or 'a whole recipe'}; leave out {plugin!r}")
    find(found.kind, plugin)  # an unknown one is named with the closest
    return found.model_construct(type=plugin).config()


def _print(keys: "list[Key]") -> None:
    table = Table("key", "what", "default", "meaning", box=None, pad_edge=False)
    for key in keys:
        default = "required" if key.default is None else key.default
        table.add_row(*(Text(cell.replace("`", "")) for cell in (key.name, key.type, default, key.meaning)))
    Console(width=None if sys.stdout.isatty() else _UNFOLDED).print(table)

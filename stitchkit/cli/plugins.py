"""``stitchkit plugins``: what is installed."""

import json
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stitchkit.cli.examples import examples
from stitchkit.cli.run import PluginFiles

if TYPE_CHECKING:
    from stitchkit.plugins import Kind, Plugin


@examples("stitchkit plugins", "stitchkit plugins tasks", "stitchkit plugins backbones --json")
def plugins(
    kind: Annotated[
        str | None,
        typer.Argument(
            help="tasks, datasets, samplers, proposals, units, backbones or methods.", show_default="all"
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="A list of objects: kind, name, distribution, version, summary, status."),
    ] = False,
    plugin: PluginFiles = None,
) -> None:
    """List the plugins, what each is and which distribution it comes from.

    Each is imported and checked. A broken one is listed with its cause and stops no other, and as the list is
    complete all the same, the exit code is 0.
    """
    from stitchkit.plugins import announced

    with redirect_stdout(sys.stderr):  # a plugin that prints when it is imported must not spoil the list
        found = announced(cast("Kind | None", kind), details=True)
    if as_json:
        print(json.dumps([asdict(plugin) for plugin in found], indent=2))
    else:
        _print(found)


def _print(plugins: "list[Plugin]") -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("kind", "name", "distribution", "version"):
        table.add_column(heading, no_wrap=True)
    table.add_column("")
    for plugin in plugins:
        words = map(Text, (plugin.kind, plugin.name, plugin.distribution, plugin.version))
        table.add_row(*words, Text("broken", style="red") if plugin.status else Text(plugin.summary))
    console = Console()
    if not console.is_terminal:
        console.width = 10_000  # nothing is folded on its way to a file or a pipe
    console.print(table)
    for plugin in plugins:
        if plugin.status:
            console.print(plugin.status, highlight=False, markup=False, soft_wrap=True)

"""``stitchkit plugins``: what is installed."""

from rich.console import Console
from rich.table import Table

from stitchkit.cli.examples import examples


@examples("stitchkit plugins")
def plugins() -> None:
    """List tasks, data sets, units and backbones, and which distribution each comes from."""
    from stitchkit.plugins import announced

    table = Table("kind", "name", "distribution", box=None, pad_edge=False)
    for kind, name, distribution in announced():
        table.add_row(kind, name, distribution)
    Console().print(table)

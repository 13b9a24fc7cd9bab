"""``stitchkit report``: the table and the page again, from what a study left."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stitchkit.cli.examples import examples
from stitchkit.cli.run import say


@examples("stitchkit report runs/nyu_alexnet/sample")
def report(
    folder: Annotated[Path, typer.Argument(help="Folder that holds results.json.", show_default=False)],
) -> None:
    """Print a finished study's table and write its report anew."""
    from stitchkit.report import print_table, write_report
    from stitchkit.results import results_in

    results = results_in(folder)
    console = Console()
    print_table(results, console)
    say(console, "report", write_report(results, folder))

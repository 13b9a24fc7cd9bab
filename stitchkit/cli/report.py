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
    from pydantic import ValidationError

    from stitchkit.errors import InputError
    from stitchkit.report import print_table, write_report
    from stitchkit.results import Results

    path = folder / "results.json"
    if not path.is_file():
        raise InputError(f"{path} does not exist; give the folder that `stitchkit run` named at its end")
    try:
        results = Results.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        what = ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]]))
        raise InputError(f"{path} is not a study's results ({what}); run the recipe again") from None
    console = Console()
    print_table(results, console)
    say(console, "report", write_report(results, folder))

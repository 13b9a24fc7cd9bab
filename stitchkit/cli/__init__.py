"""The command line. Each command is one file and imports torch only when it runs."""

import sys

import typer

from stitchkit.cli.check import check
from stitchkit.cli.claims import claims
from stitchkit.cli.completion import completion
from stitchkit.cli.data import data
from stitchkit.cli.export import export
from stitchkit.cli.new_plugin import new_plugin
from stitchkit.cli.plan import plan
from stitchkit.cli.plugins import plugins
from stitchkit.cli.predict import predict
from stitchkit.cli.recipes import recipes
from stitchkit.cli.report import report
from stitchkit.cli.run import run
from stitchkit.cli.taps import taps
from stitchkit.errors import InputError

app = typer.Typer(
    name="stitchkit",
    help="Cross-stitch networks for multi-task learning, for any backbone and any tasks.",
    epilog="Exit codes: 0 all went well, 1 the run failed, 2 the input is to be mended.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for command in (run, check, plan, taps, plugins, report, claims, predict, export, new_plugin, completion):
    app.command(epilog=vars(command)["epilog"], no_args_is_help=command is not plugins)(command)
app.add_typer(data, name="data")
app.add_typer(recipes, name="recipes")


def main() -> None:
    """Run the command line; what the user can mend is said in one line, without a traceback."""
    try:
        app(prog_name="stitchkit")
    except InputError as error:
        _say(str(error), 2)
    except OSError as error:
        _say(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 1)


def _say(message: str, code: int) -> None:
    for line in message.splitlines():
        print(f"stitchkit: {line}", file=sys.stderr)
    sys.exit(code)

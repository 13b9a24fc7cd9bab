"""``stitchkit data``: bring a data set into the layout that stitchkit reads."""

from contextlib import ExitStack
from typing import Annotated, Any

import typer
from rich.console import Console

from stitchkit.cli.run import say

data = typer.Typer(help="Prepare data sets.", no_args_is_help=True)

PREPARE_HELP = """Convert a data set's official files.

The options after the name are the data set's own; those that are missing or unknown are named.
An interrupted conversion goes on where it stopped.
"""

EPILOG = """Examples:

`stitchkit data prepare nyuv2 --from nyu_depth_v2_labeled.mat --splits splits.mat --classes FILE`

`stitchkit data prepare nyuv2 --from FILE --splits FILE --classes FILE --normals DIR --out data/nyuv2`

`stitchkit data prepare voc2008 --devkit VOCdevkit --attributes attribute_data`
"""


@data.callback()
def _group() -> None:
    """Keep ``prepare`` a command of its own."""


@data.command(
    help=PREPARE_HELP,
    epilog=EPILOG,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def prepare(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the data set.", show_default=False)],
) -> None:
    """Convert a data set's official files."""
    from pydantic import ValidationError

    from stitchkit.errors import InputError
    from stitchkit.plugins import find
    from stitchkit.progress import Advance, progress

    dataset = find("datasets", name)
    if not hasattr(dataset, "prepare"):
        raise InputError(f"data set {name!r} needs no preparation")
    try:
        options = dataset.Prepare.model_validate(_options(context.args))
    except ValidationError as error:
        known = ", ".join(f"--{field.alias or key}" for key, field in dataset.Prepare.model_fields.items())
        problems = "; ".join(f"--{'.'.join(map(str, e['loc']))}: {e['msg'].lower()}" for e in error.errors())
        sources = getattr(dataset.Prepare, "sources", "")
        raise InputError(
            f"data prepare {name}: {problems}; its options are {known}{'; ' if sources else ''}{sources}"
        ) from None

    with ExitStack() as stack:
        bar: Advance | None = None

        def advance(done: int, total: int, what: str) -> None:
            nonlocal bar
            if bar is None:  # only now is the total known, and what an earlier attempt has done
                bar = stack.enter_context(progress(f"prepare {name}", total, done))
            bar(done, what)

        folder = dataset.prepare(options, advance)
    say(Console(), "data", folder)


def _options(words: list[str]) -> dict[str, Any]:
    from stitchkit.errors import InputError

    options: dict[str, Any] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        key, has_value, value = word.partition("=")
        if not key.startswith("--"):
            raise InputError(f"data prepare: unexpected {word!r}; options are written --name value")
        if not has_value:
            if not rest:
                raise InputError(f"data prepare: {key} lacks a value")
            value = rest.pop(0)
        options[key.removeprefix("--").replace("-", "_")] = value
    return options

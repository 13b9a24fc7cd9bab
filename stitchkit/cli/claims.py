"""``stitchkit claims``: what the paper says, held against what ran."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stitchkit.cli.examples import examples


@examples(
    "stitchkit claims runs",
    "stitchkit claims runs --profile small",
    "stitchkit claims runs/table5_nyu/small --json",
)
def claims(
    folder: Annotated[
        Path, typer.Argument(help="Folder of a study, or of studies (--out of run).", show_default=False)
    ],
    profile: Annotated[
        str | None, typer.Option(help="Only studies of this profile.", show_default="all")
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON list, an object for each claim and profile. For programs."),
    ] = False,
) -> None:
    """Hold the paper's claims against finished studies: which hold, which do not, which cannot be told.

    What is not certain is never counted against a claim, and never for it.
    """
    from stitchkit.claims import CLAIMS, as_object, hold, print_claims, studies_in

    judged = {
        name: [hold(claim, studies, name) for claim in CLAIMS]
        for name, studies in studies_in(folder, profile).items()
    }
    if as_json:
        print(json.dumps([as_object(one) for of_profile in judged.values() for one in of_profile], indent=1))
    else:
        print_claims(judged, Console())

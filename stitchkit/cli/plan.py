"""``stitchkit plan``: what a recipe would train, and in which order."""

import json
from pathlib import Path
from typing import Annotated

import typer

from stitchkit.cli.examples import examples
from stitchkit.cli.planned import ahead, ahead_in_words, mermaid, runs, table, wide
from stitchkit.cli.run import Out, Overrides, PluginFiles, Profile, RecipePath, Time, Trust


@examples(
    "stitchkit plan nyu_alexnet --profile small",
    "stitchkit plan paper/table5_nyu --profile sample --time",
    "stitchkit plan nyu_alexnet --profile sample --mermaid > plan.mmd",
)
def plan(
    recipe: RecipePath,
    overrides: Overrides = None,
    profile: Profile = "default",
    out: Out = Path("runs"),
    time: Time = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object: recipe, profile, runs, to_do. For programs.")
    ] = False,
    as_mermaid: Annotated[
        bool, typer.Option("--mermaid", help="The graph of runs, to be drawn by Mermaid.")
    ] = False,
    trust: Trust = False,
    plugin: PluginFiles = None,
) -> None:
    """Print the graph of runs: what each starts from, what was done before, how long the rest may take.

    Times are known where a run of the same kind is finished in the folder, or with `--time`. Nothing is
    trained.
    """
    from stitchkit.recipe import load
    from stitchkit.study.estimate import networks, seconds
    from stitchkit.study.materials import gather_all
    from stitchkit.study.plan import plan as planned_by
    from stitchkit.study.store import Store

    loaded, store = load(recipe, profile, overrides or [], trust=trust), Store(out)
    planned = planned_by(loaded, gather_all(loaded.variants, store))
    known = networks(planned, store, timed=True) if time else {}
    found = runs(planned, store, seconds(planned, store, known))
    if as_json:
        facts = {"recipe": str(recipe), "profile": profile, "runs": found, "to_do": ahead(found)}
        print(json.dumps(facts, indent=1))
    elif as_mermaid:
        print(mermaid(found))
    else:
        console = wide()
        console.print(table(found))
        console.print(ahead_in_words(ahead(found)))

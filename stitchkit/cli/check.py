"""``stitchkit check``: find every mistake in a recipe before anything trains."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from stitchkit.cli.examples import examples
from stitchkit.cli.run import Out, Overrides, Profile, RecipePath, Trust, print_plan


@examples(
    "stitchkit check recipes/nyu_alexnet.yaml --profile small",
    "stitchkit check recipes/nyu_alexnet.yaml --profile sample methods.cross_stitch.taps=[pools]",
)
def check(
    recipe: RecipePath,
    overrides: Overrides = None,
    profile: Profile = "default",
    out: Out = Path("runs"),
    trust: Trust = False,
) -> None:
    """Check a recipe: its keys, its data, its networks and taps. Nothing is trained."""
    from stitchkit.recipe import load
    from stitchkit.study.execute import alphas, build
    from stitchkit.study.materials import gather_all
    from stitchkit.study.plan import plan
    from stitchkit.study.store import Store

    loaded = load(recipe, profile, overrides or [], trust=trust)
    store = Store(out)
    planned = plan(loaded, gather_all(loaded.variants, store))
    print_plan(planned, store)
    table = Table("network", "parameters", "units", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    names = planned.names()
    for run in planned.runs:
        if run.seed == loaded.recipe.seeds[0] and run.iterations:
            network = build(run, planned.materials[run.key], store, trained_starts=False)
            words = ", ".join(f"{tap} {list(alpha.shape)}" for tap, alpha in alphas(network).items())
            count = sum(parameter.numel() for parameter in network.parameters())
            table.add_row(f"{names[run.key]} {'+'.join(run.tasks)}", f"{count:,}", words)
    Console().print(table)
    print(f"{recipe}: profile {profile!r} is in order")

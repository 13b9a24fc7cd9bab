"""``stitchkit check``: find every mistake in a recipe before anything trains, and tell what it will take."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from stitchkit.cli.examples import examples
from stitchkit.cli.planned import Facts, ahead, ahead_in_words, runs, table, titled, wide
from stitchkit.cli.run import Out, Overrides, PluginFiles, Profile, RecipePath, Time, Trust

if TYPE_CHECKING:
    from stitchkit.study.estimate import Network


@examples(
    "stitchkit check recipes/nyu_alexnet.yaml --profile small",
    "stitchkit check recipes/nyu_alexnet.yaml --profile sample methods.cross_stitch.taps=[pools] --time",
    "stitchkit check nyu_alexnet --profile sample --json",
)
def check(
    recipe: RecipePath,
    overrides: Overrides = None,
    profile: Profile = "default",
    out: Out = Path("runs"),
    time: Time = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object: data, networks, taps, runs, to_do. For programs."),
    ] = False,
    trust: Trust = False,
    plugin: PluginFiles = None,
) -> None:
    """Check a recipe: its keys, its data, its networks and taps. Nothing is trained.

    Every network is built and its loss computed once, so whatever would stop a run stops this command.
    """
    from stitchkit.recipe import load
    from stitchkit.study.estimate import networks, seconds
    from stitchkit.study.inventory import inventory
    from stitchkit.study.materials import gather_all
    from stitchkit.study.plan import plan
    from stitchkit.study.store import Store

    loaded, store = load(recipe, profile, overrides or [], trust=trust), Store(out)
    materials = gather_all(loaded.variants, store)
    planned = plan(loaded, materials)
    known = networks(planned, store, timed=time)
    found, names = runs(planned, store, seconds(planned, store, known)), planned.names()
    facts = {
        "recipe": str(recipe),
        "title": loaded.recipe.title,
        "profile": profile,
        "data": inventory(materials[0]),
        "networks": [_network(names[network.run.key], network) for network in known.values()],
        "taps": [tap for network in known.values() for tap in _taps(names[network.run.key], network)],
        "runs": found,
        "to_do": ahead(found),
    }
    if as_json:
        print(json.dumps(facts, indent=1))
    else:
        _print(facts)


def _network(row: str, network: "Network") -> Facts:
    return {
        "row": row,
        "tasks": list(network.run.tasks),
        "parameters": network.parameters,
        "flops": network.flops,
        "memory": network.memory,
        "step_seconds": network.step,
    }


def _taps(row: str, network: "Network") -> list[Facts]:
    return [
        {
            "row": row,
            "tap": tap.name,
            "maps": {name: {"tap": at, "shape": list(shape)} for name, (at, shape) in tap.maps.items()},
            "unit": tap.unit,
            "alpha": tap.alpha and list(tap.alpha),
            "parameters": tap.parameters,
        }
        for tap in network.taps
    ]


def _print(facts: Facts) -> None:
    data, console = facts["data"], wide()
    console.print(titled(facts["title"], data["type"]))
    tables = [_data(data), _truth(data), table(facts["runs"]), _networks(facts["networks"])]
    for shown in [*tables, *([_stitched(facts["taps"])] if facts["taps"] else [])]:
        console.print(shown)
        console.print()
    if data["limits"]:
        console.print(f"limits of the data: {data['limits']}")
    console.print(ahead_in_words(facts["to_do"]))
    console.print(f"{facts['recipe']}: profile {facts['profile']!r} is in order", soft_wrap=True)


def _data(data: Facts) -> Table:
    size = data["size"]
    seen = "as they are" if size is None else _by(size) if isinstance(size, list) else _sides(size)
    shown = _table("frames to train on", "to validate on", "to test on", "of size", "networks see")
    shown.add_row(*(f"{data[key]:,}" for key in ("train", "validation", "test")), _by(data["frame"]), seen)
    return shown


def _truth(data: Facts) -> Table:
    shown = _table("ground truth", "kind", "classes", "tasks", "source")
    for name, target in data["targets"].items():
        count = str(target["classes"] or "")
        shown.add_row(name, target["kind"], count, ", ".join(target["tasks"]), target["source"])
    return shown


def _networks(networks: Sequence[Facts]) -> Table:
    timed = any(network["step_seconds"] is not None for network in networks)
    headings = ("network", "tasks", "parameters", "GFLOPs an image", "GB a training step")
    shown = _table(*headings, *(["seconds a step"] * timed), right=2)
    for network in networks:
        memory = "unknown" if network["memory"] is None else f"{network['memory'] / 1e9:.3f}"
        words = [network["row"], ", ".join(network["tasks"]), f"{network['parameters']:,}"]
        words += [f"{network['flops'] / 1e9:.3f}", memory]
        shown.add_row(*words, *([f"{network['step_seconds']:.3f}"] if timed else []))
    return shown


def _stitched(taps: Sequence[Facts]) -> Table:
    tasks = list(dict.fromkeys(task for tap in taps for task in tap["maps"]))
    shown = _table("stitched", "tap", *tasks, "unit", "alpha", "parameters")
    for tap in taps:
        maps = [_map(tap["maps"].get(task), tap["tap"]) for task in tasks]
        alpha = _by(tap["alpha"]) if tap["alpha"] else "none"
        shown.add_row(tap["row"], tap["tap"], *maps, tap["unit"], alpha, f"{tap['parameters']:,}")
    return shown


def _map(of_task: Facts | None, tap: str) -> str:
    if of_task is None:
        return "takes no part"
    shape = _by(of_task["shape"])
    return shape if of_task["tap"] == tap else f"{of_task['tap']} {shape}"


def _sides(size: Facts) -> str:
    return f"shorter side {size['shorter']}, longer up to {size['longer']}"


def _by(sides: Sequence[int]) -> str:
    return "x".join(map(str, sides))


def _table(*headings: str, right: int | None = None) -> Table:
    """A table; columns from ``right`` on hold numbers."""
    shown = Table(box=None, pad_edge=False)
    for index, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if right is not None and index >= right else "left")
    return shown

"""What the networks of a study cost, found out before any of them is trained, and how long that may take."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from torch import nn

from stitchkit.cost import parameters
from stitchkit.data import carve
from stitchkit.graph.given import Given
from stitchkit.keys import digest
from stitchkit.methods import Run
from stitchkit.networks import StitchedNet
from stitchkit.study.assemble import assemble, prediction_flops
from stitchkit.study.execute import build, device, example_of
from stitchkit.study.materials import Materials
from stitchkit.study.plan import Plan, kind
from stitchkit.study.store import Store
from stitchkit.training.probe import likely_memory, step_seconds
from stitchkit.training.tracking import require
from stitchkit.training.train import optim_wrapper
from stitchkit.units import MixingUnit


@dataclass(frozen=True)
class StitchedTap:
    """One tap of a stitched network.

    Attributes:
        name: Of the unit.
        maps: By network that takes part: what it calls the tap, and the shape of its map for one image.
        unit: The unit's class.
        alpha: Shape of alpha [C or 1, N, N]; None for a unit without.
        parameters: Of the unit.
    """

    name: str
    maps: Mapping[str, tuple[str, tuple[int, ...]]]
    unit: str
    alpha: tuple[int, ...] | None
    parameters: int


@dataclass(frozen=True)
class Network:
    """What is known of a network before it is trained; runs of one `kind` have the same.

    Attributes:
        run: The first that has it.
        parameters: Number of parameters.
        flops: Floating-point operations of predicting every task for one image.
        memory: Bytes that a step of training will hold; None where it cannot be known.
        step: Seconds of a step here; None where it was not timed.
        taps: Where it is stitched.
    """

    run: Run
    parameters: int
    flops: int
    memory: int | None
    step: float | None
    taps: tuple[StitchedTap, ...]


def networks(plan: Plan, store: Store, *, timed: bool = False) -> dict[str, Network]:
    """Every network that a study trains, by `kind`. Nothing is written, and of no step anything is kept.

    Args:
        plan: Of the study.
        store: Of its runs.
        timed: Whether to time some steps of each; those of networks of one form are timed once.

    Raises:
        InputError: A tap or a unit does not fit the networks, frames do not fit into a mini-batch, or what is
            to track runs is not installed.
    """
    found: dict[str, Network] = {}
    spent: dict[str, tuple[int, int | None, float | None]] = {}  # by form
    for run in plan.runs:
        if not run.iterations or kind(run) in found:
            continue
        materials = plan.materials[run.key]
        require(materials.recipe.training.track)
        network = build(run, materials, store, trained_starts=False)
        stitched = _taps(network, materials)
        form = _form(run, network, materials)
        if form not in spent:
            spent[form] = _spent(run, network.to(device()), materials, timed)
        found[kind(run)] = Network(run, parameters(network), *spent[form], stitched)
    return found


def seconds(plan: Plan, store: Store, known: Mapping[str, Network]) -> dict[str, float | None]:
    """Seconds that each run still to be done may take, by its key; None where nothing tells.

    Args:
        plan: Of the study.
        store: Of its runs: how long one of the same kind took, whoever began it, tells if no step was timed.
        known: From `networks`; may be empty.
    """
    steps = {name: network.step for name, network in known.items() if network.step is not None}
    for run in plan.runs:
        if run.iterations and kind(run) not in steps and store.finished(run):
            facts = store.facts(run)
            if facts.get("diverged") is None:
                steps[kind(run)] = facts["seconds"] / run.iterations
    return {
        run.key: steps[kind(run)] * run.iterations if kind(run) in steps else None
        for run in plan.runs
        if run.iterations and not store.finished(run)
    }


def total(values: Iterable[float | None]) -> float | None:
    """The sum; None where a part of it is not known."""
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)


def _spent(
    run: Run, network: nn.Module, materials: Materials, timed: bool
) -> tuple[int, int | None, float | None]:
    """Operations, memory and, if it is to be timed, seconds of a step."""
    training = materials.recipe.training
    ready = assemble(run, materials, network)
    operations = prediction_flops(network, ready.model.tasks, materials)
    indices, _ = carve(materials.train, training.validation.fraction)
    wrapper = optim_wrapper(
        ready.groups, optimizer=training.optimizer, momentum=training.momentum, clip_norm=training.clip_norm
    )
    probed = (ready.model, ready.samples, indices)
    memory = likely_memory(*probed, wrapper.optimizer, batch=training.batch, seed=run.seed)
    if not timed:
        return operations, memory, None
    seconds = step_seconds(
        *probed,
        wrapper,
        batch=training.batch,
        seed=run.seed,
        workers=training.workers,
        cached=training.cache,
    )
    return operations, memory, seconds


def _form(run: Run, network: nn.Module, materials: Materials) -> str:
    """The same for networks that cost the same, as those that differ in a learning rate."""
    recipe = materials.recipe
    shapes = {name: list(value.shape) for name, value in network.state_dict().items()}
    alike = {"data", "proposals", "tasks", "sampler", "backbone"}
    how = {"size", "batch", "optimizer", "momentum", "clip_norm", "validation", "workers", "cache"}
    blocks = recipe.model_dump(mode="json", include=alike)
    return digest([run.tasks, shapes, blocks, recipe.training.model_dump(mode="json", include=how)])


def _taps(network: nn.Module, materials: Materials) -> tuple[StitchedTap, ...]:
    if not isinstance(network, StitchedNet):
        return ()
    given = Given.of((dict(network.nets.items()),), example_of(materials))
    shapes = {name: {tap.name: tap.shape for tap in given.taps(name)} for name in network.nets}
    return tuple(
        StitchedTap(
            name=name,
            maps={net: (tap, tuple(shapes[net][tap] or ())) for net, tap in network.taps[name].items()},
            unit=type(unit).__name__,
            alpha=tuple(unit.alpha.shape) if isinstance(unit, MixingUnit) else None,
            parameters=parameters(unit),
        )
        for name, unit in network.units.items()
    )

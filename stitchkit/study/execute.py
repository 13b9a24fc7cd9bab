"""Doing one run: build its network, train it, measure it."""

import functools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from stitchkit.cost import parameters
from stitchkit.data import carve
from stitchkit.evaluation import NetworkPredictor, evaluate
from stitchkit.keys import digest
from stitchkit.methods import Bench, Run
from stitchkit.networks import StitchedNet
from stitchkit.recipe.schema import Recipe
from stitchkit.results import TaskResult
from stitchkit.study.assemble import assemble, prediction_flops
from stitchkit.study.materials import Materials
from stitchkit.study.plan import Plan, kind
from stitchkit.study.store import Store
from stitchkit.training.hooks import TrainingDiverged
from stitchkit.training.tracking import require
from stitchkit.training.train import freshly_seeded, train, unpack
from stitchkit.units import MixingUnit


def device() -> torch.device:
    """The accelerator if there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def execute(
    run: Run,
    materials: Materials,
    store: Store,
    *,
    row: str,
    resume: bool = True,
    tolerant: bool = False,
) -> None:
    """Train a run, unless that was done before; an interrupted one goes on where it stopped.

    Args:
        run: After those that it starts from.
        materials: Of the run.
        store: Keeps it.
        row: What it is called while it trains.
        resume: Go on from the last checkpoint; otherwise an unfinished run starts afresh.
        tolerant: Note that training diverged, as a result of the run, instead of raising.

    Raises:
        TrainingDiverged: A loss is no longer finite.
    """
    with store.locked(run):
        if store.finished(run):
            return
        if not resume:
            store.forget_checkpoints(run)
        try:
            _train(run, materials, store, row)
        except TrainingDiverged as error:
            if not tolerant:
                raise
            store.save(run, {}, {}, {"seconds": 0.0, "parameters": 0, "diverged": error.iteration})


def rehearse(plan: Plan, store: Store) -> None:
    """Build each kind of network once, so that a mistake shows before anything trains.

    Raises:
        InputError: A tap or a unit does not fit the networks, or what is to track runs is not installed.
    """
    to_do = [run for run in plan.runs if run.iterations and not store.finished(run)]
    for run in to_do:
        require(plan.materials[run.key].recipe.training.track)
    for run in {kind(run): run for run in to_do}.values():
        build(run, plan.materials[run.key], store, trained_starts=False)


def build(run: Run, materials: Materials, store: Store, *, trained_starts: bool = True) -> nn.Module:
    """The run's network as training starts from it, or, without ``trained_starts``, one of the same form.

    Networks of one seed share their random start across tasks, as networks that start from the same
    ImageNet weights do, so that a channel means the same in all of them until training parts them.
    """
    networks = {}
    for name in run.tasks:
        task = materials.tasks[name]
        networks[name] = freshly_seeded(run.seed, functools.partial(task.network, materials.backbone))
        for start in run.starts:
            if trained_starts and start.tasks == (name,):
                networks[name].load_state_dict(store.network(start))
    return freshly_seeded(run.seed, lambda: run.method.build(run, networks, example_of(materials)))


def _train(run: Run, materials: Materials, store: Store, row: str) -> None:
    if broken := [start for start in run.starts if store.facts(start).get("diverged") is not None]:
        raise TrainingDiverged(f"{run.name} begins with {broken[0].name}, whose training diverged", 0)
    if run.iterations == 0:
        store.save(run, {}, {}, {"seconds": 0.0, "parameters": 0})
        return
    recipe, folder = materials.recipe, store.folder(run)
    training, where = recipe.training, device()
    tasks = {name: materials.tasks[name] for name in run.tasks}
    network = build(run, materials, store).to(where)
    indices, held_out = carve(materials.train, training.validation.fraction)
    if training.workers:
        materials.frames.fill(indices, "read training frames")

    def validate() -> dict[str, float]:
        predictor = NetworkPredictor(network, tasks, materials.backbone.preprocess, where)
        measured = evaluate(
            predictor,
            tasks,
            materials.train,
            indices=held_out,
            size=training.size,
            batch=recipe.evaluation.batch,
        )
        return {
            f"validation.{name}.{metric}": value
            for name, metrics in measured.items()
            for metric, value in metrics.compute().items()
        }

    ready = assemble(run, materials, network)
    memory = train(
        ready.model,
        ready.samples,
        indices,
        ready.groups,
        folder=folder,
        name=f"{row}: {' + '.join(run.tasks)} (seed {run.seed})",
        iterations=run.iterations,
        batch=training.batch,
        seed=run.seed,
        optimizer=training.optimizer,
        momentum=training.momentum,
        schedule=training.schedule,
        step_after=training.step_after,
        clip_norm=training.clip_norm,
        workers=training.workers,
        log_every=training.log_every,
        checkpoint_every=training.checkpoint_every,
        alphas=lambda: _mean_alphas(network),
        validate=validate if held_out else None,
        validate_every=training.validation.every,
        track=training.track,
        config=_told(run, recipe, row),
    )
    history = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    store.save(
        run,
        unpack(network.state_dict()),
        unpack(alphas(network)),
        {
            "seconds": history[-1]["seconds"],
            "parameters": parameters(network),
            "flops": prediction_flops(network, tasks, materials),
            "memory": memory,
            "validation": _validation(history, run.tasks),
        },
    )


def _told(run: Run, recipe: Recipe, row: str) -> dict[str, Any]:
    """What is told of a run where it is tracked."""
    return {
        "row": row,
        "method": run.type,
        "tasks": list(run.tasks),
        "seed": run.seed,
        "iterations": run.iterations,
        "key": run.key,
        "recipe": recipe.model_dump(mode="json", exclude={"plugins", "sweep", "published", "seeds"}),
    }


def _validation(history: Sequence[Mapping[str, Any]], tasks: Sequence[str]) -> dict[str, dict[str, float]]:
    """Figures on the validation frames at the end of training, by task; empty without such frames."""
    last = history[-1]
    figures: dict[str, dict[str, float]] = {}
    for task in tasks:
        prefix = f"validation.{task}."
        found = {name.removeprefix(prefix): value for name, value in last.items() if name.startswith(prefix)}
        if found:
            figures[task] = found
    return figures


def alphas(network: nn.Module) -> dict[str, Tensor]:
    """Each tap's alpha [C or 1, N, N] over all N networks; empty for a network without units.

    A network that takes no part at a tap goes on with its own map: its row and column are the identity's.
    """
    if not isinstance(network, StitchedNet):
        return {}
    names = list(network.nets)
    found = {}
    for tap, unit in network.units.items():
        if isinstance(unit, MixingUnit):
            alpha = unit.alpha.detach()
            at = torch.tensor([names.index(name) for name in network.taps[tap]], device=alpha.device)
            whole = torch.eye(len(names)).to(alpha).repeat(len(alpha), 1, 1)
            whole[:, at[:, None], at] = alpha
            found[tap] = whole
    return found


def _mean_alphas(network: nn.Module) -> dict[str, float]:
    if not isinstance(network, StitchedNet):
        return {}
    return {
        f"alpha.{tap}.{kind}": float(mean())
        for tap, unit in network.units.items()
        if isinstance(unit, MixingUnit)
        for kind, mean in (("same", unit.same_task), ("different", unit.different_task))
    }


def measure(run: Run, materials: Materials, store: Store, *, row: str) -> dict[str, TaskResult]:
    """Results of a finished run on the test split, by task; none where training diverged.

    They are measured once; ``row`` is what the run is called meanwhile.
    """
    if store.facts(run).get("diverged") is not None:
        return {}
    key = _protocol(materials)
    with store.locked(run):
        results = store.evaluation(run, key)
        if results is None:
            results = _measure(run, materials, store, row)
            store.save_evaluation(run, key, results)
    return {name: TaskResult.model_validate(result) for name, result in results.items()}


def _protocol(materials: Materials) -> str:
    evaluation = materials.recipe.evaluation.model_dump(exclude={"batch", "resamples"})
    return digest({"data": materials.test.fingerprint, "evidence": 1, **evaluation})


def _measure(run: Run, materials: Materials, store: Store, row: str) -> dict[str, Any]:
    recipe = materials.recipe

    def trained(finished: Run) -> nn.Module:
        network = build(finished, materials, store, trained_starts=False)
        network.load_state_dict(store.network(finished))
        return network

    bench = Bench(materials.tasks, materials.backbone.preprocess, device(), trained)
    count = len(materials.test)
    measured = evaluate(
        run.method.predictor(run, bench),
        {name: materials.tasks[name] for name in run.tasks},
        materials.test,
        indices=range(count if recipe.evaluation.limit is None else min(count, recipe.evaluation.limit)),
        size=recipe.training.size,
        batch=recipe.evaluation.batch,
        workers=recipe.training.workers,
        pictures=store.folder(run) / "pictures",
        picture_count=recipe.evaluation.pictures,
        description=f"test {row}: {' + '.join(run.tasks)} (seed {run.seed})",
    )
    for name, metrics in measured.items():
        store.save_evidence(run, name, metrics.per_image())
    return {
        name: {"metrics": _without_nan(metrics.compute()), "details": metrics.details()}
        for name, metrics in measured.items()
    }


def _without_nan(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in figures.items()}


def example_of(materials: Materials) -> dict[str, Tensor]:
    """Inputs of a study's networks by name: one empty image of its size, and what its sampler adds."""
    image = materials.frames[0]["image"].as_subclass(Tensor)
    return {"image": torch.zeros(1, *image.shape), **materials.sampler.example()}

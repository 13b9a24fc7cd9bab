"""Doing one run: build its network, train it, measure it."""

import functools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from stitchkit.cost import flops, parameters
from stitchkit.data import CollateAlike, EvaluationSamples, TrainingSamples, augmentation, carve
from stitchkit.evaluation import NetworkPredictor, evaluate
from stitchkit.keys import digest
from stitchkit.methods import Bench, Run
from stitchkit.networks import StitchedNet
from stitchkit.results import TaskResult
from stitchkit.study.materials import Materials
from stitchkit.study.plan import Plan
from stitchkit.study.store import Store
from stitchkit.tasks import Task
from stitchkit.training.groups import parameter_groups
from stitchkit.training.hooks import TrainingDiverged
from stitchkit.training.model import MultiTaskModel
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
        InputError: A tap or a unit does not fit the networks.
    """
    kinds = {}
    for run in plan.runs:
        if run.iterations and not store.finished(run):
            kinds[digest([run.type, run.tasks, run.settings])] = run
    for run in kinds.values():
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
    return freshly_seeded(run.seed, lambda: run.method.build(run, networks, _example(materials)))


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
    augment = training.augment
    samples = TrainingSamples(
        materials.frames,
        augment=augmentation(
            mirror=augment.mirror,
            colour=augment.colour_range if augment.colour == "multiplier" else None,
        ),
        seed=run.seed,
    )

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

    model = MultiTaskModel(
        network,
        tasks,
        {name: recipe.tasks[name].weight for name in run.tasks},
        materials.backbone.preprocess,
        materials.sampler,
        penalty=lambda: run.method.penalty(network),
    )
    rates: dict[str, Any] = {
        "lr": training.lr,
        "weight_decay": training.weight_decay,
        "bias_lr_scale": training.bias_lr_scale,
        "bias_weight_decay": training.bias_weight_decay,
        **run.method.rates(),
    }
    memory = train(
        model,
        samples,
        indices,
        parameter_groups(network, **rates),
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
    )
    history = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    store.save(
        run,
        unpack(network.state_dict()),
        unpack(alphas(network)),
        {
            "seconds": history[-1]["seconds"],
            "parameters": parameters(network),
            "flops": _flops(network, tasks, materials),
            "memory": memory,
            "validation": _validation(history, run.tasks),
        },
    )


def _flops(network: nn.Module, tasks: Mapping[str, Task], materials: Materials) -> int:
    """Operations of predicting every task for the first test image."""
    samples = EvaluationSamples(materials.test, [0], materials.recipe.training.size)
    (batch,) = CollateAlike(materials.test.targets)([samples[0]])
    image = materials.backbone.preprocess(batch["image"])
    own = {name: task.inputs(batch) for name, task in tasks.items()}
    apart = [inputs for inputs in own.values() if inputs]
    return sum(
        flops(network, {"image": image, **inputs})
        for inputs in (apart if len(apart) == len(own) else [*apart, {}])
    )


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


def _example(materials: Materials) -> dict[str, Tensor]:
    image = materials.frames[0]["image"].as_subclass(Tensor)
    return {"image": torch.zeros(1, *image.shape), **materials.sampler.example()}

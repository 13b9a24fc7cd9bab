"""Doing one run: build its network, train it, measure it."""

import functools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stitchkit.data import TrainingSamples, augmentation, carve
from stitchkit.evaluation import NetworkPredictor, constant_predictor, evaluate
from stitchkit.networks import StitchedNet, stitch
from stitchkit.recipe.schema import Recipe
from stitchkit.results import TaskResult
from stitchkit.study.materials import Materials
from stitchkit.study.plan import Run
from stitchkit.study.store import Store, digest
from stitchkit.training.groups import parameter_groups
from stitchkit.training.model import MultiTaskModel
from stitchkit.training.train import freshly_seeded, train, unpack
from stitchkit.units import MixingUnit, Unit


def device() -> torch.device:
    """The accelerator if there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def execute(run: Run, materials: Materials, store: Store, *, resume: bool = True) -> None:
    """Train and measure a run, unless that was done before; an interrupted one goes on where it stopped."""
    with store.locked(run):
        if not store.finished(run):
            if not resume:
                store.forget_checkpoints(run)
            _train(run, materials, store)
        _measure(run, materials, store)


def rehearse(runs: Sequence[Run], materials: Materials, store: Store) -> None:
    """Build each kind of network once, so that a mistake shows before anything trains.

    Raises:
        InputError: A tap or a unit does not fit the networks.
    """
    kinds = {(run.method, run.tasks): run for run in runs if run.iterations and not store.finished(run)}
    for run in kinds.values():
        build(run, materials, store, trained_starts=False)


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
    method = materials.recipe.methods.cross_stitch
    if run.method != "cross_stitch" or method is None:
        (network,) = networks.values()
        return network
    unit = method.unit.options()
    assert isinstance(unit, Unit), f"unit plugin {method.unit.type!r} must be a stitchkit.units.Unit"
    return stitch(networks, taps=method.taps, unit=unit, example=_example(materials))


def _train(run: Run, materials: Materials, store: Store) -> None:
    if run.iterations == 0:
        store.save(run, {}, {}, {"seconds": 0.0, "parameters": 0})
        return
    recipe, folder = materials.recipe, store.folder(run)
    training, where = recipe.training, device()
    tasks = {name: materials.tasks[name] for name in run.tasks}
    network = build(run, materials, store).to(where)
    indices, held_out = carve(materials.train, training.validation.fraction)
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

    train(
        MultiTaskModel(
            network,
            tasks,
            {name: recipe.tasks[name].weight for name in run.tasks},
            materials.backbone.preprocess,
            materials.sampler,
        ),
        samples,
        indices,
        parameter_groups(network, **_rates(run, recipe)),
        folder=folder,
        name=f"{run.method} {' + '.join(run.tasks)} (seed {run.seed})",
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
    store.save(
        run,
        unpack(network.state_dict()),
        unpack(alphas(network)),
        {"seconds": _seconds(folder), "parameters": sum(p.numel() for p in network.parameters())},
    )


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


def _rates(run: Run, recipe: Recipe) -> dict[str, Any]:
    training, methods = recipe.training, recipe.methods
    rates = {
        "lr": training.lr,
        "weight_decay": training.weight_decay,
        "bias_lr_scale": training.bias_lr_scale,
        "bias_weight_decay": training.bias_weight_decay,
    }
    if run.method == "one_task_longer" and methods.one_task_longer is not None:
        rates["lr"] = methods.one_task_longer.lr or training.lr
    if run.method == "cross_stitch" and methods.cross_stitch is not None:
        rates["lr"] = methods.cross_stitch.lr or training.lr
        rates["alpha_lr_scale"] = methods.cross_stitch.alpha_lr_scale
        rates["alpha_weight_decay"] = methods.cross_stitch.alpha_weight_decay
    return rates


def results_of(run: Run, materials: Materials, store: Store) -> dict[str, TaskResult]:
    """Results of a measured run, by task."""
    results = store.evaluation(run, _protocol(materials))
    assert results is not None, f"{run.name} is not measured"
    return {name: TaskResult.model_validate(result) for name, result in results.items()}


def _protocol(materials: Materials) -> str:
    evaluation = materials.recipe.evaluation.model_dump(exclude={"batch"})
    return digest({"data": materials.test.fingerprint, **evaluation})


def _measure(run: Run, materials: Materials, store: Store) -> None:
    recipe = materials.recipe
    key = _protocol(materials)
    if store.evaluation(run, key) is not None:
        return
    tasks = {name: materials.tasks[name] for name in run.tasks}
    if run.iterations == 0:
        predictor: Any = constant_predictor
    else:
        network = build(run, materials, store, trained_starts=False)
        network.load_state_dict(store.network(run))
        predictor = NetworkPredictor(network, tasks, materials.backbone.preprocess, device())
    count = len(materials.test)
    indices = range(count if recipe.evaluation.limit is None else min(count, recipe.evaluation.limit))
    measured = evaluate(
        predictor,
        tasks,
        materials.test,
        indices=indices,
        size=recipe.training.size,
        batch=recipe.evaluation.batch,
        workers=recipe.training.workers,
        pictures=store.folder(run) / "pictures",
        picture_count=recipe.evaluation.pictures,
        description=f"test {run.method} {' + '.join(run.tasks)} (seed {run.seed})",
    )
    store.save_evaluation(
        run,
        key,
        {
            name: {"metrics": _without_nan(metrics.compute()), "details": metrics.details()}
            for name, metrics in measured.items()
        },
    )


def _without_nan(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in figures.items()}


def _example(materials: Materials) -> dict[str, Tensor]:
    image = materials.frames[0]["image"].as_subclass(Tensor)
    return {"image": torch.zeros(1, *image.shape), **materials.sampler.example()}


def _seconds(folder: Path) -> float:
    last = (folder / "history.jsonl").read_text().splitlines()[-1]
    return float(json.loads(last)["seconds"])

"""Training one network with mmengine's Runner."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.hooks import CheckpointHook
from mmengine.optim import MultiStepLR, OneCycleLR, OptimWrapper
from torch import Tensor, nn
from torch.utils.data import DataLoader

from stitchkit.data import Collate, Draws, TrainingSamples
from stitchkit.progress import progress
from stitchkit.training.hooks import Curves, Validate
from stitchkit.training.loop import TrainLoop
from stitchkit.training.model import MultiTaskModel
from stitchkit.training.probe import batch_memory, mini_batches
from stitchkit.training.runner import PlainCheckpoint, Runner, last_checkpoint
from stitchkit.training.tracking import tracked

RUNNERS = itertools.count()  # mmengine wants a name for each Runner that no other one has
NOT_USED = ("runtime_info", "timer", "sampler_seed", "logger")  # of mmengine's hooks: they wait for each loss


def train(
    model: MultiTaskModel,
    samples: TrainingSamples,
    indices: Sequence[int],
    groups: list[dict[str, Any]],
    *,
    folder: Path,
    name: str,
    iterations: int,
    batch: int,
    seed: int,
    optimizer: str = "sgd",
    momentum: float = 0.9,
    schedule: str = "constant",
    step_after: float = 0.75,
    clip_norm: float | None = None,
    workers: int = 0,
    log_every: int = 10,
    checkpoint_every: int = 1000,
    alphas: Callable[[], dict[str, float]] = dict,
    validate: Callable[[], dict[str, float]] | None = None,
    validate_every: int = 1000,
    resume: bool = True,
    track: Sequence[str] = ("tensorboard",),
    config: Mapping[str, Any] | None = None,
) -> int | None:
    """Train ``model`` in place, leaving checkpoints, curves and TensorBoard events in ``folder``.

    Args:
        model: With its network on the device to train on.
        samples: The training frames.
        indices: Those of them to draw from.
        groups: Parameter groups of `stitchkit.parameter_groups`.
        folder: Of the run; holds ``history.jsonl``, ``tensorboard/`` and ``iter_*.pth``.
        name: Of the run, for the progress bar and where it is tracked.
        iterations: Steps in all.
        batch: Images in a mini-batch.
        seed: Determines draws, augmentation and dropout.
        optimizer: ``"sgd"`` or ``"adamw"``.
        momentum: Of SGD.
        schedule: ``"constant"``, ``"one_cycle"`` (30 % up to the group's rate, 70 % down to nought) or
            ``"step"`` (a tenth of the rate after a part of the iterations).
        step_after: That part, in [0, 1].
        clip_norm: Gradients are scaled down to this norm.
        workers: Processes that load samples.
        log_every: Iterations between two entries of the curves.
        checkpoint_every: Iterations between two checkpoints.
        alphas: Gives each tap's mean alphas for the curves, as `Curves` takes them.
        validate: Measures on held-out frames.
        validate_every: Iterations between two measurements.
        resume: Go on from the last checkpoint in ``folder`` if there is one.
        track: Where curves are shown, as `stitchkit.training.tracking.tracked` takes it.
        config: What is told there of the run, as plain data.

    Returns:
        Bytes that a step holds, as `stitchkit.cost.step_memory` counts them.

    Raises:
        TrainingDiverged: A loss is no longer finite.
        InputError: A place to track the run cannot be begun with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    loader = DataLoader(
        samples,
        batch_size=batch,
        sampler=Draws(indices, seed),
        num_workers=workers,
        collate_fn=Collate(samples.frames.dataset.targets),
        pin_memory=next(model.parameters()).is_cuda,
        persistent_workers=workers > 0,
    )
    wrapper = optim_wrapper(groups, optimizer=optimizer, momentum=momentum, clip_norm=clip_norm)
    checkpoint = last_checkpoint(folder) if resume else None
    schedulers: list[Any] = []
    if schedule == "one_cycle":
        rates = [group["lr"] for group in wrapper.param_groups]  # mmengine adds a group of its own
        schedulers.append(OneCycleLR(wrapper, eta_max=rates, total_steps=iterations, by_epoch=False))
    elif schedule == "step":
        at = round(step_after * iterations)
        schedulers.append(MultiStepLR(wrapper, milestones=[at], gamma=0.1, by_epoch=False))
    memory = batch_memory(model, wrapper.optimizer, next(mini_batches(samples, indices, batch, seed)))
    with tracked(track, folder, name, config or {}) as visualizer, progress(name, iterations) as advance:
        curves = Curves(folder / "history.jsonl", log_every, alphas, advance)
        hooks: list[Any] = [PlainCheckpoint(), curves]
        if validate is not None:
            hooks.append(Validate(validate_every, validate, curves))
        Runner(
            model=model,
            work_dir=str(folder),
            train_dataloader=loader,
            train_cfg={"type": TrainLoop, "max_iters": iterations, "seed": seed},
            optim_wrapper=wrapper,
            param_scheduler=schedulers or None,
            default_hooks={
                **dict.fromkeys(NOT_USED),
                # Two, because mmengine deletes the older one before it has written the newer.
                "checkpoint": CheckpointHook(
                    interval=checkpoint_every, by_epoch=False, max_keep_ckpts=2, save_last=False
                ),
            },
            custom_hooks=hooks,
            load_from=str(checkpoint) if checkpoint else None,
            resume=checkpoint is not None,
            randomness={"seed": seed},
            visualizer=visualizer,
            experiment_name=f"{folder.name}-{next(RUNNERS)}",
            log_level="ERROR",
        ).train()
    return memory


def optim_wrapper(
    groups: list[dict[str, Any]], *, optimizer: str, momentum: float, clip_norm: float | None
) -> OptimWrapper:
    """An optimiser in mmengine's wrapper; arguments as for `train`."""
    # fused: one pass over all parameters; the plain loop takes six times as long on a processor
    if optimizer == "sgd":
        chosen: torch.optim.Optimizer = torch.optim.SGD(groups, momentum=momentum, fused=True)
    else:
        chosen = torch.optim.AdamW(groups, fused=True)
    return OptimWrapper(chosen, clip_grad={"max_norm": clip_norm} if clip_norm is not None else None)


def freshly_seeded(seed: int, build: Callable[[], nn.Module]) -> nn.Module:
    """A network whose random start is determined by ``seed`` alone; torch's generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def unpack(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict as contiguous tensors on the processor, ready to be saved."""
    return {name: value.detach().cpu().contiguous() for name, value in state.items()}

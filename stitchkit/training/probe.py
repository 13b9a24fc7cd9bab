"""What a step of training takes, found out by a few steps of which nothing is kept."""

import itertools
import statistics
import time
from collections.abc import Iterator, Sequence

import torch
from mmengine.optim import OptimWrapper

from stitchkit.cost import step_memory
from stitchkit.data import Collate, Draws, TrainingSamples
from stitchkit.tasks import Batch
from stitchkit.training.model import MultiTaskModel

STEPS = 3  # that are timed, after one that is not
FEW = (2, 3)  # images; not one, which batch normalisation refuses where a map is a single pixel


def mini_batches(samples: TrainingSamples, indices: Sequence[int], batch: int, seed: int) -> Iterator[Batch]:
    """The mini-batches of a run in their order, loaded in this process; there is no last one."""
    collate, draws = Collate(samples.frames.dataset.targets), iter(Draws(indices, seed))
    while True:
        yield collate([samples[draw] for draw in itertools.islice(draws, batch)])


def batch_memory(model: MultiTaskModel, optimizer: torch.optim.Optimizer, batch: Batch) -> int | None:
    """Bytes that a step on a mini-batch holds, as `stitchkit.cost.step_memory` counts them."""
    batch = model.on_device(batch)
    return step_memory(model, optimizer, lambda: model.joint(model(batch)))


def likely_memory(
    model: MultiTaskModel,
    samples: TrainingSamples,
    indices: Sequence[int],
    optimizer: torch.optim.Optimizer,
    *,
    batch: int,
    seed: int,
) -> int | None:
    """Bytes that a step will hold, from steps on two and on three images: the rest grows with the images.

    A step that fails raises as it would in training.
    """
    few, more = (min(batch, count) for count in FEW)
    held = []
    for count in (few, more):
        images = next(mini_batches(samples, indices, count, seed))
        memory = batch_memory(model, optimizer, images)
        if memory is None:
            model(model.on_device(images))  # raises, if the step failed; else only its memory is not known
            return None
        held.append(memory)
    return held[0] + (held[1] - held[0]) * (batch - few)


def step_seconds(
    model: MultiTaskModel,
    samples: TrainingSamples,
    indices: Sequence[int],
    wrapper: OptimWrapper,
    *,
    batch: int,
    seed: int,
    workers: int,
    cached: bool,
) -> float:
    """Seconds of a step of training here: the median of some, which leave the model trained a little.

    Args:
        model: With its network on the device to train on.
        samples: The training frames.
        indices: Those of them to draw from.
        wrapper: Of its optimiser.
        batch: Images in a mini-batch.
        seed: Of the draws.
        workers: Processes that load samples while a step is computed; 0: first one, then the other.
        cached: Whether frames are read but once.
    """
    if cached:
        for _ in itertools.islice(mini_batches(samples, indices, batch, seed), STEPS + 1):
            pass
    draws = mini_batches(samples, indices, batch, seed)
    loading, computing = [], []
    model.train()
    for _ in range(STEPS + 1):
        began = time.perf_counter()
        images = next(draws)
        loaded = time.perf_counter()
        model.train_step(images, optim_wrapper=wrapper)
        if next(model.parameters()).is_cuda:
            torch.cuda.synchronize()
        loading.append(loaded - began)
        computing.append(time.perf_counter() - loaded)
    load, compute = (statistics.median(times[1:]) for times in (loading, computing))
    return max(load / workers, compute) if workers else load + compute

"""What a step takes, without training anything that is kept."""

import itertools

import pytest
import torch
from toys import Brightness, Squares, Tiny

from stitchkit.data import Collate, Draws, TrainingFrames, TrainingSamples, augmentation
from stitchkit.training.groups import parameter_groups
from stitchkit.training.model import MultiTaskModel
from stitchkit.training.probe import batch_memory, likely_memory, mini_batches, step_seconds
from stitchkit.training.train import optim_wrapper

INDICES = range(12)


def parts(task: Brightness | None = None):
    squares, backbone = Squares(), Tiny()
    task = task or Brightness("depth", Brightness.Config())
    task.fit(squares, 0)
    network = task.network(backbone)
    augment = augmentation(mirror=0.5, colour=(0.8, 1.2))
    samples = TrainingSamples(TrainingFrames(squares, [task.target]), augment=augment, seed=3)
    model = MultiTaskModel(network, {"depth": task}, {"depth": 1.0}, backbone.preprocess)
    groups = parameter_groups(network, lr=0.1)
    return model, samples, optim_wrapper(groups, optimizer="sgd", momentum=0.9, clip_norm=None)


def test_mini_batches_are_those_of_training():
    _, samples, _ = parts()
    draws = list(itertools.islice(Draws(INDICES, 3), 10))
    collate = Collate(samples.frames.dataset.targets)
    first, second = itertools.islice(mini_batches(samples, INDICES, 5, 3), 2)
    for batch, numbers in ((first, draws[:5]), (second, draws[5:])):
        expected = collate([samples[draw] for draw in numbers])
        assert torch.equal(batch["image"], expected["image"])
        assert batch["key"] == expected["key"]


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 10])
def test_memory_told_from_a_few_images_is_that_of_the_whole_batch(batch):
    model, samples, wrapper = parts()
    told = likely_memory(model, samples, INDICES, wrapper.optimizer, batch=batch, seed=3)
    whole = batch_memory(model, wrapper.optimizer, next(mini_batches(samples, INDICES, batch, 3)))
    assert told is not None
    assert told == whole


class Broken(Brightness):
    def loss(self, output, batch):
        raise RuntimeError("a loss that does not fit")


def test_a_step_that_fails_raises_as_it_would_in_training():
    model, samples, wrapper = parts(Broken("depth", Broken.Config()))
    with pytest.raises(RuntimeError, match="a loss that does not fit"):
        likely_memory(model, samples, INDICES, wrapper.optimizer, batch=4, seed=3)


@pytest.mark.parametrize(("workers", "expected"), [(0, 5.0), (1, 4.0), (2, 2.0), (8, 1.0)])
def test_with_workers_the_slower_of_loading_and_computing_counts(monkeypatch, workers, expected):
    model, samples, wrapper = parts()
    clock = itertools.accumulate(itertools.cycle([4.0, 1.0, 0.0]), initial=0.0)  # loading, computing
    monkeypatch.setattr("stitchkit.training.probe.time.perf_counter", lambda: next(clock))
    seconds = step_seconds(model, samples, INDICES, wrapper, batch=2, seed=3, workers=workers, cached=False)
    assert seconds == expected


def test_frames_that_are_cached_are_read_before_the_clock_runs(monkeypatch):
    model, samples, wrapper = parts()
    read: list[int] = []

    def sample(self, draw):
        read.append(draw.number)
        return self.frames[draw.frame] | {"key": str(draw.frame)}

    monkeypatch.setattr(TrainingSamples, "__getitem__", sample)
    step_seconds(model, samples, INDICES, wrapper, batch=2, seed=3, workers=0, cached=True)
    assert read == [*range(8), *range(8)]

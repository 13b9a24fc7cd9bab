"""A task on a few frames with a tiny network: what properties of tasks are tried on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from stitchkit.backbones import Backbone
from stitchkit.data import Collate, CollateAlike, Dataset, EvaluationSamples, Sample, TrainingFrames
from stitchkit.evaluation import task_outputs
from stitchkit.plugins import Config
from stitchkit.proposals import Proposals
from stitchkit.samplers import Sampler
from stitchkit.tasks import Batch, Metrics, Task
from stitchkit.testing.given import Plugin, class_of, name_of, proposals_of, sampler_of, split_of
from stitchkit.testing.tiny_backbone import TinyBackbone

SEED = 0


@dataclass(frozen=True)
class TaskCase:
    """A task, and what it is tried on. Nothing is opened before the first property is tried.

    Attributes:
        plugin: The task's name, or its class.
        data: A data set by its name, as a block of a recipe, ``{"type": "rooms", "train": 8, "test": 8}``,
            or one split of it.
        options: Of the task.
        sampler: As in a recipe.
        proposals: As in a recipe, for tasks on regions.
        frames: How many of each split are used.
        tolerance: How far a figure that is computed again on draws of the images may be off, by its name;
            the others are exact up to rounding.
        backbone: Makes the network.
    """

    plugin: str | type[Task]
    data: Plugin | Dataset
    options: Mapping[str, Any] = field(default_factory=dict)
    sampler: Plugin = "whole_images"
    proposals: Plugin | None = None
    frames: int = 6
    tolerance: Mapping[str, float] = field(default_factory=dict)
    backbone: Backbone = field(default_factory=TinyBackbone)

    def __str__(self) -> str:
        """The task's name, as messages begin with it."""
        return f"task {name_of(self.plugin)!r}"

    @cached_property
    def config(self) -> Config:
        """The task's options."""
        return class_of("tasks", self.plugin).Config.model_validate(dict(self.options))

    @cached_property
    def train(self) -> Dataset:
        """The first training frames."""
        return split_of(self.data, "train", self.frames, self._proposals)

    @cached_property
    def test(self) -> Dataset:
        """The first test frames."""
        return split_of(self.data, "test", self.frames, self._proposals)

    @cached_property
    def _proposals(self) -> Proposals | None:
        return None if self.proposals is None else proposals_of(self.proposals)

    @cached_property
    def _sampler(self) -> Sampler:
        return sampler_of(self.sampler)

    def new(self) -> Task:
        """A task that has learned nothing yet."""
        return class_of("tasks", self.plugin)("tried", self.config)

    def fitted(self, seed: int = SEED) -> Task:
        """A new task, fitted to the training frames."""
        task = self.new()
        task.fit(self.train, seed)
        return task

    @cached_property
    def task(self) -> Task:
        """A fitted task; properties leave it as it is."""
        return self.fitted()

    def network(self, task: Task | None = None) -> nn.Module:
        """A new one-task network, always with the same start."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            return (task or self.task).network(self.backbone)

    def training_samples(self, count: int = 2) -> list[Sample]:
        """Training frames as networks are trained on them, not augmented."""
        kept = {*self._sampler.reads, *self.task.reads}
        frames = TrainingFrames(self.train, kept)
        return [{**frames[i], "key": self.train.key(i)} for i in range(min(count, len(self.train)))]

    def without_truth(self, sample: Sample) -> Sample:
        """A sample that lacks all that the task learns from."""
        return {name: value for name, value in sample.items() if name not in self.task.reads}

    def training_batch(self, samples: Sequence[Sample] | None = None) -> Batch:
        """A batch as the study's sampler makes it, always with the same draw."""
        chosen = list(samples or self.training_samples())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            return self._sampler(Collate(self.train.targets)(chosen))

    def output(self, network: nn.Module, batch: Batch) -> Any:
        """What a network returns for a batch that `training_batch` gave."""
        inputs = self._sampler.inputs(batch)
        return task_outputs(network, batch, self.backbone.preprocess, inputs, ["tried"])["tried"]

    @cached_property
    def samples(self) -> list[Sample]:
        """Test frames as networks are measured on them; those that lack the task's ground truth left out."""
        read = EvaluationSamples(self.test, range(len(self.test)), size=None)
        found = [sample for sample in map(read.__getitem__, range(len(read))) if self.task.target in sample]
        assert found, f"none of the {len(self.test)} test frames has {self.task.target!r}; give other frames"
        return found

    def batches(self, places: Sequence[int], together: int = 1) -> list[Batch]:
        """Batches of test samples, no more than so many in each, and only those of one size."""
        collate, batches = CollateAlike(self.test.targets), []
        for start in range(0, len(places), together):
            batches += collate([self.samples[place] for place in places[start : start + together]])
        return batches

    @cached_property
    def outputs(self) -> list[Any]:
        """Raw outputs of a network for each test sample alone."""
        network = self.network().eval()
        with torch.no_grad():
            return [
                self.measured(network, self.task, batch) for batch in self.batches(range(len(self.samples)))
            ]

    def measured(self, network: nn.Module, task: Task, batch: Batch) -> Any:
        """What a network returns for a batch of test samples."""
        return task_outputs(network, batch, self.backbone.preprocess, task.inputs(batch), ["tried"])["tried"]

    @cached_property
    def predictions(self) -> list[Any]:
        """Predictions for each test sample alone, each a sequence, or a tensor, of one."""
        with torch.no_grad():
            pairs = zip(self.outputs, self.batches(range(len(self.samples))), strict=True)
            return [self.task.predict(output, batch) for output, batch in pairs]

    def accumulated(self, places: Sequence[int], together: int = 1) -> Metrics:
        """An accumulator after test samples, which are named by their places with four digits."""
        metrics, after = self.task.metrics(), 0
        for batch in self.batches(places, together):
            own = places[after : after + len(batch["key"])]
            after += len(own)
            named = {**batch, "key": [f"{place:04d}" for place in own]}
            metrics.update(joined([self.predictions[place] for place in own]), named)
        return metrics


def joined(predictions: Sequence[Any]) -> Any:
    """Predictions of several batches as those of one: tensors of one shape, or sequences."""
    if all(isinstance(each, Tensor) for each in predictions):
        return torch.cat(list(predictions))
    return [own for each in predictions for own in each]

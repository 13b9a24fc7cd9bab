"""Properties of samplers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from stitchkit.data import Collate, Dataset, TrainingFrames
from stitchkit.plugins import Config
from stitchkit.samplers import Sampler
from stitchkit.tasks import Batch
from stitchkit.testing.check import check, expect, expect_same
from stitchkit.testing.given import Plugin, class_of, name_of, proposals_of, split_of
from stitchkit.testing.options import expect_options


@dataclass(frozen=True)
class SamplerCase:
    """A sampler, and the data that it draws from.

    Attributes:
        plugin: The sampler's name, or its class.
        data: As `stitchkit.testing.TaskCase` takes it.
        options: Of the sampler.
        proposals: As in a recipe, for samplers of regions.
    """

    plugin: str | type[Sampler]
    data: Plugin | Dataset
    options: Mapping[str, Any] = field(default_factory=dict)
    proposals: Plugin | None = None

    def __str__(self) -> str:
        """The sampler's name, as messages begin with it."""
        return f"sampler {name_of(self.plugin)!r}"

    @cached_property
    def config(self) -> Config:
        """The sampler's options."""
        return class_of("samplers", self.plugin).Config.model_validate(dict(self.options))

    @cached_property
    def sampler(self) -> Sampler:
        """The sampler."""
        return class_of("samplers", self.plugin)(self.config)

    @cached_property
    def batch(self) -> Batch:
        """Two training images with everything that the data set has."""
        proposals = None if self.proposals is None else proposals_of(self.proposals)
        train = split_of(self.data, "train", 2, proposals)
        frames = TrainingFrames(train, {*train.targets, "proposals"})
        return Collate(train.targets)([{**frames[i], "key": train.key(i)} for i in range(len(train))])

    def drawn(self, seed: int = 0) -> Batch:
        """The batch with what was drawn."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self.sampler(dict(self.batch))


@check("stitchkit.plugins.Config")
def options_are_checked(case: SamplerCase) -> None:
    """Options that are written as JSON and read again are equal, and an unknown option is refused."""
    expect_options(case.config)


@check("stitchkit.samplers.Sampler.provides")
def what_is_provided_is_there(case: SamplerCase) -> None:
    """A drawn batch has all that the sampler provides, and all that it had before."""
    drawn = case.drawn()
    missing = {*case.batch, *case.sampler.provides} - drawn.keys()
    expect(not missing, "everything there", f"no {', '.join(sorted(missing))}")


@check("stitchkit.samplers.Sampler")
def draws_follow_from_the_seed(case: SamplerCase) -> None:
    """With the same state of torch's generator the same is drawn."""
    names = case.sampler.provides
    first, second = ({name: drawn[name] for name in names} for drawn in (case.drawn(), case.drawn()))
    expect_same(first, second, "two draws of one seed")


@check("stitchkit.samplers.Sampler.inputs")
def inputs_are_like_the_example(case: SamplerCase) -> None:
    """What networks take of a drawn batch has the names, the types and the axes of the example."""
    inputs, example = case.sampler.inputs(case.drawn()), case.sampler.example()
    expect(inputs.keys() == example.keys(), f"{sorted(example)}", sorted(inputs))
    for name, value in inputs.items():
        expect(isinstance(value, Tensor), f"a tensor {name!r}", type(value).__name__)
        kinds = [(own.dtype, tuple(own.shape[1:])) for own in (example[name], value)]
        expect(kinds[0] == kinds[1], f"rows of {kinds[0]} as {name!r}", kinds[1])

"""Properties of proposals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from stitchkit.data import Dataset
from stitchkit.plugins import Config
from stitchkit.proposals import Proposals, Proposed, frame_size
from stitchkit.testing.check import check, expect, expect_same
from stitchkit.testing.given import Plugin, class_of, name_of, split_of
from stitchkit.testing.options import expect_options
from stitchkit.testing.samples import expect_boxes


@dataclass(frozen=True)
class ProposalsCase:
    """What proposes boxes, and the data that it proposes them for.

    Attributes:
        plugin: The name of the proposals, or their class.
        data: As `stitchkit.testing.TaskCase` takes it.
        options: Of the proposals.
        frames: How many of the training frames are used.
    """

    plugin: str | type[Proposals]
    data: Plugin | Dataset
    options: Mapping[str, Any] = field(default_factory=dict)
    frames: int = 3

    def __str__(self) -> str:
        """The name of the proposals, as messages begin with it."""
        return f"proposals {name_of(self.plugin)!r}"

    @cached_property
    def config(self) -> Config:
        """The options."""
        return class_of("proposals", self.plugin).Config.model_validate(dict(self.options))

    def new(self) -> Proposals:
        """Proposals that were made for the training frames."""
        proposals = class_of("proposals", self.plugin)(self.config)
        proposals.make(self.train)
        return proposals

    @cached_property
    def train(self) -> Dataset:
        """The first training frames."""
        return split_of(self.data, "train", self.frames)

    @cached_property
    def made(self) -> Proposals:
        """Made once."""
        return self.new()


@check("stitchkit.plugins.Config")
def options_are_checked(case: ProposalsCase) -> None:
    """Options that are written as JSON and read again are equal, and an unknown option is refused."""
    expect_options(case.config)


@check("stitchkit.proposals.Proposals.boxes")
def boxes_lie_in_their_frames(case: ProposalsCase) -> None:
    """Boxes are float32 [P, 4] with an area inside the frame."""
    for index in range(len(case.train)):
        boxes = case.made.boxes(case.train, index)
        found = f"{boxes.dtype} {boxes.dim()} {tuple(boxes.shape[1:])}"
        expect(found == "torch.float32 2 (4,)", "float32 [P, 4]", f"{boxes.dtype} {tuple(boxes.shape)}")
        expect_boxes(boxes, frame_size(case.train, index), case.train.key(index))


@check("stitchkit.proposals.Proposals.fingerprint")
def equal_fingerprints_mean_equal_boxes(case: ProposalsCase) -> None:
    """Proposals that are made again have the same fingerprint, and the same boxes."""
    again = case.new()
    expect(again.fingerprint == case.made.fingerprint, case.made.fingerprint, again.fingerprint)
    for index in range(len(case.train)):
        expect_same(again.boxes(case.train, index), case.made.boxes(case.train, index), "the boxes")


@check("stitchkit.proposals.Proposed")
def samples_get_their_boxes(case: ProposalsCase) -> None:
    """A data set with these proposals has them in its samples, and a fingerprint of its own."""
    proposed = Proposed(case.train, case.made)
    boxes = proposed[0]["proposals"].as_subclass(Tensor)
    expect(torch.equal(boxes, case.made.boxes(case.train, 0)), "the boxes as proposals", "others")
    expect(proposed.fingerprint != case.train.fingerprint, "another fingerprint", "that of the data set")

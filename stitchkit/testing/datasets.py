"""Properties of data sets."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args

import torch
from torch import Tensor
from torchvision import tv_tensors

from stitchkit.data import Collate, Dataset, EvaluationSamples, Sample, Split, augmentation
from stitchkit.plugins import Config
from stitchkit.testing import samples
from stitchkit.testing.check import DoesNotApply, check, expect, expect_same
from stitchkit.testing.given import class_of, name_of
from stitchkit.testing.options import expect_options

SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True)
class DatasetCase:
    """A data set and its options.

    Attributes:
        plugin: The data set's name, or its class.
        options: Of the data set; small ones, where there is a choice.
        frames: How many of each split are read.
    """

    plugin: str | type[Dataset]
    options: Mapping[str, Any] = field(default_factory=dict)
    frames: int = 4

    def __str__(self) -> str:
        """The data set's name, as messages begin with it."""
        return f"data set {name_of(self.plugin)!r}"

    @cached_property
    def config(self) -> Config:
        """The data set's options."""
        return class_of("datasets", self.plugin).Config.model_validate(dict(self.options))

    def open(self, split: Split) -> Dataset:
        """A split, opened anew."""
        return class_of("datasets", self.plugin)(self.config, split)

    @cached_property
    def splits(self) -> dict[Split, Dataset]:
        """Every split, opened once."""
        return {split: self.open(split) for split in SPLITS}

    @cached_property
    def samples(self) -> list[tuple[Dataset, int, Sample]]:
        """The first samples of every split, with the split and the place that they come from."""
        return [
            (dataset, index, dataset[index])
            for dataset in self.splits.values()
            for index in range(min(self.frames, len(dataset)))
        ]


@check("stitchkit.plugins.Config")
def options_are_checked(case: DatasetCase) -> None:
    """Options that are written as JSON and read again are equal, and an unknown option is refused."""
    expect_options(case.config)


@check("stitchkit.data.Dataset.key")
def every_frame_has_a_name_of_its_own(case: DatasetCase) -> None:
    """Every split has frames, each under a name of its own."""
    for split, dataset in case.splits.items():
        keys = [dataset.key(index) for index in range(len(dataset))]
        expect(len(keys) > 0, f"frames in {split}", "none")
        expect(all(isinstance(key, str) and key for key in keys), "names of letters", keys[:3])
        expect(
            len(set(keys)) == len(keys), f"{len(keys)} names in {split}", f"{len(set(keys))} different ones"
        )


@check("stitchkit.data.Dataset.group")
def every_frame_has_a_group(case: DatasetCase) -> None:
    """Every frame is of a group that has a name."""
    for dataset in case.splits.values():
        for index in range(len(dataset)):
            group = dataset.group(index)
            expect(isinstance(group, str) and bool(group), f"a group of {dataset.key(index)}", repr(group))


@check("stitchkit.data.Dataset.fingerprint")
def a_fingerprint_is_of_the_content(case: DatasetCase) -> None:
    """Opened twice a split has the same fingerprint; another split has another."""
    prints = {split: dataset.fingerprint for split, dataset in case.splits.items()}
    for split, own in prints.items():
        expect(isinstance(own, str) and bool(own), "a text", repr(own))
        again = case.open(split).fingerprint
        expect(again == own, f"{own} of {split} once more", again)
    expect(len(set(prints.values())) == len(prints), "another fingerprint for each split", prints)


@check("stitchkit.data.Target")
def targets_are_described(case: DatasetCase) -> None:
    """What samples may hold is described, of a known kind; classes have different names."""
    for dataset in case.splits.values():
        expect(bool(dataset.targets), "at least one target", "none")
        for name, target in dataset.targets.items():
            samples.expect_described(name, target)


@check("stitchkit.data.Sample")
def samples_hold_what_is_announced(case: DatasetCase) -> None:
    """A sample has an image and, of what the data set announces, values of the kind that it says."""
    for dataset, index, sample in case.samples:
        samples.expect_as_announced(sample, dataset.targets, dataset.key(index))


@check("stitchkit.data.Dataset")
def a_frame_read_twice_is_the_same(case: DatasetCase) -> None:
    """A frame that is read again, by another that opened the split, is the same bit for bit."""
    again = {split: case.open(split) for split in SPLITS}
    for (split, dataset), other in zip(case.splits.items(), again.values(), strict=True):
        expect(len(other) == len(dataset), f"{len(dataset)} frames in {split}", len(other))
        _expect_same_sample(dataset[0], other[0])


@check("stitchkit.data.Dataset")
def a_split_travels_between_processes(case: DatasetCase) -> None:
    """A split can be pickled, as processes that load samples need it, and gives the same samples."""
    for dataset in case.splits.values():
        other = pickle.loads(pickle.dumps(dataset))
        expect(other.fingerprint == dataset.fingerprint, dataset.fingerprint, other.fingerprint)
        _expect_same_sample(dataset[0], other[0])


@check("stitchkit.data.Dataset.annotations")
def annotations_are_the_sample_without_its_image(case: DatasetCase) -> None:
    """The annotations of a frame are its sample without the image."""
    for dataset, index, sample in case.samples:
        wanted = {name: value for name, value in sample.items() if name != "image"}
        _expect_same_sample(dataset.annotations(index), wanted)


@check("stitchkit.data.Dataset.limits")
def limits_are_said(case: DatasetCase) -> None:
    """What results on the data cannot show is said in words, and each target says where it comes from."""
    for dataset in case.splits.values():
        expect(isinstance(dataset.limits, str) and bool(dataset.limits), "a sentence", repr(dataset.limits))


@check("stitchkit.data.Collate")
def samples_can_be_mirrored_and_stacked(case: DatasetCase) -> None:
    """Samples can be mirrored, changed in colour and put together to a batch."""
    dataset = case.splits["train"]
    read = EvaluationSamples(dataset, range(min(case.frames, len(dataset))), size=None)
    change = augmentation(mirror=1.0, colour=(0.8, 1.2))
    with torch.random.fork_rng(devices=[]):
        changed = [change(read[index]) for index in range(len(read))]
    for index, sample in enumerate(changed):
        samples.expect_as_announced(sample, dataset.targets, dataset.key(index))
    sizes = {sample["image"].shape for sample in changed}
    maps = any(not target.per_object for target in dataset.targets.values())
    if maps and len(sizes) > 1:
        raise DoesNotApply("frames of unlike size with maps are resized before they are put together")
    batch = Collate(dataset.targets)(changed)
    expect(len(batch["image"]) == len(changed), f"{len(changed)} images", len(batch["image"]))


def _expect_same_sample(one: Sample, other: Sample) -> None:
    expect(one.keys() == other.keys(), f"{sorted(other)}", sorted(one))
    for name in one:
        expect(
            type(one[name]) is type(other[name]), f"{type(other[name]).__name__} {name!r}", type(one[name])
        )
        expect_same(_plain(one[name]), _plain(other[name]), f"{name!r} of two samples")


def _plain(value: Any) -> Any:
    return value.as_subclass(Tensor) if isinstance(value, tv_tensors.TVTensor) else value

"""How training and evaluation read a data set: seeded draws, resizing, batches.

Everything random about a training sample is a function of the seed and of how many samples were drawn
before it, so a resumed run sees what an uninterrupted one would have seen.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import pad
from torch.utils.data import DataLoader, Sampler
from torch.utils.data import Dataset as TorchDataset
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from stitchkit.data.dataset import Dataset, Sample
from stitchkit.data.maps import Target
from stitchkit.errors import InputError
from stitchkit.progress import progress
from stitchkit.sizes import ShorterSide, Size


class Draw(NamedTuple):
    """One sample of a training run: which, and how many were drawn before it."""

    frame: int
    number: int


class Draws(Sampler[Draw]):
    """Endless draws from ``indices``, a fresh permutation each epoch.

    Attributes:
        start: Number of the first draw; a resumed run sets it to what it has already seen.
    """

    def __init__(self, indices: Sequence[int], seed: int, start: int = 0) -> None:
        self.indices = list(indices)
        self.seed = seed
        self.start = start

    def __iter__(self) -> Iterator[Draw]:
        number, count = self.start, len(self.indices)
        while True:
            epoch = number // count
            order = np.random.default_rng([self.seed, epoch]).permutation(count)
            for position in order[number % count :]:
                yield Draw(self.indices[position], number)
                number += 1


class TrainingFrames:
    """The training split as networks see it before augmentation; shared by all runs of a study.

    Args:
        dataset: The training split.
        targets: What to keep beside the image; what nothing reads is not resized either.
        size: Of the resized image, maps and boxes; none keeps theirs.
        cache: Keep resized frames in memory. Processes that load share those that were there when they began.
    """

    def __init__(
        self, dataset: Dataset, targets: Collection[str], *, size: Size | None = None, cache: bool = False
    ) -> None:
        self.dataset = dataset
        self.kept = {"image", *targets}
        self.size = size
        self._cache: dict[int, Sample] | None = {} if cache else None

    def __getitem__(self, index: int) -> Sample:
        if self._cache is not None and index in self._cache:
            return self._cache[index]
        sample = {name: value for name, value in self.dataset[index].items() if name in self.kept}
        if self.size is not None:
            sample = {name: _resized(name, value, self.size) for name, value in sample.items()}
        if self._cache is not None:
            self._cache[index] = sample
        return sample

    def fill(self, indices: Collection[int], description: str = "read") -> None:
        """Read frames into the cache, so that processes that load have them from the beginning."""
        if self._cache is None or all(index in self._cache for index in indices):
            return
        with progress(description, len(indices)) as advance:
            for done, index in enumerate(indices, 1):
                self[index]
                advance(done)


class TrainingSamples(TorchDataset[Sample]):
    """Samples by `Draw`: frames, augmented with the draw's own random numbers.

    Args:
        frames: To draw from.
        augment: Random changes.
        seed: Of the run.
    """

    def __init__(self, frames: TrainingFrames, *, augment: v2.Transform, seed: int) -> None:
        self.frames = frames
        self.augment = augment
        self.seed = seed

    def __getitem__(self, draw: Draw) -> Sample:
        sample = self.frames[draw.frame]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(np.random.SeedSequence([self.seed, draw.number]).generate_state(1)[0]))
            return {**self.augment(sample), "key": self.frames.dataset.key(draw.frame)}


class EvaluationSamples(TorchDataset[Sample]):
    """Samples with the image resized and the rest as it is: networks are measured at the frame's own size."""

    def __init__(self, dataset: Dataset, indices: Sequence[int], size: Size | None) -> None:
        self.dataset = dataset
        self.indices = list(indices)
        self.size = size

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.indices)

    def __getitem__(self, position: int) -> Sample:
        index = self.indices[position]
        sample = {**self.dataset[index], "key": self.dataset.key(index)}
        sample["native_size"] = tuple(sample["image"].shape[-2:])
        if self.size is not None:
            sample["image"] = _resized("image", sample["image"], self.size)
        return sample


class Collate:
    """Put samples together to a batch, as described for `stitchkit.tasks.Batch`.

    Args:
        targets: Of the data set; they tell what stands for a map that a sample lacks.

    Raises:
        InputError: (when called) Maps of one batch differ in size.
    """

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self.voids = {name: target.void for name, target in targets.items() if not target.per_object}
        self.lists = {name for name, target in targets.items() if target.per_object} | {"proposals"}

    def __call__(self, samples: list[Sample]) -> dict[str, Any]:
        """Samples to a batch."""
        told = [name for name in ("key", "native_size") if name in samples[0]]
        batch: dict[str, Any] = {name: [sample[name] for sample in samples] for name in told}
        batch["image_size"] = [tuple(sample["image"].shape[-2:]) for sample in samples]
        batch["image"] = _padded([sample["image"].as_subclass(torch.Tensor) for sample in samples])
        for name in dict.fromkeys(name for sample in samples for name in sample if name not in batch):
            pattern = next(sample[name] for sample in samples if name in sample)
            missing = pattern[:0] if name in self.lists else torch.full_like(pattern, self.voids.get(name, 0))
            values = [sample.get(name, missing).as_subclass(torch.Tensor) for sample in samples]
            batch[name] = values if name in self.lists else _stacked(name, values)
        return batch


class CollateAlike(Collate):
    """Put samples together to batches of frames of one size, in which no image is padded.

    A network sees a margin of padding as it sees a picture, so with it a result would depend on the batch.
    """

    def __call__(self, samples: list[Sample]) -> list[dict[str, Any]]:  # type: ignore[override]
        """Samples to one batch, or to several in their order."""
        return [
            super(CollateAlike, self).__call__(list(alike))
            for _, alike in groupby(samples, key=lambda each: (each["image"].shape, each["native_size"]))
        ]


def _padded(images: Sequence[torch.Tensor]) -> torch.Tensor:
    """Stack images, with zeros at the right and the bottom of those smaller than others."""
    height, width = (max(image.shape[axis] for image in images) for axis in (-2, -1))
    return torch.stack(
        [pad(image, (0, width - image.shape[-1], 0, height - image.shape[-2])) for image in images]
    )


def _stacked(name: str, values: Sequence[torch.Tensor]) -> torch.Tensor:
    if len({value.shape for value in values}) > 1:
        sizes = ", ".join(sorted({"x".join(map(str, value.shape[-2:])) for value in values}))
        raise InputError(f"{name} of one batch differ in size ({sizes}); set training.size")
    return torch.stack(list(values))


def batches(loader: DataLoader) -> Iterator[Any]:
    """What the loader gives; an `InputError` of a worker process is raised here in its own words."""
    try:
        yield from loader
    except InputError as error:
        raise InputError(str(error).rsplit("InputError: ", 1)[-1].strip()) from None


def _resized(name: str, value: Any, size: Size) -> Any:
    """An image, a map or boxes at another size; what else a sample holds stays as it is."""
    if not isinstance(value, tv_tensors.TVTensor):
        return value
    bilinear = name == "image"
    return F.resize(
        value,
        [size.shorter] if isinstance(size, ShorterSide) else list(size),
        max_size=size.longer if isinstance(size, ShorterSide) else None,
        interpolation=v2.InterpolationMode.BILINEAR if bilinear else v2.InterpolationMode.NEAREST_EXACT,
    )

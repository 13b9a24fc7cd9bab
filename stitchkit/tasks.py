"""What stitchkit asks of a task."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from stitchkit.backbones.base import Backbone
from stitchkit.data.dataset import Dataset
from stitchkit.plugins import Config

Batch = dict[str, Any]
"""``"image"``: uint8 RGB [B, 3, H, W], smaller images with zeros at the right and the bottom;
``"image_size"``: list of B heights and widths without these; ``"key"``: list of B frame names; further keys:
maps stacked to [B, ...], with the target's void value where a sample lacks it, and lists of B tensors for
``"proposals"`` and whatever is told of each object.

When a network is measured, ``"native_size"`` has the heights and widths of the frames themselves, and maps
and boxes are theirs. When it is trained, everything is at the size of the image, and what the sampler of
the study drew is added."""


@dataclass(frozen=True)
class Metric:
    """How to read one figure of a task.

    Attributes:
        name: Key in `Metrics.compute` and ``results.json``, for example ``"within_11.25"``.
        label: Heading of the column, for example ``"<11.25°"``.
        unit: ``"%"`` or ``"°"`` or another unit.
        higher_is_better: Direction of improvement.
        note: What a reader must know, for example that a figure is a substitute for another method.
    """

    name: str
    label: str
    unit: str = "%"
    higher_is_better: bool = True
    note: str = ""


class Metrics(ABC):
    """Accumulates over a whole data set: the result is the same for any batch size and order of frames."""

    @abstractmethod
    def update(self, prediction: Any, batch: Batch) -> None:
        """Add a batch: what `Task.predict` returned, and the batch with its ground truth."""

    @abstractmethod
    def merge(self, other: "Metrics") -> None:
        """Add what another accumulator (another process) has seen."""

    @abstractmethod
    def compute(self) -> dict[str, float]:
        """Every figure that the task's ``metrics_info`` names; NaN where no pixel had ground truth."""

    def details(self) -> dict[str, Any]:
        """Further JSON-able results for the report, for example the IoU of each class."""
        return {}

    def per_image(self) -> dict[str, np.ndarray]:
        """What each image brought: enough to compute the figures again with images drawn anew.

        Under ``"key"`` are the names of the n images that have ground truth, str [n] in ascending order, so
        that neither batches nor the order of frames show; further arrays are the task's own. All of them can
        be written with `numpy.savez` and read without pickle. Empty by default: the task's figures have no
        intervals over images.
        """
        return {}

    def resampled(self, images: Mapping[str, np.ndarray], times: np.ndarray) -> dict[str, np.ndarray]:
        """Every figure of `compute`, with image i counted ``times[r, i]`` times.

        It uses nothing that `update` gathered, so an empty accumulator will do.

        Args:
            images: What `per_image` returned, of n images.
            times: Whole numbers, 0 or more: [R, n], as `stitchkit.bootstrap.draws` makes them.

        Returns:
            float64 [R] by the name of the metric; NaN where nothing that counts has ground truth.
        """
        raise NotImplementedError(f"{type(self).__name__} tells of each image, but not how to resample them")


class Task(ABC):
    """A task, registered under the entry-point group ``stitchkit.tasks``.

    Attributes:
        name: What the recipe calls the task.
        target: Key of its ground truth in samples and batches; always a field of ``Config``.
        reads: All keys that it needs of a sample beside the image; the target alone unless it says otherwise.
        needs: Keys of a batch that the study's sampler must provide (`stitchkit.samplers.Sampler`).
        outputs: Number of raw output channels; known after `fit` or `load_state`.
        metrics_info: The figures that `Metrics.compute` returns, the headline first.
    """

    Config: ClassVar[type[Config]] = Config
    metrics_info: tuple[Metric, ...]
    needs: tuple[str, ...] = ()
    outputs: int

    def __init__(self, name: str, config: Any) -> None:
        self.name = name
        self.config = config

    @property
    def target(self) -> str:
        """Key of the ground truth in samples and batches."""
        return self.config.target

    @property
    def reads(self) -> tuple[str, ...]:
        """Keys of a sample that the task needs beside the image."""
        return (self.target,)

    @abstractmethod
    def fit(self, train: Dataset, seed: int) -> None:
        """Learn from the training frames what the task needs before any network exists.

        For example the number of classes and their frequencies, or a codebook of normals.
        Raises `stitchkit.errors.InputError` where the data set lacks the target.
        """

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """What `fit` learned, as tensors; `load_state` restores it."""

    @abstractmethod
    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `state` returned."""

    def network(self, backbone: Backbone) -> nn.Module:
        """The one-task network: image [B, 3, H, W] to raw outputs [B, outputs, h, w]."""
        return backbone.dense(self.outputs)

    def inputs(self, batch: Batch) -> dict[str, Tensor]:
        """What the network takes beside the image when it is measured, by the names of its parameters."""
        return {}

    @abstractmethod
    def loss(self, output: Any, batch: Batch) -> Tensor:
        """Scalar; zero, but still connected to ``output``, where nothing in the batch has ground truth.

        ``output`` is what the task's `network` returned: a tensor, or a mapping of tensors.
        """

    @abstractmethod
    def predict(self, output: Any, batch: Batch) -> Any:
        """What the network says of each frame, at the frame's own size: a sequence, or a tensor, of B."""

    def predict_ensemble(self, outputs: Sequence[Any], batch: Batch) -> Any:
        """What an ensemble of one-task networks says; same type as `predict`.

        By default the prediction from the mean of the raw outputs. A task whose raw outputs are scores before
        a softmax or a sigmoid averages probabilities instead.

        Args:
            outputs: Raw output of each member, at least one.
            batch: What they were computed from.
        """
        return self.predict(averaged(outputs), batch)

    @abstractmethod
    def constant(self, batch: Batch) -> Any:
        """What the best constant predictor, fitted on the training frames, says of each frame of a batch.

        Same type as `predict`. Every table shows its figures, so that a reader can tell learning from luck.
        """

    def as_truth(self, prediction: Any) -> Batch:
        """A prediction in the place of ground truth, for other tasks that read it: by the keys of a batch.

        Of a picture alone no ground truth is known, but what one task predicts may be what another one asks.
        """
        return {self.target: prediction}

    def truth(self, batch: Batch, place: int) -> Any:
        """Ground truth of one frame of a batch, of the type of one frame's prediction."""
        return batch[self.target][place]

    @abstractmethod
    def metrics(self) -> Metrics:
        """A new, empty accumulator."""

    @abstractmethod
    def draw(self, values: Any, image: Tensor) -> Tensor:
        """A picture, uint8 RGB [3, H, W], of one frame's prediction or ground truth (no batch axis).

        ``image`` is the frame itself, uint8 RGB [3, H, W].
        """


def frame_size(batch: Batch) -> tuple[int, int]:
    """Height and width of the frames that a network is measured on: those of a batch have one size."""
    (size,) = set(batch["native_size"])
    return size


def averaged(outputs: Sequence[Any]) -> Any:
    """The mean of several outputs: tensors of one shape, or mappings of such tensors with the same keys.

    Args:
        outputs: At least one. Of one alone the mean is that output, bit for bit.

    Raises:
        TypeError: The outputs are something else.
    """
    if isinstance(outputs[0], Tensor):
        return torch.stack(list(outputs)).mean(dim=0)
    if isinstance(outputs[0], Mapping):
        return {name: averaged([output[name] for output in outputs]) for name in outputs[0]}
    raise TypeError(
        f"outputs to average must be tensors or mappings of tensors, but got {type(outputs[0]).__name__}; "
        "give the task a predict_ensemble of its own"
    )

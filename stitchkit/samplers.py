"""What stitchkit asks of a sampler: it makes of a batch of images what all tasks train on together."""

from typing import Any, ClassVar

from torch import Tensor

from stitchkit.plugins import Config
from stitchkit.tasks import Batch


class Sampler:
    """Draws a mini-batch from a batch of images, once an iteration for all tasks; as it stands, all of it.

    Registered under the entry-point group ``stitchkit.samplers``. It draws from torch's global generator,
    which training seeds by iteration.

    Attributes:
        reads: Keys of the samples that it needs beside the image.
        provides: Keys that it adds to a batch; a task names those that it wants in `Task.needs`.
    """

    Config: ClassVar[type[Config]] = Config
    reads: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()

    def __init__(self, config: Any) -> None:
        self.config = config

    def __call__(self, batch: Batch) -> Batch:
        """The batch with what was drawn; on the batch's device."""
        return batch

    def inputs(self, batch: Batch) -> dict[str, Tensor]:
        """What the networks take beside the image, by the names of their parameters, of a drawn batch."""
        return {}

    def example(self) -> dict[str, Tensor]:
        """`inputs` of the smallest kind, by which the shapes in a network are found out."""
        return {}


class WholeImages(Sampler):
    """Every pixel of every image: for tasks that say something of each pixel."""

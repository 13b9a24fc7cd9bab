"""The task of depth from one image."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

import matplotlib
import numpy as np
import torch
import torch.nn.functional as F
from pydantic import model_validator
from stitchkit import InputError
from stitchkit.data import Dataset
from stitchkit.plugins import Config
from stitchkit.tasks import Batch, Task, frame_size
from torch import Tensor

from example_depth.losses import berhu, scale_invariant
from example_depth.metrics import FIGURES, DepthMetrics

LOSSES = {"scale_invariant": scale_invariant, "berhu": berhu}
COLOURS = "viridis_r"  # near is light, far is dark


class DepthConfig(Config):
    """Options of `Depth`."""

    target: str = "depth"  # key of the ground truth in the samples
    loss: Literal["scale_invariant", "berhu"] = "scale_invariant"
    space: Literal["log", "metres"] = "log"  # what the network tells, and what errors are differences of

    @model_validator(mode="after")
    def _scale_is_a_difference_of_logarithms(self) -> Self:
        if self.loss == "scale_invariant" and self.space == "metres":
            raise ValueError("loss scale_invariant wants space log: with metres, take berhu")
        return self


class Depth(Task):
    """Depth of each pixel in metres, by regression.

    The network tells how far the depth, or its logarithm, is from the mean of the training frames. Predictions
    stay between the nearest and the farthest training pixel, so that they are above zero.
    """

    Config = DepthConfig
    config: DepthConfig
    metrics_info = FIGURES
    outputs = 1
    learned: (
        Tensor  # of the training depths: mean in the space, mean, least and greatest in metres: float64 [4]
    )

    def fit(self, train: Dataset, seed: int) -> None:
        """Learn the mean and the range of the training depths, one frame at a time; ``seed`` is not used.

        Raises:
            InputError: The data set has no such target of kind ``depth``, or no pixel has a depth.
        """
        known = [name for name, target in train.targets.items() if target.kind == "depth"]
        if self.target not in known:
            raise InputError(
                f"task {self.name!r}: the data set has no {self.target!r} of kind 'depth'; "
                f"it has {', '.join(known) or 'none of that kind'}"
            )
        pixels, sums, ends = 0, torch.zeros(2, dtype=torch.float64), [torch.inf, -torch.inf]
        for depths in self._training_depths(train):
            pixels += len(depths)
            sums += torch.stack([self._to_space(depths).sum(), depths.sum()])
            ends = [min(ends[0], float(depths.min())), max(ends[1], float(depths.max()))]
        if not pixels:
            raise InputError(
                f"task {self.name!r}: no pixel of the {len(train)} training frames has a depth in "
                f"{self.target!r}; use frames with ground truth"
            )
        self.learned = torch.cat([sums / pixels, torch.tensor(ends, dtype=torch.float64)])

    def _training_depths(self, train: Dataset) -> Iterator[Tensor]:
        """The known depths of each frame that has any: float64 [pixels]."""
        for index in range(len(train)):
            depth = train[index].get(self.target)
            if depth is not None and (depth > 0).any():
                yield depth.as_subclass(Tensor)[depth > 0].double()

    def state(self) -> dict[str, Tensor]:
        """``learned``: float64 [4]."""
        return {"learned": self.learned}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `state` returned."""
        self.learned = state["learned"].cpu()

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """The loss of raw outputs [B, 1, h, w] at the pixels of depths [B, H, W] that are known."""
        if self.target not in batch:  # no image of the batch has ground truth
            return (output * 0).sum()
        truth = batch[self.target]
        told = self._told(output, truth.shape[1:])
        images, rows, columns = (truth > 0).nonzero(as_tuple=True)
        errors = told[images, rows, columns] - self._to_space(truth[images, rows, columns])
        return LOSSES[self.config.loss](errors, images)

    def predict(self, output: Tensor, batch: Batch) -> Tensor:
        """Depth in metres: float32 [B, H, W]."""
        told = self._told(output.float(), frame_size(batch))
        nearest, farthest = self.learned[2:].tolist()
        return (told.exp() if self.config.space == "log" else told).clamp(nearest, farthest)

    def _told(self, output: Tensor, size: tuple[int, ...]) -> Tensor:
        """What the network says in its space, at the size of the ground truth: [B, H, W]."""
        return F.interpolate(output, size, mode="bilinear", align_corners=False)[:, 0] + float(
            self.learned[0]
        )

    def _to_space(self, metres: Tensor) -> Tensor:
        return metres.log() if self.config.space == "log" else metres

    def constant(self, batch: Batch) -> Tensor:
        """The mean training depth everywhere, of all constants the one with the least RMSE: float32 [B, H, W]."""
        return torch.full((len(batch["key"]), *frame_size(batch)), float(self.learned[1]))

    def metrics(self) -> DepthMetrics:
        """A new, empty accumulator."""
        return DepthMetrics(self.target)

    def draw(self, values: Any, image: Tensor) -> Tensor:
        """Depths [H, W] between the nearest and the farthest training pixel, void black: uint8 RGB [3, H, W]."""
        depth = torch.as_tensor(values).cpu().numpy()
        nearest, farthest = self.learned[2:].tolist()
        shade = (depth - nearest) / max(farthest - nearest, np.finfo(np.float32).tiny)
        colours = matplotlib.colormaps[COLOURS](shade.clip(0, 1), bytes=True)[..., :3]
        colours[depth == 0] = 0
        return torch.from_numpy(np.moveaxis(colours, -1, 0).copy())

"""Random changes of a whole sample, image and maps together."""

from typing import Any

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2


class ColourMultiplier(v2.Transform):
    """Multiply each colour channel of the image by its own random factor, one draw an image.

    The colour augmentation of Eigen et al. (NIPS 2014), which draws from [0.8, 1.2]; the cross-stitch paper
    (Section 5) says "color data augmentation" and no more. Maps are left alone.
    """

    _transformed_types = (tv_tensors.Image,)

    def __init__(self, low: float = 0.8, high: float = 1.2) -> None:
        super().__init__()
        self.low, self.high = low, high

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """One factor a channel."""
        return {"factor": torch.empty(3, 1, 1).uniform_(self.low, self.high)}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """An image uint8 [3, H, W] to the same, clipped at white."""
        scaled = (inpt.to(torch.float32) * params["factor"]).round_().clamp_(0, 255)
        return tv_tensors.wrap(scaled.to(torch.uint8), like=inpt)


def augmentation(*, mirror: float, colour: tuple[float, float] | None) -> v2.Transform:
    """The training-time changes of a sample.

    Args:
        mirror: Probability of a left-right flip of image and maps; `Normals` change sign with it.
        colour: Range of the `ColourMultiplier`, or none.
    """
    steps: list[v2.Transform] = [v2.RandomHorizontalFlip(mirror)]
    if colour is not None:
        steps.append(ColourMultiplier(*colour))
    return v2.Compose(steps)

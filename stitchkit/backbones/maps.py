"""From tapped values of any layout to maps [B, C, h, w]."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.graph.taps import Tap

_MOST_PREFIX_TOKENS = 64  # class and register tokens; more would rather be a grid that was misread


@dataclass(frozen=True)
class Layout:
    """How a tapped value becomes a map.

    Attributes:
        channels: Number of its channels.
        axis: Where they are: 1 or -1.
        stride: Pixels of the image to a step of the map, down and across; not whole where they are no power
            of two and the image was no multiple of them.
        prefix: For tokens [B, prefix + h w, C], how many come before the grid; None for maps.
    """

    channels: int
    axis: int
    stride: tuple[float, float]
    prefix: int | None = None

    def map(self, value: Tensor, height: int, width: int) -> Tensor:
        """The map [B, C, h, w] of an image of this height and width.

        Raises:
            InputError: The tokens make no grid on such an image.
        """
        if self.axis != 1:
            value = value.movedim(self.axis, 1)
        if self.prefix is None:
            return value
        count = value.shape[2] - self.prefix
        for grid in (self._padded(height, width), self._cropped(height, width)):
            if grid[0] * grid[1] == count:
                return value[:, :, self.prefix :].unflatten(2, grid)
        raise InputError(
            f"{count} tokens are no grid on an image of {height} x {width} at stride {self.stride[0]:g};"
            f" use an image of multiples of the stride"
        )

    def _padded(self, height: int, width: int) -> tuple[int, int]:
        down, across = self.stride
        return int(-(-height // down)), int(-(-width // across))

    def _cropped(self, height: int, width: int) -> tuple[int, int]:
        down, across = self.stride
        return int(height // down), int(width // across)


class Maps(nn.Module):
    """From tapped values and their image to maps; a module, so that tracing leaves it whole."""

    def __init__(self, layouts: Sequence[Layout]) -> None:
        super().__init__()
        self.layouts = tuple(layouts)

    def forward(self, values: Sequence[Tensor], image: Tensor) -> list[Tensor]:
        """The map [B, C, h, w] of each value, where the image is [B, 3, H, W].

        Raises:
            InputError: The tokens make no grid on such an image.
        """
        height, width = image.shape[-2:]
        return [layout.map(value, height, width) for layout, value in zip(self.layouts, values, strict=True)]


def layout_of(tap: Tap, listed: Sequence[Tap], height: int, width: int) -> Layout:
    """The layout of a tap's value.

    The grid of tokens is that of the map which the network makes them from: among the taps, the largest
    map of the image's proportions with no more positions than there are tokens.

    Args:
        tap: With shapes as on an image of ``height`` x ``width``.
        listed: All taps of the network, on the same image.
        height: Of the image.
        width: Of the image.

    Raises:
        InputError: The value has no height and width, or its tokens no grid.
    """
    positions = _positions(tap)
    assert tap.channels is not None
    assert tap.channel_axis is not None
    if len(positions) == 2:
        stride = (_stride(height, positions[0]), _stride(width, positions[1]))
        return Layout(tap.channels, tap.channel_axis, stride)
    if len(positions) == 1:
        grids = [_positions(other) for other in listed if other.shape and len(other.shape) == 4]
        fitting = [
            (h, w)
            for h, w in grids
            if h > 1 < w
            and abs(h * width - w * height) < max(height, width)
            and 0 <= positions[0] - h * w <= _MOST_PREFIX_TOKENS
        ]
        if fitting:
            h, w = max(fitting, key=lambda grid: grid[0] * grid[1])
            stride = (float(round(height / h)), float(round(width / w)))
            return Layout(tap.channels, tap.channel_axis, stride, positions[0] - h * w)
    raise InputError(
        f"tap {tap.name!r} has the shape {tap.shape}, which is no map and no grid of tokens; name other taps"
    )


def _stride(pixels: int, steps: int) -> float:
    """A power of two where it makes so many steps of the pixels, padded or cut to whole ones; else the ratio.

    So a network made for 240 pixels has 8 steps of 32, not of 30.
    """
    ratio = pixels / steps
    power = 2.0 ** round(math.log2(ratio))
    return power if steps in (pixels // power, -(-pixels // power)) else ratio


def _positions(tap: Tap) -> tuple[int, ...]:
    """Sizes of the axes that are neither the batch's nor the channels'."""
    shape, axis = tap.shape or (), tap.channel_axis or 1
    axis %= max(len(shape), 1)
    return shape[1:axis] + shape[axis + 1 :]

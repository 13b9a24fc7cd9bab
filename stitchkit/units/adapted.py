"""Units between activation maps of different shapes."""

import math
from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.units.base import MixingUnit, Sharing, Unit

Layout = tuple[tuple[int, ...], int]
"""Shape of an activation map, the batch first, and the axis of its channels."""


class AdaptedUnit(MixingUnit):
    """A unit for networks whose maps differ in channels, size or channel axis.

    The maps meet in the shape of the one with the most channels (of several, the finest): P_i takes
    network i's map there, Q_i takes back what the unit changed. Each is a 1x1 projection that starts as the
    identity, channel k to channel k as far as both have it, and bilinear resizing:

        x~_i = x_i + Q_i(unit(P_1 x_1, ..., P_N x_N)_i - P_i x_i)

    A unit that changes nothing so leaves every network's map bit for bit, whatever the projections became.

    Args:
        unit: Describes the unit in the middle.
        layouts: Shape of each network's map, the batch first, and the axis of its channels, 1 or -1.

    Attributes:
        unit: The unit in the middle; its alphas are this unit's.
        to_common: Weights [C, C_i] of the projections P_i; None where the channels agree.
        from_common: Weights [C_i, C] of the projections Q_i; None where the channels agree.

    Raises:
        InputError: Maps of which some are images and some are not, different numbers of tokens, or a unit
            that is no `MixingUnit`.
    """

    def __init__(self, unit: Unit, layouts: Sequence[Layout]) -> None:
        super().__init__()
        _check(layouts)
        channels = [shape[axis] for shape, axis in layouts]
        self.axes = tuple(axis for _, axis in layouts)
        self.common = max(range(len(layouts)), key=lambda i: (channels[i], _positions(layouts[i]), -i))
        self.channel_axis = self.axes[self.common]
        self.unit = _mixing(unit.build(len(layouts), channels[self.common], self.channel_axis))
        self.to_common = nn.ParameterList(_identity(channels[self.common], own) for own in channels)
        self.from_common = nn.ParameterList(_identity(own, channels[self.common]) for own in channels)

    @property
    def alpha(self) -> Tensor:
        """Alphas of the unit in the middle, [C or 1, N, N]."""
        return self.unit.alpha

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        """Mix N maps of the shapes given, at any size of image; each new map has the shape of its own.

        Raises:
            InputError: The unit in the middle cannot mix them.
        """
        meeting = xs[self.common].movedim(self.axes[self.common], 1)
        brought = [
            _resized(_projected(x.movedim(axis, 1), weight), meeting).movedim(1, self.channel_axis)
            for x, axis, weight in zip(xs, self.axes, self.to_common, strict=True)
        ]
        return tuple(
            x + self._back(i, mixed - own, x)
            for i, (x, own, mixed) in enumerate(zip(xs, brought, self.unit(*brought), strict=True))
        )

    def _back(self, i: int, change: Tensor, x: Tensor) -> Tensor:
        change = change.movedim(self.channel_axis, 1)
        own = x.movedim(self.axes[i], 1)
        return _projected(_resized(change, own), self.from_common[i]).movedim(1, self.axes[i])

    def sharing(self, tolerance: float) -> Sharing:
        """How the networks share; maps of unlike shapes are never one, so what is not separate is mixed."""
        separate = self.unit.sharing(tolerance).separate
        return Sharing(separate, shared=0.0, mixed=1.0 - separate)

    def mixing_parameters(self) -> Iterable[nn.Parameter]:
        """Those of the unit in the middle; projections are trained at the rate of weights."""
        return self.unit.mixing_parameters()

    def extra_repr(self) -> str:
        """In whose shape the maps meet, for printing."""
        return f"common={self.common}"


def _mixing(unit: nn.Module) -> MixingUnit:
    if not isinstance(unit, MixingUnit):
        raise InputError(f"adapt=True wants a stitchkit.units.MixingUnit, but got {type(unit).__name__}")
    return unit


def _check(layouts: Sequence[Layout]) -> None:
    first, _ = layouts[0]
    for layout in layouts:
        shape, _ = layout
        if len(shape) != len(first):
            raise InputError("adapt=True joins images with images and tokens with tokens; choose other taps")
        if len(shape) != 4 and _positions(layout) != _positions(layouts[0]):
            raise InputError("adapt=True resizes images only; choose taps with equally many tokens")


def _positions(layout: Layout) -> int:
    shape, axis = layout
    return math.prod(shape[1:]) // shape[axis]


def _identity(rows: int, columns: int) -> nn.Parameter | None:
    return None if rows == columns else nn.Parameter(torch.eye(rows, columns))


def _projected(x: Tensor, weight: Tensor | None) -> Tensor:
    """A 1x1 convolution of x [B, C, ...] by weight [D, C]."""
    return x if weight is None else F.linear(x.movedim(1, -1), weight).movedim(-1, 1)


def _resized(x: Tensor, like: Tensor) -> Tensor:
    """Maps [B, C, H, W] at the height and width of ``like``."""
    if x.dim() != 4 or x.shape[2:] == like.shape[2:]:
        return x
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)

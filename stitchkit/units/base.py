"""What every unit is, and what can be read off one that mixes."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.plugins import Config
from stitchkit.units.maps import check_maps
from stitchkit.units.mix import mix

SameTask = Annotated[float, Field(ge=0.0, le=1.0)]
"""First value of the same-task alphas; the different-task alphas share the rest (see `convex_start`)."""


class Unit(Config, ABC):
    """Describes the units of a stitched network; registered under the entry-point group ``stitchkit.units``.

    A unit's options are its own fields, so a recipe checks them with ``model_validate``.
    """

    @abstractmethod
    def build(self, networks: int, channels: int, channel_axis: int) -> nn.Module:
        """The module for one tap: called with an activation map of each network, it returns as many new ones.

        A module that mixes the maps linearly should be a `MixingUnit`: then its alphas are saved, logged,
        drawn and trained at their own rate.

        Args:
            networks: Number N of networks, at least 2.
            channels: Number C of channels at the tap.
            channel_axis: Axis of the channels: 1 for [B, C, H, W], -1 for [B, H, W, C] and [B, tokens, C].

        Raises:
            InputError: The unit cannot stand at such a tap.
        """


@dataclass(frozen=True)
class Sharing:
    """How the networks share at a tap, in fractions of its channels that sum to one.

    Attributes:
        separate: Every network goes on with its own channel, as if there were no unit.
        shared: All networks go on with the same channel, up to rounding, as in a Split architecture before
            its split.
        mixed: Neither.
    """

    separate: float
    shared: float
    mixed: float

    @property
    def verdict(self) -> Literal["separate", "shared", "mixed"]:
        """What holds for every channel of the tap, else ``"mixed"``."""
        return "separate" if self.separate == 1 else "shared" if self.shared == 1 else "mixed"

    @classmethod
    def read(cls, weights: Tensor, identity: Tensor, tolerance: float) -> "Sharing":
        """Compare what makes up each channel with what would leave it alone.

        Args:
            weights: [N, C, K], read as [to, channel, source]: the factors of all K sources of a channel.
            identity: The factors that give every network its own channel, of a shape that broadcasts to it.
            tolerance: Largest difference of a factor that counts as none. NaN differs from everything.
        """
        separate = ((weights - identity).abs() <= tolerance).all(2).all(0)
        shared = (weights.amax(0) - weights.amin(0) <= tolerance).all(1) & ~separate
        mixed = ~separate & ~shared
        return cls(*(int(kind.sum()) / kind.numel() for kind in (separate, shared, mixed)))


class MixingUnit(nn.Module):
    """A module that stands at a tap and makes each network's new map of all maps, as its alphas say.

    As it stands here it computes Equation 1 of the paper, x~_i = sum_j alpha_ij x_j in every channel; a unit
    that mixes more than channel with channel has its own ``forward`` and `sharing`.

    Attributes:
        alpha: [C or 1, N, N], read as [channel, to, from]: a parameter, or computed from parameters.
        channel_axis: Axis of the channels in the activation maps.
    """

    channel_axis: int

    if TYPE_CHECKING:  # at run time a property here would stand in the way of a parameter

        @property
        def alpha(self) -> Tensor:
            """[C or 1, N, N], read as [channel, to, from]."""

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        """Mix N activation maps of equal shape; the new maps keep the strides and the type of the given ones.

        Raises:
            InputError: Not N maps, maps of different shapes, or not as many channels as matrices alpha.
        """
        alpha = self.alpha
        matrices, networks, _ = alpha.shape
        check_maps(xs, networks, None if matrices == 1 else matrices, self.channel_axis)
        return mix(alpha, xs, self.channel_axis)

    def same_task(self) -> Tensor:
        """Mean same-task value, a scalar without gradient (the mean of alpha_S, Section 3.3)."""
        return self.alpha.detach().diagonal(dim1=1, dim2=2).mean()

    def different_task(self) -> Tensor:
        """Mean different-task value, a scalar without gradient (the mean of alpha_D, Section 3.3)."""
        alpha = self.alpha.detach()
        pairs = alpha.shape[0] * alpha.shape[1] * (alpha.shape[1] - 1)
        return (alpha.sum() - alpha.diagonal(dim1=1, dim2=2).sum()) / pairs

    def sharing(self, tolerance: float) -> Sharing:
        """How the networks share: separate where alpha is the identity, shared where its rows are equal.

        Args:
            tolerance: Largest difference of an alpha that counts as none.
        """
        alpha = self.alpha.detach().transpose(0, 1)
        return Sharing.read(alpha, torch.eye(len(alpha)).to(alpha)[:, None], tolerance)

    def mixing_parameters(self) -> Iterable[nn.Parameter]:
        """The parameters that are trained at the rate of the alphas: all, unless the unit says otherwise."""
        return self.parameters()

    def extra_repr(self) -> str:
        """Shape of alpha and the channel axis, for printing."""
        return f"alpha={list(self.alpha.shape)}, channel_axis={self.channel_axis}"


def convex_start(networks: int, same: float) -> Tensor:
    """Alphas of convex combinations with ``same`` on the diagonal (paper, Section 5.1): float64 [N, N].

    Each different-task value is ``(1 - same) / (N - 1)``, so that every row sums to one.

    Raises:
        InputError: Fewer than two networks.
    """
    if networks < 2:
        raise InputError(f"a unit joins at least 2 networks, but got {networks}; add a network")
    different = (1.0 - same) / (networks - 1)
    return torch.full((networks, networks), different, dtype=torch.float64).fill_diagonal_(same)

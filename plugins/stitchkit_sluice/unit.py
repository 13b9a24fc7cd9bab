"""Sluice units: the channels of each network are cut into subspaces, and all subspaces are mixed."""

import torch
from pydantic import PositiveInt
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.units import (
    MixingUnit,
    SameTask,
    Sharing,
    Unit,
    check_maps,
    convex_start,
    laid_out_like,
    mix,
)


class Sluice(Unit):
    """Sluice units (Ruder et al., "Latent multi-task architecture learning", AAAI 2019).

    Each network's channels are cut into S subspaces of equal size, and each subspace goes on with a linear
    combination of all N S subspaces, by one matrix a tap. Of the publication this is the alphas alone: its
    penalty that keeps subspaces orthogonal belongs to the loss, its mixture of layers (beta) to the network.

    Attributes:
        subspaces: Number S of subspaces of a network; it divides the channels of every tap.
        same: First value between a subspace and itself, in [0, 1]. The like-numbered subspaces of the other
            networks share the rest equally, all others start at zero. The publication starts from networks
            with random weights, and may then let one source subspace dominate all others; here each network
            comes trained and has to get its own map at first.
    """

    subspaces: PositiveInt = 2
    same: SameTask = 0.9

    def build(self, networks: int, channels: int, channel_axis: int) -> "SluiceUnit":
        """The module for one tap.

        Raises:
            InputError: Fewer than two networks, or channels that the subspaces do not divide.
        """
        return SluiceUnit(networks, channels, channel_axis, self.subspaces, self.same)


class SluiceUnit(MixingUnit):
    """The sluice unit of one tap: Equation 1 of cross-stitch networks between subspaces of channels.

    With ``same=1`` the outputs equal the inputs bit for bit, as long as all of them are finite.

    Args:
        networks: Number N of networks.
        channels: Number C of channels.
        channel_axis: Axis of the channels in the activation maps.
        subspaces: Number S of subspaces of a network.
        same: Value between a subspace and itself at the start; between like-numbered subspaces of different
            networks it is ``(1 - same) / (N - 1)``.

    Attributes:
        matrix: Parameter [N S, N S], read as [to, from]; subspace s of network i has index ``i * S + s``.

    Raises:
        InputError: Fewer than two networks, or channels that the subspaces do not divide.
    """

    def __init__(
        self, networks: int, channels: int, channel_axis: int = 1, subspaces: int = 2, same: float = 0.9
    ) -> None:
        super().__init__()
        if channels % subspaces:
            fitting = [n for n in range(2, channels + 1) if channels % n == 0]
            nearest = min(fitting, key=lambda n: abs(n - subspaces), default=1)
            raise InputError(
                f"the {channels} channels of a tap cannot be cut into {subspaces} subspaces of equal size;"
                f" choose subspaces: {nearest}, or other taps"
            )
        self.networks, self.channels, self.subspaces = networks, channels, subspaces
        self.channel_axis = channel_axis
        start = convex_start(networks, same).to(torch.get_default_dtype())
        self.matrix = nn.Parameter(torch.kron(start, torch.eye(subspaces)))

    @property
    def alpha(self) -> Tensor:
        """The values between like-numbered subspaces, for each of their channels: [C, N, N]."""
        like = self._blocks(self.matrix).diagonal(dim1=1, dim2=3).permute(2, 0, 1)
        return like.repeat_interleave(self.channels // self.subspaces, dim=0)

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        """Mix N activation maps of equal shape; the new maps keep the strides and the type of the given ones.

        Raises:
            InputError: Not N maps, maps of different shapes, or not C channels.
        """
        check_maps(xs, self.networks, self.channels, self.channel_axis)
        pieces = [piece for x in xs for piece in x.chunk(self.subspaces, self.channel_axis)]
        mixed = mix(self.matrix[None], pieces, self.channel_axis)
        starts = range(0, len(mixed), self.subspaces)
        new = (torch.cat(mixed[i : i + self.subspaces], self.channel_axis) for i in starts)
        return tuple(map(laid_out_like, new, xs))

    def sharing(self, tolerance: float) -> Sharing:
        """How the networks share; a subspace made of unlike ones is mixed."""
        matrix = self._blocks(self.matrix.detach())
        identity = self._blocks(torch.eye(len(self.matrix)).to(self.matrix))
        return Sharing.read(matrix.flatten(2), identity.flatten(2), tolerance)

    def _blocks(self, matrix: Tensor) -> Tensor:
        """[N, S, N, S], read as [to, subspace, from, subspace]."""
        return matrix.view(self.networks, self.subspaces, self.networks, self.subspaces)

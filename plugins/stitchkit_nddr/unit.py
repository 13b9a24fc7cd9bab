"""Neural discriminative dimensionality reduction: for each network a 1x1 convolution of all maps."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stitchkit.units import MixingUnit, SameTask, Sharing, Unit, check_maps, convex_start, laid_out_like


class NDDR(Unit):
    """NDDR layers (Gao et al., "NDDR-CNN", CVPR 2019): a 1x1 convolution of all maps for each network.

    They have N² C² weights where cross-stitch units have N² C, and start as the same convex mix.

    Attributes:
        same: First weight between a channel and itself, in [0, 1]. Its weights to the like channels of the
            other networks share the rest equally, all others start at zero.
        batch_norm: Follow each convolution with a batch norm, as the publication does. The start is then
            that mix, normalised.
    """

    same: SameTask = 0.9
    batch_norm: bool = False

    def build(self, networks: int, channels: int, channel_axis: int) -> "NDDRUnit":
        """The module for one tap; raises `InputError` for fewer than two networks."""
        return NDDRUnit(networks, channels, channel_axis, self.same, self.batch_norm)


class NDDRUnit(MixingUnit):
    """The NDDR layers of one tap: for each network a 1x1 convolution over the channels of all N maps.

    There is no bias and no activation, so that cross-stitch units are the special case in which only like
    channels are mixed. With ``same=1`` and no batch norm the outputs equal the inputs bit for bit as long as
    they are finite, on backends that multiply and add in full precision; one that rounds its factors, such
    as TF32 convolutions on a GPU, rounds the maps.

    Args:
        networks: Number N of networks.
        channels: Number C of channels.
        channel_axis: Axis of the channels in the activation maps: 1, or -1 or the last.
        same: Same-task value at the start; each different-task value is ``(1 - same) / (N - 1)``.
        batch_norm: Whether a batch norm follows each convolution.

    Attributes:
        weight: Parameter [N, C, N, C], read as [to, channel, from, channel].
        norms: The batch norm of each network; empty without.

    Raises:
        InputError: Fewer than two networks.
    """

    def __init__(
        self,
        networks: int,
        channels: int,
        channel_axis: int = 1,
        same: float = 0.9,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.channel_axis = channel_axis
        self.batch_norm = batch_norm
        start = convex_start(networks, same).to(torch.get_default_dtype())
        start = torch.kron(start, torch.eye(channels))
        self.weight = nn.Parameter(start.view(networks, channels, networks, channels))
        self.norms = nn.ModuleList(_BatchNorm(channels) for _ in range(networks if batch_norm else 0))

    @property
    def alpha(self) -> Tensor:
        """The weights between like channels: [C, N, N], read as [channel, to, from]."""
        return self.weight.diagonal(dim1=1, dim2=3).permute(2, 0, 1)

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        """Mix N activation maps of equal shape; the new maps keep the strides and the type of the given ones.

        Raises:
            InputError: Not N maps, maps of different shapes, or not C channels.
        """
        networks, channels, *_ = self.weight.shape
        check_maps(xs, networks, channels, self.channel_axis)
        together = torch.cat(xs, self.channel_axis)
        weights = self.weight.to(together.dtype).flatten(2)
        new = [_convolve(together, weight, self.channel_axis) for weight in weights]
        if self.batch_norm:
            second = (x.movedim(self.channel_axis, 1) for x in new)  # batch norms take channels second
            new = [norm(x).movedim(1, self.channel_axis) for norm, x in zip(self.norms, second, strict=True)]
        return tuple(map(laid_out_like, new, xs))

    def sharing(self, tolerance: float) -> Sharing:
        """How the networks share; a channel made of unlike ones is mixed, and a batch norm mixes all."""
        if self.batch_norm:
            return Sharing(separate=0.0, shared=0.0, mixed=1.0)
        weight = self.weight.detach().flatten(2)
        identity = torch.eye(weight.shape[2]).to(weight).view_as(weight)
        return Sharing.read(weight, identity, tolerance)

    def mixing_parameters(self) -> Iterable[nn.Parameter]:
        """The weights of the convolutions; batch norms are trained like those of the networks."""
        return [self.weight]


def _convolve(x: Tensor, weight: Tensor, channel_axis: int) -> Tensor:
    """A 1x1 convolution without bias: weight [to, from] over the channels of maps, tokens or vectors."""
    if channel_axis % x.dim() == x.dim() - 1:
        return F.linear(x, weight)
    convolution = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.dim()]
    return convolution(x, weight.view(*weight.shape, *[1] * (x.dim() - 2)))


class _BatchNorm(nn.BatchNorm1d):
    """A batch norm for maps [B, C, ...] with any number of axes."""

    def _check_input_dim(self, input: Tensor) -> None: ...

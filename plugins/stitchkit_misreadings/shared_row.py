"""One mixing vector for all networks, where cross-stitch units have one for each."""

from typing import Literal

import torch
from torch import Tensor, nn

from stitchkit.units import MixingUnit, Unit, convex_start


class LegacySharedRow(Unit):
    """Not the paper's method: all networks go on with one and the same weighted mean of the maps.

    Public code does this where alpha is a vector of N values instead of an N x N matrix (paper, Eq. 1). What
    is lost is the choice that cross-stitch units exist for: no network can keep its own map, and from the
    first such tap on the networks differ by their later layers alone, as in a Split architecture.

    Attributes:
        granularity: ``"channel"`` for one vector a channel, ``"layer"`` for one a map.
    """

    granularity: Literal["channel", "layer"] = "channel"

    def build(self, networks: int, channels: int, channel_axis: int) -> "LegacySharedRowUnit":
        """The module for one tap; raises `InputError` for fewer than two networks."""
        return LegacySharedRowUnit(networks, channels if self.granularity == "channel" else 1, channel_axis)


class LegacySharedRowUnit(MixingUnit):
    """The shared mixing vectors of one tap; all maps have the same part in it at the start.

    Args:
        networks: Number N of networks.
        groups: Number of vectors: the number of channels, or 1 for one vector for all channels.
        channel_axis: Axis of the channels in the activation maps.

    Attributes:
        row: Parameter [groups, N], read as [channel, from].

    Raises:
        InputError: Fewer than two networks.
    """

    def __init__(self, networks: int, groups: int = 1, channel_axis: int = 1) -> None:
        super().__init__()
        self.channel_axis = channel_axis
        row = convex_start(networks, 1 / networks)[0].to(torch.get_default_dtype())
        self.row = nn.Parameter(row.repeat(groups, 1))

    @property
    def alpha(self) -> Tensor:
        """The vector as every row: [groups, N, N], read as [channel, to, from]."""
        return self.row[:, None].expand(-1, self.row.shape[1], -1)

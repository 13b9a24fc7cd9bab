"""Cross-stitch units whose alphas all start at one."""

from typing import Literal

from torch import nn

from stitchkit.units import CrossStitchUnit, Unit


class LegacyAllOnes(Unit):
    """Not the paper's method: every alpha starts at one, and each network goes on with the sum of all maps.

    Public code does this where a parameter is made with ones and never filled. What is lost is the start
    from convex combinations (paper, Section 5.1): the map of a tap is N times as large as the trained layers
    after it expect, at T taps in a row N to the power T times, and all networks go on with the same one.

    Attributes:
        granularity: ``"channel"`` for one matrix alpha a channel, ``"layer"`` for one a map.
    """

    granularity: Literal["channel", "layer"] = "channel"

    def build(self, networks: int, channels: int, channel_axis: int) -> CrossStitchUnit:
        """The module for one tap; raises `InputError` for fewer than two networks."""
        unit = CrossStitchUnit(networks, channels if self.granularity == "channel" else 1, channel_axis)
        nn.init.ones_(unit.alpha)
        return unit

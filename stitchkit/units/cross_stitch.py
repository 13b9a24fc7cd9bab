"""Cross-stitch units (paper, Section 3.3), with free or with constrained alphas."""

from typing import Literal, Self

import torch
import torch.nn.functional as F
from pydantic import model_validator
from torch import Tensor, nn

from stitchkit.units.base import MixingUnit, SameTask, Unit, convex_start

Constraint = Literal["convex", "nonnegative"]


class CrossStitch(Unit):
    """Cross-stitch units (paper, Section 3.3): each network goes on with a linear combination of all.

    Values outside the ranges raise `pydantic.ValidationError`, which is a `ValueError`.

    Attributes:
        granularity: ``"channel"`` learns one N x N matrix alpha for each channel (segmentation and normals,
            Section 5), ``"layer"`` one for the whole activation map (detection and attributes, Section 6.1).
        same: First value of the same-task alphas, in [0, 1]. The different-task alphas share the rest
            equally, so that each combination is convex at the start (Section 5.1); training may change that.
        constraint: What holds for alpha throughout training. ``"none"``, as in the paper, leaves it free
            after its convex start; ``"convex"`` keeps every combination convex, ``"nonnegative"`` every alpha
            above zero. Both only approach 0, so they want a ``same`` strictly between 0 and 1.
    """

    granularity: Literal["channel", "layer"] = "channel"
    same: SameTask = 0.9
    constraint: Literal["none", "convex", "nonnegative"] = "none"

    @model_validator(mode="after")
    def _can_start(self) -> Self:
        if self.constraint != "none" and self.same in (0.0, 1.0):
            values = "same" if self.same == 0 else "different"
            raise ValueError(
                f"same: {self.same:g} starts the {values}-task alphas at 0, which constraint"
                f" {self.constraint!r} only approaches; choose a value between 0 and 1, or constraint 'none'"
            )
        return self

    def build(
        self, networks: int, channels: int, channel_axis: int
    ) -> "CrossStitchUnit | ConstrainedCrossStitchUnit":
        """The module for one tap; raises `InputError` for fewer than two networks."""
        groups = channels if self.granularity == "channel" else 1
        if self.constraint == "none":
            return CrossStitchUnit(networks, groups, channel_axis, self.same)
        return ConstrainedCrossStitchUnit(networks, groups, channel_axis, self.same, self.constraint)


class CrossStitchUnit(MixingUnit):
    """The cross-stitch units of one tap: x~_i = sum_j alpha_ij x_j in every channel (paper, Eq. 1).

    With alpha the identity the outputs equal the inputs bit for bit, as long as all of them are finite
    (0 times infinity is not a number: a network that diverges shows in all).

    Args:
        networks: Number N of networks.
        groups: Number of alpha matrices: the number of channels, or 1 for one matrix for all channels.
        channel_axis: Axis of the channels in the activation maps.
        same: Same-task value at the start; each different-task value is ``(1 - same) / (N - 1)``.

    Attributes:
        alpha: Parameter [groups, N, N], read as [channel, to, from].

    Raises:
        InputError: Fewer than two networks.
    """

    alpha: nn.Parameter

    def __init__(self, networks: int, groups: int = 1, channel_axis: int = 1, same: float = 0.9) -> None:
        super().__init__()
        self.channel_axis = channel_axis
        start = convex_start(networks, same).to(torch.get_default_dtype())
        self.alpha = nn.Parameter(start.repeat(groups, 1, 1))


class ConstrainedCrossStitchUnit(MixingUnit):
    """Cross-stitch units whose alphas stay convex or nonnegative, whatever the optimiser does.

    Convex alphas are the softmax over "from" of a free parameter. Nonnegative ones are its softplus rather
    than its exponential: the slope of softplus is at most one, so that at the high rate of the alphas no step
    is larger than that of an unconstrained alpha.

    Args:
        networks: Number N of networks.
        groups: Number of alpha matrices: the number of channels, or 1 for one matrix for all channels.
        channel_axis: Axis of the channels in the activation maps.
        same: Same-task value at the start, strictly between 0 and 1, as for `CrossStitchUnit`.
        constraint: ``"convex"`` or ``"nonnegative"``.

    Attributes:
        free: Parameter [groups, N, N] that alpha is computed from.

    Raises:
        InputError: Fewer than two networks.
    """

    def __init__(
        self, networks: int, groups: int, channel_axis: int, same: float, constraint: Constraint
    ) -> None:
        super().__init__()
        self.channel_axis = channel_axis
        self.constraint = constraint
        alpha = convex_start(networks, same)
        free = alpha.log() if constraint == "convex" else alpha.expm1().log()  # the inverse of each map
        self.free = nn.Parameter(free.to(torch.get_default_dtype()).repeat(groups, 1, 1))

    @property
    def alpha(self) -> Tensor:
        """[groups, N, N], read as [channel, to, from]."""
        return self.free.softmax(dim=2) if self.constraint == "convex" else F.softplus(self.free)

    def extra_repr(self) -> str:
        """Shape of alpha, the channel axis and the constraint, for printing."""
        return f"{super().extra_repr()}, constraint={self.constraint!r}"

"""Units that stand at a tap and mix the activation maps of all networks (paper, Section 3.3)."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.plugins import Config


class Unit(Config, ABC):
    """Describes the units of a stitched network; registered under the entry-point group ``stitchkit.units``.

    A unit's options are its own fields, so a recipe checks them with ``model_validate``.
    """

    @abstractmethod
    def build(self, networks: int, channels: int, channel_axis: int) -> nn.Module:
        """The module for one tap: called with an activation map of each network, it returns as many new ones.

        Args:
            networks: Number N of networks, at least 2.
            channels: Number C of channels at the tap.
            channel_axis: Axis of the channels: 1 for [B, C, H, W], -1 for [B, H, W, C] and [B, tokens, C].

        Raises:
            InputError: The unit cannot stand at such a tap.
        """


class CrossStitch(Unit):
    """Cross-stitch units (paper, Section 3.3): each network goes on with a linear combination of all.

    Values outside the ranges raise `pydantic.ValidationError`, which is a `ValueError`.

    Attributes:
        granularity: ``"channel"`` learns one N x N matrix alpha for each channel (segmentation and normals,
            Section 5), ``"layer"`` one for the whole activation map (detection and attributes, Section 6.1).
        same: First value of the same-task alphas, in [0, 1]. The different-task alphas share the rest
            equally, so that each combination is convex at the start (Section 5.1); training may change that.
    """

    granularity: Literal["channel", "layer"] = "channel"
    same: Annotated[float, Field(ge=0.0, le=1.0)] = 0.9

    def build(self, networks: int, channels: int, channel_axis: int) -> "CrossStitchUnit":
        """The module for one tap; raises `InputError` for fewer than two networks."""
        groups = channels if self.granularity == "channel" else 1
        return CrossStitchUnit(networks, groups, channel_axis, self.same)


class CrossStitchUnit(nn.Module):
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

    def __init__(self, networks: int, groups: int = 1, channel_axis: int = 1, same: float = 0.9) -> None:
        super().__init__()
        if networks < 2:
            raise InputError(
                f"a cross-stitch unit joins at least 2 networks, but got {networks}; add a network"
            )
        self.channel_axis = channel_axis
        different = (1.0 - same) / (networks - 1)
        start = torch.full((networks, networks), different).fill_diagonal_(same)
        self.alpha = nn.Parameter(start.expand(groups, -1, -1).clone())

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        """Mix N activation maps of equal shape; the new maps keep the strides and the type of the given ones.

        Raises:
            InputError: Not N maps, maps of different shapes, or not as many channels as matrices alpha.
        """
        self._check(xs)
        # [to, from, channel, 1, ...]: each alpha[to, from] lines up with the channel axis of a map
        trailing = xs[0].dim() - 1 - self.channel_axis % xs[0].dim()
        alpha = self.alpha.permute(1, 2, 0).reshape(*self.alpha.shape[1:], -1, *[1] * trailing)
        if torch.is_grad_enabled() and any(x.requires_grad for x in (alpha, *xs)):
            return _Mix.apply(alpha, *xs)
        return _combine(alpha, xs)  # torch.compile cannot call a Function that no gradient passes

    def same_task(self) -> Tensor:
        """Mean same-task value, a scalar without gradient (the mean of alpha_S, Section 3.3)."""
        return self.alpha.detach().diagonal(dim1=1, dim2=2).mean()

    def different_task(self) -> Tensor:
        """Mean different-task value, a scalar without gradient (the mean of alpha_D, Section 3.3)."""
        alpha = self.alpha.detach()
        pairs = alpha.shape[0] * alpha.shape[1] * (alpha.shape[1] - 1)
        return (alpha.sum() - alpha.diagonal(dim1=1, dim2=2).sum()) / pairs

    def extra_repr(self) -> str:
        """Shape of alpha and the channel axis, for printing."""
        return f"alpha={list(self.alpha.shape)}, channel_axis={self.channel_axis}"

    def _check(self, xs: Sequence[Tensor]) -> None:
        groups, networks, _ = self.alpha.shape
        if len(xs) != networks:
            raise InputError(
                f"a unit of {networks} networks takes {networks} activation maps, but got {len(xs)}"
            )
        for x in xs[1:]:
            if x.shape != xs[0].shape:
                raise InputError(
                    f"activation maps of a unit must have one shape, but got {tuple(xs[0].shape)} and"
                    f" {tuple(x.shape)}; choose taps where the networks agree"
                )
        if groups != 1 and xs[0].shape[self.channel_axis] != groups:
            raise InputError(
                f"this unit has alphas for {groups} channels, but got {xs[0].shape[self.channel_axis]} on"
                f" axis {self.channel_axis} of {tuple(xs[0].shape)}; build it for that many channels"
            )


class _Mix(torch.autograd.Function):
    """Eq. 1 and its gradients, accumulated in place: fewer temporaries than autograd would make.

    The printed Eq. 3 contradicts Eq. 1. Differentiating Eq. 1 gives dL/dalpha_ij = sum dL/dx~_i x_j over
    batch and positions, and that is what is computed here.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(alpha: Tensor, *xs: Tensor) -> tuple[Tensor, ...]:
        return _combine(alpha, xs)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, ...]) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        alpha, *xs = ctx.saved_tensors
        wants_alpha, *wants_xs = ctx.needs_input_grad
        grad_alpha = None
        if wants_alpha:
            shape = alpha.shape[2:]
            sums = [_sum_to(grad * x, shape, alpha.dtype) for grad in grads for x in xs]
            grad_alpha = torch.stack(sums).view(alpha.shape)
        grad_xs = _combine(alpha.transpose(0, 1), grads) if any(wants_xs) else (None,) * len(xs)  # Eq. 2
        return grad_alpha, *grad_xs


def _combine(alpha: Tensor, xs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    alpha = alpha.to(xs[0].dtype)
    mixed = []
    for i, own in enumerate(xs):
        total = own * alpha[i, i]  # its own map first: the sum takes over its strides
        for j, other in enumerate(xs):
            if j != i:
                total.addcmul_(other, alpha[i, j])
        mixed.append(total)
    return tuple(mixed)


def _sum_to(x: Tensor, shape: torch.Size, dtype: torch.dtype) -> Tensor:
    """Sum over every axis along which a tensor of ``shape`` would be repeated to match ``x``."""
    lead = x.dim() - len(shape)
    axes = [axis for axis in range(x.dim()) if axis < lead or shape[axis - lead] == 1]
    return x.sum(axes, dtype=dtype).view(shape) if axes else x.to(dtype)

"""Equation 1 of the paper and its gradients."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def mix(alpha: Tensor, xs: Sequence[Tensor], channel_axis: int) -> tuple[Tensor, ...]:
    """x~_i = sum_j alpha_ij x_j in every channel (paper, Eq. 1).

    Args:
        alpha: [C, N, N], or [1, N, N] for all channels alike, read as [channel, to, from].
        xs: N activation maps of one shape.
        channel_axis: Axis of the channels in the maps.

    Returns:
        N new maps, with the strides and the type of the given ones.
    """
    # [to, from, channel, 1, ...]: each alpha[to, from] lines up with the channel axis of a map
    trailing = xs[0].dim() - 1 - channel_axis % xs[0].dim()
    alpha = alpha.permute(1, 2, 0).reshape(*alpha.shape[1:], -1, *[1] * trailing)
    if torch.is_grad_enabled() and any(x.requires_grad for x in (alpha, *xs)):
        return _Mix.apply(alpha, *xs)
    return _combine(alpha, xs)  # torch.compile cannot call a Function that no gradient passes


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

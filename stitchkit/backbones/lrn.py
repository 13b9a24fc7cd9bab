"""Local response normalisation across channels, as Caffe computes it, without the cost of the library's."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

REACH = 2  # neighbours on each side: Caffe's local_size 5
ALPHA = 1e-4
BETA = 0.75  # `_Normalise` raises to this power by two square roots
SCALE = ALPHA / (2 * REACH + 1)


def _window_sum(x: Tensor) -> Tensor:
    """Sum over each channel and its neighbours, [B, C, H, W] to the same."""
    total = x.clone()
    for step in range(1, REACH + 1):
        total[:, step:] += x[:, :-step]
        total[:, :-step] += x[:, step:]
    return total


class _Normalise(torch.autograd.Function):
    """With the gradient in closed form: fewer passes over memory, and only three maps are kept for it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        denominator = _window_sum((x * SCALE).mul_(x)).add_(1.0)  # x * x overflows in half precision
        gain = denominator.rsqrt()
        gain *= gain.sqrt()  # denominator ** -0.75
        ctx.save_for_backward(x, denominator, gain)
        return x * gain

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        x, denominator, gain = ctx.saved_tensors
        direct = gradient * gain
        through_neighbours = _window_sum((direct * x).div_(denominator))
        return direct.addcmul_(x, through_neighbours, value=-2 * BETA * SCALE)


class LocalResponseNorm(nn.Module):
    """``x / (1 + 1e-4 / 5 * sum of x² over 5 channels) ** 0.75``, x [B, C, H, W].

    The same function as ``torch.nn.LocalResponseNorm(5, 1e-4, 0.75, k=1.0)``, and Caffe's layer ``LRN`` with
    CaffeNet's settings (Krizhevsky et al., 2012, Section 3.3). ``python -m benchmarks.lrn`` compares the
    time of both.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Maps [B, C, H, W] to maps of the same size; the gradient cannot be differentiated again."""
        return _Normalise.apply(x)

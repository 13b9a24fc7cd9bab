"""The activation maps that meet in a unit: do they fit together, and how is a new one laid out."""

from collections.abc import Sequence

import torch
from torch import Tensor

from stitchkit.errors import InputError


def check_maps(xs: Sequence[Tensor], networks: int, channels: int | None, channel_axis: int) -> None:
    """Check that a unit can mix these activation maps.

    Args:
        xs: The maps, one a network, all of one shape.
        networks: Number N of networks that the unit was built for.
        channels: Number C of channels that it was built for; None if it takes any number.
        channel_axis: Axis of the channels.

    Raises:
        InputError: Not N maps, maps of different shapes, or not C channels.
    """
    if len(xs) != networks:
        raise InputError(f"a unit of {networks} networks takes {networks} activation maps, but got {len(xs)}")
    for x in xs[1:]:
        if x.shape != xs[0].shape:
            raise InputError(
                f"activation maps of a unit must have one shape, but got {tuple(xs[0].shape)} and"
                f" {tuple(x.shape)}; choose taps where the networks agree"
            )
    if channels is not None and xs[0].shape[channel_axis] != channels:
        raise InputError(
            f"this unit has alphas for {channels} channels, but got {xs[0].shape[channel_axis]} on"
            f" axis {channel_axis} of {tuple(xs[0].shape)}; build it for that many channels"
        )


def laid_out_like(value: Tensor, own: Tensor) -> Tensor:
    """``value`` with the strides and the type of ``own``, of the same shape; itself if it has them.

    A network goes on faster with the layout that it works in, such as channels last, and an export relies on
    the type.
    """
    if value.dtype == own.dtype and value.stride() == own.stride():
        return value
    return torch.empty_like(own).copy_(value)

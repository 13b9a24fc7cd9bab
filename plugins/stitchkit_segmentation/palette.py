"""Colours of the classes."""

from functools import cache

import torch
from torch import Tensor

from stitchkit.data import VOID


@cache
def palette() -> Tensor:
    """A colour for every label that uint8 holds, all different: uint8 RGB [256, 3], void black.

    The scheme of the PASCAL VOC development kit: the bits of a number are dealt in turn to red, green and
    blue, the lowest bits first and into the highest bits of a colour, so that the first classes differ most.
    VOC starts with black; here black is void, and class c has the colour of VOC's c + 1.
    """
    numbers = torch.arange(1, VOID + 2)
    numbers[VOID] = 0
    colours = torch.zeros(VOID + 1, 3, dtype=torch.uint8)
    for bit in range(9):
        channel, shift = bit % 3, 7 - bit // 3
        colours[:, channel] |= ((numbers >> bit & 1) << shift).to(torch.uint8)
    return colours

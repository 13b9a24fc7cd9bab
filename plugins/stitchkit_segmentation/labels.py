"""Counting labels, and refusing those that stand for no class."""

import torch
from torch import Tensor

from stitchkit.data import VOID
from stitchkit.errors import InputError


def count_labels(labels: Tensor, classes: int, frame: str) -> Tensor:
    """Pixels of each class in the labels [H, W] of one frame: int64 [classes]; void is not counted.

    Raises:
        InputError: A label is neither a class nor `VOID`; the message names the frame and the label.
    """
    counts = torch.bincount(labels.as_subclass(Tensor).flatten().cpu(), minlength=VOID + 1)
    counts[VOID] = 0
    if counts[classes:].any():
        wrong = int(counts[classes:].nonzero()[0]) + classes
        raise InputError(
            f"frame {frame!r}: label {wrong} is none of the {classes} classes; "
            f"use 0 to {classes - 1}, and {VOID} for void"
        )
    return counts[:classes]

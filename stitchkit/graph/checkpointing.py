"""Gradient checkpointing: a part under it runs again in the backward pass, and units must not lie inside."""

import sys
from types import FrameType

import torch.utils.checkpoint

from stitchkit.errors import InputError


class UnderCheckpoint(Exception):
    """A network calls a module inside ``torch.utils.checkpoint``, which a graph would leave out.

    Attributes:
        path: Path of the module.
    """

    def __init__(self, path: str) -> None:
        super().__init__(f"{path!r} runs under gradient checkpointing, which a graph would lose")
        self.path = path


def under_checkpoint() -> bool:
    """Whether the caller was called by ``torch.utils.checkpoint``, however far below it."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == torch.utils.checkpoint.__file__:
            return True
        frame = frame.f_back
    return False


def inside_checkpoint(network: str, tap: str) -> InputError:
    """The error for a tap inside a part that runs again: its own map would stand there, not the mixed one."""
    return InputError(
        f"network {network!r}: tap {tap!r} lies inside a part under gradient checkpointing; tap the part as a"
        " whole, or turn checkpointing off there and checkpoint the modules between the taps"
    )

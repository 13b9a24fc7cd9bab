"""mmengine's Runner with checkpoints that hold plain data only."""

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mmengine.runner
import torch
from mmengine.hooks import Hook

from stitchkit.errors import InputError


class Runner(mmengine.runner.Runner):
    """Loads checkpoints without running any code that a file may bring.

    mmengine would execute a ``config`` found in a checkpoint, and print where it loads from.
    """

    def load_checkpoint(
        self,
        filename: str,
        map_location: str | Callable = "cpu",
        strict: bool = True,
        revise_keys: Sequence[tuple[str, str]] = (),
    ) -> dict[str, Any]:
        """Load the model's state and return the whole checkpoint, as `Runner.resume` wants it.

        Raises:
            InputError: The file is truncated, or holds anything but plain data.
        """
        try:
            checkpoint = torch.load(filename, map_location=map_location, weights_only=True)
            checkpoint["meta"].pop("config", None)
        except (pickle.UnpicklingError, RuntimeError, KeyError, TypeError, EOFError, AttributeError):
            raise InputError(
                f"{filename} is not a checkpoint that stitchkit wrote; start the run afresh with --no-resume"
            ) from None
        self.model.load_state_dict(checkpoint["state_dict"], strict=strict)
        return checkpoint


class PlainCheckpoint(Hook):
    """Keeps out of checkpoints what ``torch.load(weights_only=True)`` would refuse.

    mmengine stores its message hub, whose buffers are objects, and functions of its schedulers; a run goes on
    without either.
    """

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Leave tensors, numbers, strings and containers of them."""
        checkpoint["message_hub"] = {"log_scalars": {}, "runtime_info": {}, "resumed_keys": {}}
        for state in checkpoint.get("param_schedulers", []):
            for name in [name for name, value in state.items() if callable(value)]:
                del state[name]


def last_checkpoint(folder: Path) -> Path | None:
    """The checkpoint to resume from; found by its name, so that the folder may have been moved."""
    note = folder / "last_checkpoint"
    if not note.exists():
        return None
    path = folder / Path(note.read_text().strip()).name
    return path if path.exists() else None

"""What happens beside the steps: curves, progress, validation."""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from stitchkit.progress import Advance


class TrainingDiverged(RuntimeError):
    """A loss is no longer a finite number; the message says where and what to try.

    Attributes:
        iteration: At which it was found.
    """

    def __init__(self, message: str, iteration: int) -> None:
        super().__init__(message)
        self.iteration = iteration


class Curves(Hook):
    """Losses, learning rate and mean alphas: to ``history.jsonl``, TensorBoard and the progress bar.

    Losses stay on the device between two entries, so that no step waits for them.

    Args:
        path: Of the history; entries after the iteration that a run resumes from are dropped.
        every: Iterations between two entries.
        alphas: Gives each tap's mean alphas, ``alpha.<tap>.same`` and ``alpha.<tap>.different``.
        advance: Moves the progress bar.
    """

    def __init__(
        self, path: Path, every: int, alphas: Callable[[], dict[str, float]], advance: Advance
    ) -> None:
        self.path, self.every, self.alphas, self.advance = path, every, alphas, advance
        self._waiting: list[dict[str, Tensor]] = []
        self._began = time.monotonic()

    def before_train(self, runner: Runner) -> None:
        """Cut the history back to the iteration that training starts from."""
        kept = []
        if runner.iter and self.path.exists():
            kept = [line for line in self.path.read_text().splitlines() if _iteration(line) <= runner.iter]
        self.path.write_text("".join(line + "\n" for line in kept))
        self._began = time.monotonic() - (json.loads(kept[-1])["seconds"] if kept else 0.0)
        if runner.iter == 0 and (start := self.alphas()):
            self.write(runner, 0, start)
        self.advance(runner.iter)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Write an entry at every ``every``-th and at the last iteration."""
        self._waiting.append(outputs)
        done = batch_idx + 1
        if done % self.every and done != runner.max_iters:
            return
        losses = {
            name: float(torch.stack([entry[name] for entry in self._waiting]).mean()) for name in outputs
        }
        self._waiting.clear()
        for name, loss in losses.items():
            if not math.isfinite(loss):
                raise TrainingDiverged(
                    f"the loss of {name} is {loss} at iteration {done}: training diverged; try a smaller "
                    "training.lr, a smaller methods.cross_stitch.alpha_lr_scale, or training.clip_norm",
                    done,
                )
        entry = {f"loss.{name}": loss for name, loss in losses.items()}
        entry["lr"] = runner.optim_wrapper.param_groups[0]["lr"]
        entry |= self.alphas()
        self.write(runner, done, entry)
        self.advance(done, "  ".join(f"{name} {loss:.3f}" for name, loss in losses.items()))

    def seconds(self) -> float:
        """Time spent on this run so far, earlier attempts included."""
        return round(time.monotonic() - self._began, 3)

    def write(self, runner: Runner, done: int, entry: dict[str, float]) -> None:
        """Add one entry to the history and to TensorBoard."""
        with self.path.open("a") as file:
            file.write(json.dumps({"iteration": done, "seconds": self.seconds(), **entry}) + "\n")
        runner.visualizer.add_scalars({name.replace(".", "/", 1): v for name, v in entry.items()}, step=done)


class Validate(Hook):
    """Measure on the held-out training frames every so often.

    Args:
        every: Iterations between two validations.
        measure: Gives ``validation.<task>.<metric>``.
        curves: Writes them.
    """

    priority = "LOW"

    def __init__(self, every: int, measure: Callable[[], dict[str, float]], curves: Curves) -> None:
        self.every, self.measure, self.curves = every, measure, curves

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Measure at every ``every``-th and at the last iteration."""
        done = batch_idx + 1
        if done % self.every == 0 or done == runner.max_iters:
            self.curves.write(runner, done, self.measure())


def _iteration(line: str) -> int:
    return int(json.loads(line)["iteration"])

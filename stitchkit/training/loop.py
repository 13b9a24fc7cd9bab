"""The training loop: iterations, not epochs, and a resumed run that loads nothing twice."""

import itertools

import torch
from mmengine.runner import BaseLoop, Runner
from torch import nn
from torch.utils.data import DataLoader

from stitchkit.data import Draws, batches


class TrainLoop(BaseLoop):
    """Like mmengine's loop by iterations, but draws are numbered.

    A resumed run starts its `Draws` where it stopped instead of loading and discarding what came before,
    and torch's generator is seeded anew for each iteration, so dropout is the same as without interruption.

    Args:
        runner: The runner that trains.
        dataloader: Over `stitchkit.data.TrainingSamples`, drawn by `Draws`.
        max_iters: Iterations in all.
        seed: Of the run.
    """

    def __init__(self, runner: Runner, dataloader: DataLoader, max_iters: int, seed: int) -> None:
        super().__init__(runner, dataloader)
        self._max_iters, self._seed = max_iters, seed
        self._iter = self._epoch = 0

    iter = property(lambda self: self._iter, doc="Iterations done.")
    epoch = property(lambda self: self._epoch, doc="Always 0: training counts iterations.")
    max_iters = property(lambda self: self._max_iters, doc="Iterations in all.")
    max_epochs = property(lambda self: 1, doc="Always 1: training counts iterations.")

    def run(self) -> nn.Module:
        """Train from the present iteration to the last."""
        self.runner.call_hook("before_train")
        self.runner.call_hook("before_train_epoch")
        draws: Draws = self.dataloader.sampler
        draws.start = self._iter * self.dataloader.batch_size
        for batch in itertools.islice(batches(self.dataloader), self._max_iters - self._iter):
            self.runner.model.train()
            torch.manual_seed(self._seed * 1_000_003 + self._iter)
            self.runner.call_hook("before_train_iter", batch_idx=self._iter, data_batch=batch)
            losses = self.runner.model.train_step(batch, optim_wrapper=self.runner.optim_wrapper)
            self.runner.call_hook("after_train_iter", batch_idx=self._iter, data_batch=batch, outputs=losses)
            self._iter += 1
        self.runner.call_hook("after_train_epoch")
        self.runner.call_hook("after_train")
        return self.runner.model

"""Small networks on made-up pictures: two tasks that ask for the same thing, and one that asks for another.

``edges`` is how strongly the red of a picture changes at a pixel, ``slopes`` how much it changes from left to
right, ``haze`` the mean blue around it. All are learned by regression, from few pictures.
"""

import copy
import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stitchkit as sk
from stitchkit.networks import StitchedNet
from stitchkit.units import CrossStitchUnit

CHANNELS, SIDE, PICTURES, BATCH = 16, 12, 128, 16
TAPS = ("first", "second", "third")
TASKS = ("edges", "slopes", "haze")
LR, MOMENTUM = 0.02, 0.9


class ToyNet(nn.Module):
    """Three convolutions and a score for each pixel: [B, 3, 12, 12] to [B, 12, 12]."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        with seeded(seed):
            self.first = nn.Sequential(nn.Conv2d(3, CHANNELS, 3, padding=1), nn.ReLU())
            self.second = nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), nn.ReLU())
            self.third = nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), nn.ReLU())
            self.score = nn.Conv2d(CHANNELS, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """The score of each pixel."""
        return self.score(self.third(self.second(self.first(image))))[:, 0]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random numbers of a seed inside, those of before outside."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@functools.cache
def pictures(seed: int = 0) -> Tensor:
    """Smooth random pictures [128, 3, 12, 12]."""
    with seeded(seed):
        smooth = F.avg_pool2d(torch.randn(PICTURES, 3, SIDE + 4, SIDE + 4), 5, stride=1)
    return smooth / smooth.std()


@functools.cache
def truth(task: str) -> Tensor:
    """What a task asks of the pictures: [128, 12, 12], of unit variance around zero."""
    red, _, blue = F.pad(pictures(), (1, 1, 1, 1), mode="replicate").unbind(1)
    across, down = (red[:, 1:-1, 2:] - red[:, 1:-1, :-2]), (red[:, 2:, 1:-1] - red[:, :-2, 1:-1])
    asked = {
        "edges": (across.square() + down.square()).sqrt(),
        "slopes": across,
        "haze": F.avg_pool2d(blue[:, None], 3, stride=1)[:, 0],
    }[task]
    return (asked - asked.mean()) / asked.std()


@functools.cache
def _trained(task: str, seed: int, steps: int) -> ToyNet:
    net = ToyNet(seed)
    optimizer = torch.optim.SGD(net.parameters(), lr=LR, momentum=MOMENTUM)
    for batch in batches(steps):
        loss = F.mse_loss(net(pictures()[batch]), truth(task)[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net


def one_task(task: str, seed: int = 0, steps: int = 150) -> ToyNet:
    """A one-task network, trained from the random start of a seed."""
    return copy.deepcopy(_trained(task, seed, steps))


class Study(NamedTuple):
    """A stitched network, and the alphas of each tap after every step: [steps + 1, channels, to, from]."""

    net: StitchedNet
    alphas: dict[str, Tensor]


def stitched(
    tasks: Sequence[str] = TASKS[:2], same: float = 0.9, scale: float = 5, steps: int = 150
) -> Study:
    """One-task networks of one start, stitched after each convolution and trained on together."""
    unit = sk.CrossStitch(granularity="channel", same=same)
    net = sk.stitch({task: one_task(task) for task in tasks}, taps=TAPS, unit=unit, example=pictures()[:2])
    optimizer = torch.optim.SGD(sk.parameter_groups(net, LR, alpha_lr_scale=scale), LR, MOMENTUM)
    kept = {tap: [alpha_at(net, tap)] for tap in TAPS}
    for batch in batches(steps):
        outputs = net(pictures()[batch])
        loss = sum((F.mse_loss(outputs[task], truth(task)[batch]) for task in tasks), torch.tensor(0.0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for tap in TAPS:
            kept[tap].append(alpha_at(net, tap))
    return Study(net, {tap: torch.stack(alphas) for tap, alphas in kept.items()})


def alpha_at(net: StitchedNet, tap: str) -> Tensor:
    """A copy of the alphas of a tap: [channels, to, from]."""
    unit = net.units[tap]
    assert isinstance(unit, CrossStitchUnit)
    return unit.alpha.detach().clone()


def batches(steps: int) -> Iterator[Tensor]:
    """Indices of the pictures of each mini-batch, the same in every training."""
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        yield torch.randint(PICTURES, (BATCH,), generator=generator)

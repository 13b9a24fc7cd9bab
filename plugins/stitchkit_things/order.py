"""A data set as a list of pictures to take: what determines every picture, and the work of one.

Free of torch, so that the processes that do this work start quickly.
"""

from dataclasses import dataclass

import numpy as np

from stitchkit_things.render import Picture, render
from stitchkit_things.scene import compose

VERSION = 1  # of the generator: to be raised with every change of what it draws or of what holds of it


@dataclass(frozen=True)
class Order:
    """What is to be made: ``train`` and ``test`` pictures of ``size`` (height, width)."""

    train: int
    test: int
    size: tuple[int, int]
    seed: int

    @property
    def folder(self) -> str:
        """A name that tells data sets of different content apart."""
        height, width = self.size
        return f"things-v{VERSION}-{height}x{width}-train{self.train}-test{self.test}-seed{self.seed}"

    def shots(self) -> list["Shot"]:
        """All pictures, training pictures first; each depends on seed, split and its place in the split."""
        places = [(split, k) for split, count in enumerate((self.train, self.test)) for k in range(count)]
        return [
            Shot(f"{number:06d}", (self.seed, *place), self.size)
            for number, place in enumerate(places, start=1)
        ]


@dataclass(frozen=True)
class Shot:
    """One picture to take; ``seed`` determines everything in it."""

    name: str
    seed: tuple[int, int, int]
    size: tuple[int, int]

    def take(self) -> Picture:
        """Set up the scene and draw it."""
        rng = np.random.default_rng(self.seed)
        return render(compose(rng, self.size), rng)

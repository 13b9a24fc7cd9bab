"""A data set as a list of rooms to visit: what determines every frame, and the work of one room.

Free of torch, so that the processes that do this work start quickly.
"""

from dataclasses import dataclass

import numpy as np

from stitchkit_rooms.camera import view
from stitchkit_rooms.layout import furnish
from stitchkit_rooms.render import Frame, render
from stitchkit_rooms.scene import build

VERSION = 1  # of the generator: to be raised with every change of what it draws
VIEWS = 4  # frames taken in one room


@dataclass(frozen=True)
class Order:
    """What is to be made: ``train`` and ``test`` frames of ``size`` (height, width)."""

    train: int
    test: int
    size: tuple[int, int]
    seed: int

    @property
    def folder(self) -> str:
        """A name that tells data sets of different content apart."""
        height, width = self.size
        return f"rooms-v{VERSION}-{height}x{width}-train{self.train}-test{self.test}-seed{self.seed}"

    def rooms(self) -> list["Visit"]:
        """All rooms, training rooms first. A room's content depends on seed, split and place in its split."""
        visits: list[Visit] = []
        first = 1
        for side, count in enumerate((self.train, self.test)):
            for room, start in enumerate(range(0, count, VIEWS)):
                views = min(VIEWS, count - start)
                visits.append(Visit(len(visits), (self.seed, side, room), first + start, views, self.size))
            first += count
        return visits


@dataclass(frozen=True)
class Visit:
    """One room and the frames taken in it, numbered from ``first``; ``seed`` determines everything."""

    room: int
    seed: tuple[int, int, int]
    first: int
    views: int
    size: tuple[int, int]

    def frames(self) -> list[tuple[int, Frame]]:
        """Furnish the room and take its frames: number and frame of each."""
        rng = np.random.default_rng(self.seed)
        room = furnish(rng)
        scene = build(room)
        numbers = range(self.first, self.first + self.views)
        return [(number, render(scene, view(room, scene, rng), self.size, rng)) for number in numbers]

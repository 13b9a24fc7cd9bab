from typing import NamedTuple

import numpy as np
import pytest
from stitchkit_things.order import Order, Shot
from stitchkit_things.render import Picture, render
from stitchkit_things.scene import Scene, compose

SIZE = (64, 84)


class Taken(NamedTuple):
    shot: Shot
    scene: Scene
    picture: Picture


@pytest.fixture(scope="session")
def taken() -> list[Taken]:
    """Twenty small pictures and the scenes that they show."""
    result = []
    for shot in Order(train=20, test=1, size=SIZE, seed=5).shots()[:20]:
        rng = np.random.default_rng(shot.seed)
        scene = compose(rng, shot.size)
        result.append(Taken(shot, scene, render(scene, rng)))
    return result

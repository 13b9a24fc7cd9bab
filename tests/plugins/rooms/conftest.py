from typing import NamedTuple

import numpy as np
import pytest
from stitchkit_rooms.camera import Camera, view
from stitchkit_rooms.layout import Room, furnish
from stitchkit_rooms.render import Frame, render
from stitchkit_rooms.scene import Scene, build

SIZE = (36, 48)


class Shot(NamedTuple):
    room: Room
    scene: Scene
    camera: Camera
    frame: Frame


@pytest.fixture(scope="session")
def shots() -> list[Shot]:
    """One small frame in each of 30 rooms."""
    taken = []
    for number in range(30):
        rng = np.random.default_rng([5, number])
        room = furnish(rng)
        scene = build(room)
        camera = view(room, scene, rng)
        taken.append(Shot(room, scene, camera, render(scene, camera, SIZE, rng)))
    return taken

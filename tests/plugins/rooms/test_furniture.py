from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from stitchkit_rooms.classes import CLASSES
from stitchkit_rooms.furniture import RECIPES
from stitchkit_rooms.kinds import KINDS
from stitchkit_rooms.stock import Stock


@pytest.mark.parametrize("name", RECIPES)
def test_a_piece_stays_within_its_stated_size(name: str) -> None:
    for seed in range(6):
        model = RECIPES[name](Stock(np.random.default_rng(seed)))
        w, d, h = model.size
        points = np.concatenate([part.vertices for part in model.parts])
        room = 0.13  # covers, handles and table lamps may stand out a little
        assert np.abs(points[:, 0]).max() <= w / 2 + room
        assert points[:, 1].min() >= -0.05
        assert points[:, 1].max() <= d + room
        assert points[:, 2].min() >= -0.05
        if name != "column":  # which the ceiling cuts off
            assert points[:, 2].max() <= h + room
        for part in model.parts:
            assert 1 <= part.label <= len(CLASSES)
            assert part.faces.max() < len(part.vertices)


def test_rooms_ask_for_known_pieces_only_and_every_class_occurs() -> None:
    asked = {"ceiling_lamp"}
    for kind in KINDS.values():
        asked |= {wish.what for wish in kind.wishes} | set(kind.props)
    assert asked <= set(RECIPES)
    drawn = {"wall", "floor", "ceiling"}
    for name in asked:
        for seed in range(8):
            model = RECIPES[name](Stock(np.random.default_rng(seed)))
            drawn |= {CLASSES[part.label - 1] for part in model.parts}
    assert drawn == set(CLASSES)


def test_the_classes_are_those_of_nyuv2(real_data: Callable[[str], Path]) -> None:
    assert tuple((real_data("nyuv2") / "classes40.txt").read_text().splitlines()) == CLASSES

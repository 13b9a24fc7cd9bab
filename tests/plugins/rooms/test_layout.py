from itertools import combinations

import numpy as np
import pytest
from stitchkit_rooms.kinds import KINDS
from stitchkit_rooms.layout import Item, Pose, apart, furnish
from stitchkit_rooms.shapes import Model


def block(x: float, y: float, turn: float = 0.0, z: float = 0.0) -> Item:
    return Item("block", Model((1.0, 1.0, 1.0)), Pose(x, y, z, turn))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (block(0.9, 0), False),
        (block(1.1, 0), True),
        (block(0, 0, z=1.0), True),
        (block(0, 0, z=0.5), False),
        # A unit square turned by 45 degrees reaches 0.707 m from its middle, and its corner cuts the first
        # only where the gap between the middles is less than 0.5 + 0.707.
        (Item("block", Model((1.0, 1.0, 1.0)), Pose(1.15 + 0.3536, 0.5 - 0.3536, 0, 45)), False),
        (Item("block", Model((1.0, 1.0, 1.0)), Pose(1.25 + 0.3536, 0.5 - 0.3536, 0, 45)), True),
    ],
)
def test_blocks_overlap_or_stand_apart(other: Item, expected: bool) -> None:
    assert apart(block(0, 0), other) is expected
    assert apart(other, block(0, 0)) is expected


def test_a_pose_turns_the_back_of_a_piece_to_its_wall() -> None:
    np.testing.assert_allclose(Pose(2, 1, 0, 90).apply(np.array([0.5, 0.25, 1])), [1.75, 1.5, 1], atol=1e-12)


def test_pieces_stand_inside_the_walls_and_not_in_one_another(shots: list) -> None:
    rng = np.random.default_rng(0)
    unit = rng.random((200, 3))
    for room, *_ in shots:
        pieces = [item for item in room.items if item.name not in ("prop", "floor_mat")]
        inner = []
        for item in pieces:
            w, d, h = item.model.size
            points = item.pose.apply((unit - [0.5, 0, 0]) * [w, d, h])
            assert (points[:, :2] > -0.01).all()
            assert (points[:, :2] < np.array([room.width, room.depth]) + 0.01).all()
            inner.append(points)
        for (a, points), (b, _) in combinations(zip(pieces, inner, strict=True), 2):
            local = (points - [b.pose.x, b.pose.y, b.pose.z]) @ b.pose.rotation
            w, d, h = b.model.size
            inside = (np.abs(local[:, 0]) < w / 2 - 0.02) & (local[:, 1] > 0.02) & (local[:, 1] < d - 0.02)
            inside &= (local[:, 2] > 0.02) & (local[:, 2] < h - 0.02)
            assert not inside.any(), (a.name, b.name)


def test_the_kind_of_room_decides_what_is_in_it() -> None:
    rooms = [furnish(np.random.default_rng([9, k])) for k in range(60)]
    assert {room.kind for room in rooms} == set(KINDS)
    for room in rooms:
        names = {item.name for item in room.items}
        assert ("bed" in names) <= (room.kind == "bedroom")
        assert ("toilet" in names) <= (room.kind == "bathroom")
    assert sum(kind.share for kind in KINDS.values()) == pytest.approx(1)

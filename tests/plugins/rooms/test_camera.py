import numpy as np
import pytest
from stitchkit_rooms.camera import FIELD_OF_VIEW, aim


def test_axes_are_right_down_and_forward() -> None:
    # Looking along +y with z up: right is +x, down is -z.
    np.testing.assert_allclose(
        aim(np.zeros(3), 90, 0, 0).axes, [[1, 0, 0], [0, 0, -1], [0, 1, 0]], atol=1e-12
    )
    down = aim(np.zeros(3), 0, -90, 0).axes
    np.testing.assert_allclose(down[2], [0, 0, -1], atol=1e-12)


def test_axes_are_orthonormal_and_right_handed_under_any_tilt() -> None:
    axes = aim(np.zeros(3), 123, -17, 4).axes
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)


def test_field_of_view_spans_the_picture() -> None:
    rays = aim(np.zeros(3), 0, 0, 0).rays(3, 400)
    left, right = rays[1, 0], rays[1, -1]
    angle = np.degrees(np.arccos(left @ right))
    assert angle == pytest.approx(FIELD_OF_VIEW, abs=0.3)


def test_finer_rays_surround_the_middle_of_their_pixel() -> None:
    camera = aim(np.zeros(3), 0, 0, 0)
    coarse, fine = camera.rays(6, 8), camera.rays(6, 8, finer=2)
    plane = fine[..., :2] / fine[..., 2:]
    middle = plane.reshape(6, 2, 8, 2, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(middle, coarse[..., :2] / coarse[..., 2:], atol=1e-12)


def test_nobody_stands_in_the_furniture(shots: list) -> None:
    for room, _, camera, _ in shots:
        assert 1.2 <= camera.eye[2] <= 1.8
        assert (camera.eye[:2] > 0).all()
        assert (camera.eye[:2] < [room.width, room.depth]).all()
        for item in room.items:
            x, y, z = item.pose.rotation.T @ (camera.eye - [item.pose.x, item.pose.y, item.pose.z])
            w, d, h = item.model.size
            assert not (abs(x) < w / 2 and 0 < y < d and 0 < z < h), item.name

import numpy as np
from stitchkit_rooms.camera import aim
from stitchkit_rooms.classes import CLASSES, LABELS
from stitchkit_rooms.layout import Room
from stitchkit_rooms.render import render
from stitchkit_rooms.scene import build
from stitchkit_rooms.stock import Stock


def test_an_empty_room_has_the_depth_and_normals_of_its_walls() -> None:
    rng = np.random.default_rng(3)
    room = Room("office", 4.0, 5.0, 2.5, Stock(rng), [])
    camera = aim(np.array([2.0, 1.0, 1.5]), 90, 0, 0)  # looks along +y at the wall 4 m away
    frame = render(build(room), camera, (61, 81), rng)
    assert frame.labels[30, 40] == LABELS["wall"]
    assert abs(frame.depth[30, 40] - 4.0) < 0.011  # panelling may stand before the wall
    np.testing.assert_allclose(frame.normals[30, 40], [0, 0, -1], atol=1e-6)
    floor, ceiling = frame.labels == LABELS["floor"], frame.labels == LABELS["ceiling"]
    assert floor[-1, 40]
    assert ceiling[0, 40]
    np.testing.assert_allclose(frame.normals[floor], [[0, -1, 0]] * floor.sum(), atol=1e-6)
    np.testing.assert_allclose(frame.normals[ceiling], [[0, 1, 0]] * ceiling.sum(), atol=1e-6)
    assert set(np.unique(frame.labels)) <= {0, LABELS["wall"], LABELS["floor"], LABELS["ceiling"]}


def test_normals_are_unit_and_face_the_camera(shots: list) -> None:
    for _, _, camera, frame in shots:
        np.testing.assert_allclose(np.linalg.norm(frame.normals, axis=-1), 1, atol=1e-5)
        toward = (frame.normals * camera.rays(*frame.labels.shape)).sum(axis=-1)
        assert toward.max() <= 1e-6


def test_depth_and_normals_of_the_floor_agree_with_the_height_of_the_camera(shots: list) -> None:
    pixels = 0
    for _, _, camera, frame in shots:
        rays = camera.rays(*frame.labels.shape)
        points = rays / rays[..., 2:] * frame.depth[..., None]
        floor = frame.labels == LABELS["floor"]
        height = -(points * frame.normals).sum(axis=-1)[floor]
        np.testing.assert_allclose(height, camera.eye[2], atol=1e-4)
        pixels += floor.sum()
    assert pixels > 1000


def test_normals_agree_with_differences_of_depth(shots: list) -> None:
    agreed = []
    for _, _, camera, frame in shots:
        rays = camera.rays(*frame.labels.shape)
        points = (rays / rays[..., 2:] * frame.depth[..., None]).astype(np.float64)
        right, down = points[:-1, 1:] - points[:-1, :-1], points[1:, :-1] - points[:-1, :-1]
        across = np.cross(down, right)
        across /= np.linalg.norm(across, axis=-1, keepdims=True)
        here = frame.normals[:-1, :-1]
        flat = (here == frame.normals[1:, :-1]).all(-1) & (here == frame.normals[:-1, 1:]).all(-1)
        wall = frame.labels == LABELS["wall"]
        flat &= wall[:-1, :-1] & wall[1:, :-1] & wall[:-1, 1:]
        agreed.append((across * here).sum(axis=-1)[flat] > np.cos(np.radians(1)))
    # The rest are pixels whose neighbours lie on another wall with the same normal: a wainscot, a pier.
    assert np.concatenate(agreed).mean() > 0.97


def test_pictures_are_bytes_and_neither_black_nor_white(shots: list) -> None:
    for *_, frame in shots:
        assert frame.image.dtype == np.uint8
        assert frame.labels.dtype == np.uint8
        assert frame.labels.max() <= len(CLASSES)
        assert 15 < frame.image.mean() < 240
        assert frame.image.std() > 10
        assert frame.depth.min() > 0.2
        assert frame.depth.max() < 12


def test_classes_have_a_long_tail(shots: list) -> None:
    labels = np.concatenate([frame.labels.ravel() for *_, frame in shots])
    counts = np.bincount(labels, minlength=len(CLASSES) + 1)
    void, seen = counts[0] / counts.sum(), np.sort(counts[1:][counts[1:] > 0])
    assert len(seen) >= 30
    assert seen[-1] == counts[LABELS["wall"]]
    assert seen[-1] > 50 * seen[len(seen) // 4]
    assert 0.01 < void < 0.2  # more than at full size, because pixels are larger

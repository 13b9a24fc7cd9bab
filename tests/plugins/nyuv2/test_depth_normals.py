import numpy as np
import pytest
from numpy.typing import NDArray
from stitchkit_nyuv2.depth_normals import Camera, normals_from_depth

SENSOR_STEP = 0.125 / (580 * 0.075)  # 1/m: an eighth of a pixel at 580 pixels focal length, 7.5 cm baseline
CAMERA = Camera(fx=259.4, fy=259.7, cx=162.8, cy=126.9)  # the official one at half the size
SIZE = (240, 320)


def seen(normal: list[float], distance: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth [H, W] of the plane normal . P = -distance, infinite where it is not seen; its unit normal."""
    unit = np.array(normal) / np.linalg.norm(normal)
    columns, rows = CAMERA.offsets(*SIZE)
    along = unit[0] * columns / CAMERA.fx + unit[1] * rows / CAMERA.fy + unit[2]
    return np.where(along < -1e-3, -distance / np.minimum(along, -1e-3), np.inf), unit


def fitted(depth: NDArray[np.float64]) -> NDArray[np.float32]:
    measured = depth < 10
    return normals_from_depth(np.where(measured, depth, 0).astype(np.float32), measured, CAMERA)


def errors(normals: NDArray[np.float32], true: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees, of the valid normals."""
    sine = np.linalg.norm(np.cross(normals.astype(np.float64), true), axis=-1)
    return np.degrees(np.arctan2(sine, (normals * true).sum(-1)))[normals.any(-1)]


def noisy(depth: NDArray[np.float64]) -> NDArray[np.float64]:
    noise = np.random.default_rng(0).normal(0, 0.5, SIZE)
    return 1 / (np.maximum(np.round(1 / depth / SENSOR_STEP + noise), 1) * SENSOR_STEP)


PLANES = pytest.mark.parametrize(
    "normal", [[0, 0, -1], [0.3, -0.2, -1], [0, -1, -0.1], [-0.9, 0.1, -0.3]], ids=str
)


@PLANES
def test_a_plane_is_found_exactly(normal: list[float]) -> None:
    depth, true = seen(normal, 1.4)
    normals = fitted(depth)
    assert normals.dtype == np.float32
    assert normals.any(-1).sum() > 0.99 * (depth < 10).sum()
    assert errors(normals, true).max() < 0.01
    assert np.allclose(np.linalg.norm(normals[normals.any(-1)], axis=-1), 1, atol=1e-6)


@PLANES
def test_a_plane_is_found_within_degrees_under_the_noise_of_the_sensor(normal: list[float]) -> None:
    depth, true = seen(normal, 1.4)
    found = errors(fitted(noisy(depth)), true)
    assert np.median(found) < 2.5
    assert np.percentile(found, 95) < 6


def test_the_corner_of_a_room_keeps_its_edges() -> None:
    planes = [seen([0, 0, -1], 2.5), seen([-1, 0, -0.2], 1.0), seen([0, -1, -0.1], 0.9)]
    depth = np.min([each for each, _ in planes], axis=0)
    which = np.argmin([each for each, _ in planes], axis=0)
    true = np.array([unit for _, unit in planes])[which]
    assert (np.bincount(which.ravel()) > 5000).all(), "all three planes are in view"
    found = errors(fitted(depth), true)
    assert np.median(found) < 0.01
    assert np.mean(found < 1) > 0.85
    assert np.mean(found < 11.25) > 0.9


def test_what_lies_behind_an_edge_counts_for_nothing() -> None:
    depth = np.full(SIZE, 3.0)
    depth[80:160, 100:220] = 2.0
    normals = fitted(depth)
    assert normals.any(-1).mean() > 0.99
    assert np.percentile(errors(normals, np.array([0.0, 0.0, -1.0])), 99) < 1


def test_normals_face_the_camera_and_are_missing_without_depth() -> None:
    depth, _ = seen([0.3, 0.5, -1], 2.0)
    depth[100:140, 50:90] = np.inf
    depth[10, 10] = np.nan
    normals = fitted(depth)
    assert not normals[100:140, 50:90].any()
    assert not normals[10, 10].any()
    columns, rows = CAMERA.offsets(*SIZE)
    toward = normals[..., 0] * columns / CAMERA.fx + normals[..., 1] * rows / CAMERA.fy + normals[..., 2]
    assert (toward[normals.any(-1)] < 0).all()


def test_a_lone_pixel_has_no_normal() -> None:
    measured = np.zeros(SIZE, bool)
    measured[120, 160] = True
    assert not normals_from_depth(np.full(SIZE, 2, np.float32), measured, CAMERA).any()

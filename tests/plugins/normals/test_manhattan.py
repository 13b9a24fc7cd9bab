import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from stitchkit_normals.manhattan import manhattan_axes, snap
from stitchkit_normals.metrics import angles


def scene(rotation: np.ndarray, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """True normals [3, 60, 80] of three walls of a turned room, and the same with noise, of unit length."""
    rng = np.random.default_rng(seed)
    true = rotation[:, rng.choice(3, (60, 80), p=[0.5, 0.3, 0.2])]
    noisy = true + rng.normal(scale=noise, size=true.shape)
    return true, noisy / np.linalg.norm(noisy, axis=0)


@pytest.mark.parametrize("seed", range(8))
def test_axes_recover_a_known_rotation_from_noisy_normals_with_clutter(seed: int) -> None:
    rotation = Rotation.random(random_state=seed).as_matrix()
    _, noisy = scene(rotation, noise=0.1, seed=seed)
    clutter = np.random.default_rng(seed).standard_normal((3, 12, 80))
    noisy[:, :12] = clutter / np.linalg.norm(clutter, axis=0)
    axes = manhattan_axes(noisy.astype(np.float32))
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    # up to the order and the directions of the axes
    assert np.abs(axes.T @ rotation).max(axis=0).min() > np.cos(np.radians(1))


def test_snapping_makes_a_noisy_manhattan_scene_better() -> None:
    rotation = Rotation.from_euler("yx", [37, 12], degrees=True).as_matrix()
    true, noisy = (x.reshape(3, -1) for x in scene(rotation, noise=0.2, seed=0))
    snapped = snap(noisy, manhattan_axes(noisy.reshape(3, 60, 80)))
    assert angles(noisy, true).mean() > 10
    assert np.median(angles(snapped, true)) < 1


def test_snap_takes_the_nearest_of_six_directions() -> None:
    normals = np.array([[0.1, -0.9, 0.2], [0.7, 0.1, -0.6], [-0.5, 0.4, -0.6], [-0.9, 0.0, 0.1]]).T
    assert snap(normals, np.eye(3)).T.tolist() == [[0, -1, 0], [1, 0, 0], [0, 0, -1], [-1, 0, 0]]


@pytest.mark.parametrize("normal", [(0, 0, -1), (1, 1, 1), (-0.3, 0.8, -0.5)])
def test_a_constant_map_is_left_as_it_is(normal: tuple[float, float, float]) -> None:
    constant = np.tile(np.array(normal) / np.linalg.norm(normal), (6, 8, 1)).transpose(2, 0, 1)
    flat = constant.reshape(3, -1)
    np.testing.assert_allclose(snap(flat, manhattan_axes(constant)), flat, atol=1e-12)


def test_axes_survive_missing_numbers() -> None:
    _, noisy = scene(np.eye(3), noise=0.05, seed=1)
    noisy[:, ::2] = np.nan
    np.testing.assert_allclose(np.abs(manhattan_axes(noisy)).max(axis=0), 1, atol=1e-3)

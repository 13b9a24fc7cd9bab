import numpy as np
import pytest
from stitchkit_rooms.textures import PATTERNS, Material, Palette, noise


def places() -> tuple[np.ndarray, np.ndarray]:
    u, v = np.random.default_rng(0).uniform(-5, 5, (2, 500)).astype(np.float32)
    return u, v


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_mix_two_colours(name: str) -> None:
    mix = PATTERNS[name](*places())
    assert mix.shape in ((500,), (500, 3))
    assert mix.dtype == np.float32
    assert mix.min() >= -1e-6
    assert mix.max() <= 1.01


def test_noise_is_smooth_and_takes_the_lattice_s_values() -> None:
    u = np.linspace(0, 3, 301, dtype=np.float32)
    line = noise(u, np.zeros_like(u))
    assert np.abs(np.diff(line)).max() < 0.02
    assert np.ptp(line) > 0.05


def test_a_palette_paints_each_part_with_its_own_material() -> None:
    red, blue = (0.5, 0.0, 0.0), (0.0, 0.0, 0.5)
    palette = Palette([Material("wood", red, red), Material("painting", blue, blue)])
    u, v = places()
    part = np.arange(500) % 2
    np.testing.assert_allclose(
        palette.colours(part, u, v), np.where(part[:, None] == 0, red, blue), atol=1e-6
    )

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from stitchkit_normals.codebook import NO_WORD, hull_triangles, learn_words, nearest_word
from torch import Tensor

from stitchkit.errors import InputError

# The published 20-word codebook of Wang et al., whose triangulation has 36 faces.
PUBLISHED = [
    (0.5645, -0.5726, 0.5946), (0.6560, -0.1381, 0.7420), (-0.9936, -0.0044, 0.1131),
    (0.4203, 0.0605, 0.9054), (-0.5240, 0.7287, 0.4409), (-0.0153, 0.9827, 0.1848),
    (-0.5877, -0.1272, 0.7990), (-0.8425, -0.0549, 0.5360), (0.8697, -0.0843, 0.4864),
    (0.9928, -0.0412, 0.1124), (0.0492, 0.9259, 0.3747), (-0.1449, -0.4478, 0.8823),
    (-0.2874, -0.1102, 0.9515), (0.0994, 0.5799, 0.8086), (0.6655, 0.5471, 0.5078),
    (0.3076, -0.2910, 0.9059), (-0.6413, -0.4529, 0.6194), (0.0402, -0.0469, 0.9981),
    (-0.4321, 0.3107, 0.8466), (-0.0146, -0.9937, 0.1114),
]  # fmt: skip


def facing_camera(count: int, seed: int = 0) -> np.ndarray:
    normals = np.random.default_rng(seed).standard_normal((count, 3))
    normals[:, 2] = -np.abs(normals[:, 2])
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def test_words_are_unit_vectors_that_cover_the_normals() -> None:
    normals = facing_camera(5000)
    words = learn_words(normals, 20, seed=0)
    np.testing.assert_allclose(np.linalg.norm(words, axis=1), 1)
    away = np.degrees(np.arccos((normals @ words.T).max(axis=1)))
    assert away.mean() < 15  # 20 words on half a sphere; the published ones reach 14.8
    assert away.max() < 45


def test_words_are_the_means_of_their_normals_and_sorted_by_frequency() -> None:
    normals = facing_camera(2000)
    words = learn_words(normals, 8, seed=1)
    nearest = (normals @ words.T).argmax(axis=1)
    for word, vector in enumerate(words):
        mean = normals[nearest == word].mean(axis=0)
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean))
    assert np.all(np.diff(np.bincount(nearest)) <= 0)


def test_words_are_determined_by_the_seed() -> None:
    normals = facing_camera(2000)
    np.testing.assert_array_equal(learn_words(normals, 20, seed=3), learn_words(normals, 20, seed=3))
    assert not np.array_equal(learn_words(normals, 20, seed=3), learn_words(normals, 20, seed=4))


def test_words_recover_known_directions_in_the_order_of_their_frequency() -> None:
    directions = np.array([[0, -1, 0], [0, 0, -1], [1, 0, 0], [-1, 0, 0], [0, 0.6, -0.8]])
    sizes = [500, 400, 300, 200, 100]
    noise = np.random.default_rng(0).normal(scale=0.03, size=(sum(sizes), 3))
    normals = np.repeat(directions, sizes, axis=0) + noise
    words = learn_words(normals / np.linalg.norm(normals, axis=1, keepdims=True), 5, seed=0)
    np.testing.assert_allclose(words, directions, atol=0.02)


def test_too_few_distinct_normals_is_an_error() -> None:
    with pytest.raises(InputError, match=r"20 words needs .* but there are 19"):
        learn_words(np.tile(facing_camera(19), (10, 1)), 20, seed=0)


def test_as_many_distinct_normals_as_words_become_the_words() -> None:
    normals = facing_camera(20)
    words = learn_words(np.tile(normals, (3, 1)), 20, seed=0)
    np.testing.assert_allclose(np.sort(words, axis=0), np.sort(normals, axis=0))


@pytest.mark.parametrize("words", [np.array(PUBLISHED), facing_camera(40, seed=5)], ids=["20", "40"])
def test_triangles_enclose_all_words(words: np.ndarray) -> None:
    triangles = hull_triangles(words)
    assert triangles.shape == (2 * len(words) - 4, 3)
    assert triangles.dtype == np.int64
    assert set(triangles.ravel()) == set(range(len(words)))
    for corners in triangles:  # all other words lie on one side of a triangle's plane
        a, b, c = words[corners]
        side = (words - a) @ np.cross(b - a, c - a)
        side = np.delete(side, corners)
        assert np.all(side > 0) or np.all(side < 0)


def test_triangles_are_in_ascending_order() -> None:
    triangles = hull_triangles(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, -1, -1]]) / 1.0)
    assert triangles.tolist() == [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]


def test_words_in_one_plane_have_no_triangles() -> None:
    with pytest.raises(InputError, match="5 words of the codebook of normals lie in one plane"):
        hull_triangles(np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0.6, 0.8, 0]]))


def test_nearest_word_is_nearest_in_angle_and_skips_void(random_normals: Callable[..., Tensor]) -> None:
    normals = random_normals(3, seed=0)
    words = F.normalize(torch.tensor(PUBLISHED) * torch.tensor([1.0, 1.0, -1.0]))
    labels = nearest_word(normals, words)
    assert (labels.shape, labels.dtype) == ((3, 6, 8), torch.int64)
    valid = normals.norm(dim=1) > 0
    assert (labels[~valid] == NO_WORD).all()
    distances = torch.cdist(normals.movedim(1, -1)[valid].double(), words.double())
    assert torch.equal(labels[valid], distances.argmin(dim=1))

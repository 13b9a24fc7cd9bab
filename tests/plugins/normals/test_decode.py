import numpy as np
import pytest
import torch
from stitchkit_normals.codebook import hull_triangles
from stitchkit_normals.decode import decode_soft, decode_triangle
from torch import Tensor

WORDS = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, -1, 0]])
TRIANGLES = torch.tensor([[0, 1, 2], [0, 2, 3]])


def pixel(*probabilities: float) -> Tensor:
    return torch.tensor(probabilities)[:, None, None]


@pytest.mark.parametrize(
    ("probabilities", "blend"),
    [
        ((0.5, 0.3, 0.1, 0.1), (0.5, 0.3, 0.1)),  # words 0, 1, 2 add up to 0.9
        ((0.3, 0.1, 0.2, 0.4), (0.3, -0.4, 0.2)),  # words 0, 2, 3 add up to 0.9
        ((0.0, 1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    ],
)
def test_triangle_by_hand(probabilities: tuple[float, ...], blend: tuple[float, ...]) -> None:
    normal = decode_triangle(pixel(*probabilities), WORDS, TRIANGLES)[:, 0, 0]
    expected = torch.tensor(blend) / torch.tensor(blend).norm()
    torch.testing.assert_close(normal, expected)


def test_soft_by_hand() -> None:
    normal = decode_soft(pixel(0.5, 0.3, 0.1, 0.1), WORDS)[:, 0, 0]
    torch.testing.assert_close(normal, torch.tensor([0.5, 0.2, 0.1]) / 0.3**0.5)


def test_triangle_agrees_with_a_loop_over_pixels() -> None:
    rng = np.random.default_rng(0)
    words = rng.standard_normal((20, 3))
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    triangles, probabilities = hull_triangles(words), rng.dirichlet(np.ones(20), 35)
    expected = []
    for p in probabilities:
        corners = triangles[p[triangles].sum(axis=1).argmax()]
        blend = p[corners] @ words[corners]
        expected.append(blend / np.linalg.norm(blend))
    decoded = decode_triangle(
        torch.from_numpy(probabilities.T.reshape(20, 5, 7)).float(),
        torch.from_numpy(words).float(),
        torch.from_numpy(triangles),
    )
    assert (decoded.shape, decoded.dtype) == ((3, 5, 7), torch.float32)
    np.testing.assert_allclose(decoded.flatten(1).T, expected, atol=1e-5)


def test_autocast_does_not_change_the_decoding() -> None:
    probabilities = torch.randn(4, 6, 8).softmax(dim=0)
    plain = decode_triangle(probabilities, WORDS, TRIANGLES), decode_soft(probabilities, WORDS)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = decode_triangle(probabilities, WORDS, TRIANGLES), decode_soft(probabilities, WORDS)
    assert all(map(torch.equal, plain, cast))

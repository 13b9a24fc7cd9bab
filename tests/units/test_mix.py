import pytest
import torch
from torch import Tensor

from stitchkit.units import mix


def maps(networks: int, shape: tuple[int, ...], dtype: torch.dtype = torch.float64) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator, dtype=dtype) for _ in range(networks)]


@pytest.mark.parametrize(
    ("shape", "axis", "letters"),
    [((2, 3, 4, 5), 1, "bchw"), ((2, 4, 5, 3), -1, "bhwc"), ((2, 7, 3), -1, "btc"), ((4, 3), 1, "bc")],
)
@pytest.mark.parametrize("matrices", [3, 1])
def test_equals_equation_1_written_as_einsum(
    shape: tuple[int, ...], axis: int, letters: str, matrices: int
) -> None:
    alpha, xs = torch.randn(matrices, 3, 3, dtype=torch.float64), maps(3, shape)
    expected = torch.einsum(f"cij,j{letters}->i{letters}", alpha.expand(3, 3, 3), torch.stack(xs))
    for mixed, wanted in zip(mix(alpha, xs, axis), expected, strict=True):
        torch.testing.assert_close(mixed, wanted)


@pytest.mark.parametrize("matrices", [3, 1])
@pytest.mark.parametrize(("shape", "axis"), [((2, 3, 2, 2), 1), ((2, 2, 3), -1)])
def test_gradients_equal_finite_differences(matrices: int, shape: tuple[int, ...], axis: int) -> None:
    alpha = torch.randn(matrices, 3, 3, dtype=torch.float64, requires_grad=True)
    xs = [x.requires_grad_() for x in maps(3, shape)]

    def mixed(alpha: Tensor, *xs: Tensor) -> tuple[Tensor, ...]:
        return mix(alpha, xs, axis)

    assert torch.autograd.gradcheck(mixed, (alpha, *xs))
    assert torch.autograd.gradgradcheck(mixed, (alpha, *xs))


def test_gradient_of_alpha_is_that_of_equation_1_not_the_printed_equation_3() -> None:
    alpha = torch.tensor([[[0.9, 0.1], [0.1, 0.9]]] * 3, dtype=torch.float64, requires_grad=True)
    x_a, x_b = maps(2, (2, 3, 4, 4))
    loss_a, loss_b = torch.randn(2, 2, 3, 4, 4, dtype=torch.float64)  # gradients of a loss by the outputs
    torch.autograd.backward(mix(alpha, (x_a, x_b), 1), (loss_a, loss_b))
    assert alpha.grad is not None
    alpha_ab = alpha.grad[:, 0, 1]
    torch.testing.assert_close(alpha_ab, (loss_a * x_b).sum((0, 2, 3)))
    assert not torch.allclose(alpha_ab, (loss_b * x_a).sum((0, 2, 3)))  # Eq. 3 as printed

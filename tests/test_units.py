import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor

from stitchkit.errors import InputError
from stitchkit.plugins import find
from stitchkit.units import CrossStitch, CrossStitchUnit, Unit


def maps(networks: int, shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator, dtype=dtype) for _ in range(networks)]


def with_alpha(alpha: Tensor, channel_axis: int = 1) -> CrossStitchUnit:
    unit = CrossStitchUnit(alpha.shape[1], alpha.shape[0], channel_axis).to(alpha.dtype)
    unit.alpha.data.copy_(alpha)
    return unit


def test_the_recipe_finds_it_by_name() -> None:
    assert find("units", "cross_stitch") is CrossStitch
    assert CrossStitch.model_validate({"granularity": "layer", "same": 0.5}).granularity == "layer"
    assert issubclass(CrossStitch, Unit)


@pytest.mark.parametrize("options", [{"same": 1.5}, {"same": -0.1}, {"granularity": "pixel"}, {"alpha": 1}])
def test_wrong_options_are_refused(options: dict) -> None:
    with pytest.raises(ValidationError):
        CrossStitch.model_validate(options)


@given(st.integers(2, 5), st.integers(1, 4), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_alpha_starts_convex_with_same_on_the_diagonal(networks: int, channels: int, same: float) -> None:
    alpha = CrossStitch(same=same).build(networks, channels, 1).alpha
    assert alpha.shape == (channels, networks, networks)
    torch.testing.assert_close(alpha.sum(2), torch.ones(channels, networks))
    torch.testing.assert_close(alpha.diagonal(dim1=1, dim2=2), torch.full((channels, networks), same))
    torch.testing.assert_close(alpha[0, 0, 1].item(), (1 - same) / (networks - 1), atol=1e-6, rtol=1e-6)


def test_one_matrix_for_the_whole_map() -> None:
    assert CrossStitch(granularity="layer").build(3, 64, 1).alpha.shape == (1, 3, 3)


def test_values_computed_by_hand() -> None:
    unit = with_alpha(torch.tensor([[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.0, 2.0]]]))
    a, b = torch.tensor([[[[10.0]], [[4.0]]]]), torch.tensor([[[[20.0]], [[8.0]]]])
    mixed_a, mixed_b = unit(a, b)
    torch.testing.assert_close(mixed_a.flatten(), torch.tensor([11.0, 6.0]))  # 9 + 2, 2 + 4
    torch.testing.assert_close(mixed_b.flatten(), torch.tensor([18.0, 16.0]))  # 2 + 16, 0 + 16


@pytest.mark.parametrize(
    ("shape", "axis", "letters"),
    [((2, 3, 4, 5), 1, "bchw"), ((2, 4, 5, 3), -1, "bhwc"), ((2, 7, 3), -1, "btc"), ((4, 3), 1, "bc")],
)
@pytest.mark.parametrize("granularity", ["channel", "layer"])
def test_equals_equation_1_written_as_einsum(
    shape: tuple[int, ...], axis: int, letters: str, granularity: str
) -> None:
    unit = CrossStitch.model_validate({"granularity": granularity}).build(3, 3, axis)
    torch.nn.init.normal_(unit.alpha)
    xs = maps(3, shape)
    expected = torch.einsum(f"cij,j{letters}->i{letters}", unit.alpha.expand(3, 3, 3), torch.stack(xs))
    for mixed, wanted in zip(unit(*xs), expected, strict=True):
        torch.testing.assert_close(mixed, wanted)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("networks", [2, 3])
def test_identity_gives_the_inputs_bit_for_bit(networks: int, dtype: torch.dtype) -> None:
    unit = CrossStitch(same=1.0).build(networks, 3, 1)
    xs = maps(networks, (2, 3, 4, 4), dtype)
    for x, mixed in zip(xs, unit(*xs), strict=True):
        assert mixed.dtype == dtype
        assert torch.equal(mixed, x)


def test_outputs_are_new_and_keep_the_strides_of_their_network() -> None:
    unit = CrossStitch().build(2, 3, 1)
    a, b = maps(2, (2, 3, 4, 5))
    b = b.to(memory_format=torch.channels_last)
    mixed = unit(a.requires_grad_(), b)
    assert [m.stride() for m in mixed] == [a.stride(), b.stride()]
    assert not {m.data_ptr() for m in mixed} & {a.data_ptr(), b.data_ptr()}
    for m in mixed:
        m.relu_()  # an in-place layer after a tap is allowed
    sum(m.sum() for m in mixed).backward()
    assert a.grad is not None


@pytest.mark.parametrize("granularity", ["channel", "layer"])
@pytest.mark.parametrize(("shape", "axis"), [((2, 3, 2, 2), 1), ((2, 2, 3), -1)])
def test_gradients_equal_finite_differences(granularity: str, shape: tuple[int, ...], axis: int) -> None:
    unit = CrossStitch.model_validate({"granularity": granularity}).build(3, 3, axis).double()
    alpha = torch.randn_like(unit.alpha, requires_grad=True)
    xs = [x.requires_grad_() for x in maps(3, shape, torch.float64)]

    def mix(alpha: Tensor, *xs: Tensor) -> tuple[Tensor, ...]:
        return torch.func.functional_call(unit, {"alpha": alpha}, xs)

    assert torch.autograd.gradcheck(mix, (alpha, *xs))
    assert torch.autograd.gradgradcheck(mix, (alpha, *xs))


def test_gradient_of_alpha_is_that_of_equation_1_not_the_printed_equation_3() -> None:
    unit = with_alpha(torch.tensor([[[0.9, 0.1], [0.1, 0.9]]] * 3, dtype=torch.float64))
    x_a, x_b = maps(2, (2, 3, 4, 4), torch.float64)
    loss_a, loss_b = torch.randn(2, 2, 3, 4, 4, dtype=torch.float64)  # gradients of a loss by the outputs
    torch.autograd.backward(unit(x_a, x_b), (loss_a, loss_b))
    assert unit.alpha.grad is not None
    alpha_ab = unit.alpha.grad[:, 0, 1]
    torch.testing.assert_close(alpha_ab, (loss_a * x_b).sum((0, 2, 3)))
    assert not torch.allclose(alpha_ab, (loss_b * x_a).sum((0, 2, 3)))  # Eq. 3 as printed


def test_frozen_alpha_gets_no_gradient() -> None:
    unit = CrossStitch().build(2, 3, 1).requires_grad_(False)
    a, b = maps(2, (1, 3, 2, 2))
    torch.autograd.backward(unit(a.requires_grad_(), b)[1].sum())
    torch.testing.assert_close(a.grad, torch.full_like(a, 0.1))
    assert unit.alpha.grad is None


def test_mean_same_and_different_task_values() -> None:
    unit = with_alpha(torch.tensor([[[0.9, 0.1, 0.0], [0.3, 0.6, 0.1], [0.0, 0.7, 0.3]]]))
    torch.testing.assert_close(unit.same_task(), torch.tensor(0.6))
    torch.testing.assert_close(unit.different_task(), torch.tensor(0.2))


def test_half_precision_sums_the_gradient_of_alpha_in_full() -> None:
    unit = CrossStitch().build(2, 3, 1)
    a, b = (torch.ones(2, 3, 64, 64, dtype=torch.bfloat16) for _ in range(2))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = unit(a, b)
    assert mixed[0].dtype == torch.bfloat16
    sum(m.sum(dtype=torch.float32) for m in mixed).backward()
    torch.testing.assert_close(unit.alpha.grad, torch.full((3, 2, 2), 2 * 64 * 64.0))


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda unit: pickle.loads(pickle.dumps(unit))], ids=["deepcopy", "pickle"]
)
def test_copies_compute_the_same(copied) -> None:
    unit = CrossStitch(same=0.7).build(2, 3, -1)
    xs = maps(2, (2, 4, 3))
    assert all(map(torch.equal, copied(unit)(*xs), unit(*xs)))


def test_compiles_into_one_graph_and_exports() -> None:
    unit = CrossStitch().build(2, 3, 1)
    xs = maps(2, (2, 3, 4, 4))
    plain = unit(*xs)
    torch.autograd.backward(plain, plain)
    expected, unit.alpha.grad = unit.alpha.grad, None
    mixed = torch.compile(unit, fullgraph=True, backend="aot_eager")(*xs)
    torch.autograd.backward(mixed, plain)
    torch.testing.assert_close(mixed, plain)
    torch.testing.assert_close(unit.alpha.grad, expected)
    with torch.no_grad():
        torch.testing.assert_close(torch.compile(unit, fullgraph=True, backend="eager")(*xs), plain)
    unit.requires_grad_(False)
    torch.testing.assert_close(torch.compile(unit, fullgraph=True, backend="eager")(*xs), plain)
    torch.testing.assert_close(torch.export.export(unit, tuple(xs)).module()(*xs), plain)


@pytest.mark.parametrize(
    ("xs", "message"),
    [
        (maps(2, (1, 3, 2, 2))[:1], "2 networks takes 2 activation maps, but got 1"),
        ([torch.ones(1, 3, 2, 2), torch.ones(1, 3, 4, 4)], r"\(1, 3, 2, 2\) and \(1, 3, 4, 4\)"),
        (maps(2, (1, 4, 2, 2)), r"3 channels, but got 4 on axis 1 of \(1, 4, 2, 2\)"),
    ],
    ids=["count", "shape", "channels"],
)
def test_maps_that_do_not_fit_are_named(xs: list[Tensor], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CrossStitch().build(2, 3, 1)(*xs)


def test_one_network_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2 networks, but got 1"):
        CrossStitch().build(1, 3, 1)

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor

from stitchkit.errors import InputError
from stitchkit.plugins import find
from stitchkit.units import ConstrainedCrossStitchUnit, CrossStitch, Unit, convex_start


def maps(networks: int, shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator, dtype=dtype) for _ in range(networks)]


def test_the_recipe_finds_it_by_name() -> None:
    assert find("units", "cross_stitch") is CrossStitch
    assert CrossStitch.model_validate({"granularity": "layer", "same": 0.5}).granularity == "layer"
    assert issubclass(CrossStitch, Unit)


@pytest.mark.parametrize(
    "options",
    [{"same": 1.5}, {"same": -0.1}, {"granularity": "pixel"}, {"constraint": "positive"}, {"alpha": 1}],
)
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


def test_frozen_alpha_gets_no_gradient() -> None:
    unit = CrossStitch().build(2, 3, 1).requires_grad_(False)
    a, b = maps(2, (1, 3, 2, 2))
    torch.autograd.backward(unit(a.requires_grad_(), b)[1].sum())
    torch.testing.assert_close(a.grad, torch.full_like(a, 0.1))
    assert unit.alpha.grad is None


def test_half_precision_sums_the_gradient_of_alpha_in_full() -> None:
    unit = CrossStitch().build(2, 3, 1)
    a, b = (torch.ones(2, 3, 64, 64, dtype=torch.bfloat16) for _ in range(2))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = unit(a, b)
    assert mixed[0].dtype == torch.bfloat16
    sum(m.sum(dtype=torch.float32) for m in mixed).backward()
    torch.testing.assert_close(unit.alpha.grad, torch.full((3, 2, 2), 2 * 64 * 64.0))


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


def test_one_network_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2 networks, but got 1"):
        CrossStitch().build(1, 3, 1)


def test_maps_that_do_not_fit_are_named() -> None:
    with pytest.raises(InputError, match=r"3 channels, but got 4 on axis 1 of \(1, 4, 2, 2\)"):
        CrossStitch().build(2, 3, 1)(*maps(2, (1, 4, 2, 2)))
    assert CrossStitch(granularity="layer").build(2, 3, 1)(*maps(2, (1, 4, 2, 2)))[0].shape == (1, 4, 2, 2)


def test_free_alphas_are_saved_as_alpha_and_constrained_ones_as_free() -> None:
    assert CrossStitch().build(2, 3, 1).state_dict().keys() == {"alpha"}
    assert CrossStitch(constraint="convex").build(2, 3, 1).state_dict().keys() == {"free"}


constraints = pytest.mark.parametrize("constraint", ["convex", "nonnegative"])


def constrained(constraint: str, **options: object) -> ConstrainedCrossStitchUnit:
    unit = CrossStitch.model_validate({"constraint": constraint, **options}).build(3, 4, 1)
    assert isinstance(unit, ConstrainedCrossStitchUnit)
    return unit


@constraints
@given(st.integers(2, 8), st.floats(1e-4, 1 - 1e-4))
@settings(max_examples=25, deadline=None)
def test_constrained_alphas_start_at_the_same_convex_mix(constraint: str, networks: int, same: float) -> None:
    unit = CrossStitch.model_validate({"constraint": constraint, "same": same}).build(networks, 4, 1)
    expected = convex_start(networks, same).float().expand(4, -1, -1)
    torch.testing.assert_close(unit.alpha, expected, rtol=1e-5, atol=1e-7)


@constraints
@pytest.mark.parametrize(("same", "task"), [(0.0, "same-task"), (1.0, "different-task")])
def test_a_start_that_the_constraint_cannot_reach_is_refused(constraint: str, same: float, task: str) -> None:
    with pytest.raises(ValidationError, match=f"same: {same:g} starts the {task} alphas at 0"):
        CrossStitch.model_validate({"constraint": constraint, "same": same})
    assert CrossStitch(same=same).same == same


@constraints
def test_the_constraint_holds_after_steps_of_any_size(constraint: str) -> None:
    unit, xs = constrained(constraint), maps(3, (2, 4, 3, 3))
    optimizer = torch.optim.SGD(unit.parameters(), lr=10.0)
    for _ in range(5):
        optimizer.zero_grad()
        torch.autograd.backward([mixed.square().sum() for mixed in unit(*xs)])
        optimizer.step()
        assert (unit.alpha >= 0).all()
        if constraint == "convex":
            torch.testing.assert_close(unit.alpha.sum(2), torch.ones(4, 3))


@constraints
@pytest.mark.parametrize("granularity", ["channel", "layer"])
def test_gradients_of_constrained_alphas_equal_finite_differences(constraint: str, granularity: str) -> None:
    unit = constrained(constraint, granularity=granularity).double()
    free = torch.randn_like(unit.free, requires_grad=True)
    xs = [x.requires_grad_() for x in maps(3, (2, 4, 2), torch.float64)]

    def mixed(free: Tensor, *xs: Tensor) -> tuple[Tensor, ...]:
        return torch.func.functional_call(unit, {"free": free}, xs)

    assert torch.autograd.gradcheck(mixed, (free, *xs))


def test_nonnegative_alphas_move_no_faster_than_free_ones() -> None:
    unit = CrossStitch(constraint="nonnegative", same=0.9).build(2, 1, 1)
    assert isinstance(unit, ConstrainedCrossStitchUnit)
    unit.alpha.sum().backward()
    slope = {value: 1 - math.exp(-value) for value in (0.9, 0.1)}  # of softplus, by its value
    expected = torch.tensor([[[slope[0.9], slope[0.1]], [slope[0.1], slope[0.9]]]])
    torch.testing.assert_close(unit.free.grad, expected)


def test_printing_says_the_constraint() -> None:
    assert "constraint='convex'" in repr(constrained("convex"))

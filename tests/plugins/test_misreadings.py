import pytest
import torch
from stitchkit_misreadings import LegacyAllOnes, LegacySharedRow
from torch import Tensor

from stitchkit.errors import InputError
from stitchkit.plugins import find
from stitchkit.units import CrossStitch

granularities = pytest.mark.parametrize(("granularity", "groups"), [("channel", 4), ("layer", 1)])


def maps() -> list[Tensor]:
    return list(torch.randn(3, 2, 4, 5, 6, generator=torch.Generator().manual_seed(0)))


def test_the_recipe_finds_them_by_names_that_are_not_the_methods() -> None:
    assert find("units", "legacy_all_ones") is LegacyAllOnes
    assert find("units", "legacy_shared_row") is LegacySharedRow


@granularities
def test_all_ones_adds_the_maps_up(granularity: str, groups: int) -> None:
    unit = LegacyAllOnes.model_validate({"granularity": granularity}).build(3, 4, 1)
    assert torch.equal(unit.alpha, torch.ones(groups, 3, 3))
    xs = maps()
    for new in unit(*xs):
        torch.testing.assert_close(new, xs[0] + xs[1] + xs[2])
    assert unit.sharing(0.0).verdict == "shared"


def test_all_ones_can_learn_what_cross_stitch_units_can() -> None:
    unit, cross_stitch, xs = LegacyAllOnes().build(3, 4, 1), CrossStitch().build(3, 4, 1), maps()
    unit.load_state_dict(cross_stitch.state_dict())
    torch.testing.assert_close(unit(*xs), cross_stitch(*xs))


@granularities
def test_a_shared_row_starts_as_the_mean_and_stays_shared(granularity: str, groups: int) -> None:
    unit, xs = LegacySharedRow.model_validate({"granularity": granularity}).build(3, 4, 1), maps()
    assert unit.row.shape == (groups, 3)
    assert unit.alpha.shape == (groups, 3, 3)
    for new in unit(*xs):
        torch.testing.assert_close(new, torch.stack(xs).mean(0))

    torch.autograd.backward(unit(*xs), xs)
    torch.optim.SGD(unit.parameters(), lr=0.1).step()
    first, *others = unit(*xs)
    assert not torch.allclose(first, torch.stack(xs).mean(0))
    for other in others:
        torch.testing.assert_close(first, other)  # the order of summation differs
    assert unit.sharing(0.0).verdict == "shared"


def test_the_gradient_of_a_shared_row_sums_over_the_networks() -> None:
    unit, xs = LegacySharedRow().build(3, 4, 1), maps()
    losses = torch.randn(3, 2, 4, 5, 6)  # gradients of a loss by the outputs
    torch.autograd.backward(unit(*xs), list(losses))
    expected = torch.einsum("ibchw,jbchw->cj", losses, torch.stack(xs))
    torch.testing.assert_close(unit.row.grad, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("unit", [LegacyAllOnes(), LegacySharedRow()], ids=["all_ones", "shared_row"])
def test_what_does_not_fit_is_named(unit: LegacyAllOnes | LegacySharedRow) -> None:
    with pytest.raises(InputError, match="at least 2 networks, but got 1"):
        unit.build(1, 4, 1)
    with pytest.raises(InputError, match="5 channels, but got 4 on axis 1"):
        unit.build(3, 5, 1)(*maps())

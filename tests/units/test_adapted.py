import copy

import pytest
import torch
from torch import Tensor, nn

import stitchkit as sk
from stitchkit.errors import InputError
from stitchkit.units import AdaptedUnit, Unit


def maps(*shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator) for shape in shapes]


LAYOUTS: list[list[tuple[tuple[int, ...], int]]] = [
    [((2, 4, 6, 6), 1), ((2, 7, 3, 3), 1)],
    [((2, 4, 6, 6), 1), ((2, 3, 3, 7), -1)],
    [((2, 9, 4), -1), ((2, 9, 7), -1), ((2, 9, 5), -1)],
    [((2, 4), -1), ((2, 7), -1)],
]


@pytest.mark.parametrize("layouts", LAYOUTS, ids=["maps", "channels-last", "tokens", "vectors"])
def test_a_unit_that_changes_nothing_leaves_every_map_bit_for_bit(layouts) -> None:
    unit = AdaptedUnit(sk.CrossStitch(same=1.0), layouts)
    with torch.no_grad():
        for weight in [*unit.to_common.parameters(), *unit.from_common.parameters()]:
            weight.normal_()
    xs = maps(*(shape for shape, _ in layouts))
    assert all(torch.equal(new, x) for new, x in zip(unit(*xs), xs, strict=True))


@pytest.mark.parametrize("layouts", LAYOUTS, ids=["maps", "channels-last", "tokens", "vectors"])
def test_every_alpha_gets_a_gradient_and_maps_keep_their_shapes(layouts) -> None:
    unit = AdaptedUnit(sk.CrossStitch(same=0.6), layouts)
    xs = maps(*(shape for shape, _ in layouts))
    outputs = unit(*xs)
    assert [new.shape for new in outputs] == [x.shape for x in xs]
    sum(new.square().sum() for new in outputs).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in unit.parameters())
    assert (unit.unit.alpha.grad.abs().sum((0, 2)) > 0).all()  # type: ignore[union-attr]


def test_values_worked_out_by_hand() -> None:
    """One channel meets two: the first takes half of the other's first channel, at its own size."""
    unit = AdaptedUnit(sk.CrossStitch(same=0.5), [((1, 1, 1, 2), 1), ((1, 2, 1, 1), 1)])
    small = torch.tensor([[[[1.0, 3.0]]]])
    large = torch.tensor([[[[4.0]], [[8.0]]]])
    to_small, to_large = unit(small, large)
    # in the shape of the one with two channels: P small = (mean of 1 and 3, 0) = (2, 0)
    assert to_small.flatten().tolist() == [1.0 + 0.5 * (4 - 2), 3.0 + 0.5 * (4 - 2)]
    assert to_large.flatten().tolist() == [4 + 0.5 * (2 - 4), 8 + 0.5 * (0 - 8)]


def test_maps_meet_where_most_channels_are() -> None:
    unit = AdaptedUnit(sk.CrossStitch(), [((1, 4, 8, 8), 1), ((1, 6, 4, 4), 1), ((1, 6, 6, 6), 1)])
    assert unit.common == 2
    assert unit.alpha.shape == (6, 3, 3)
    assert "common=2" in repr(unit)


def test_sharing_and_rates_are_those_of_the_unit_in_the_middle() -> None:
    unit = AdaptedUnit(sk.CrossStitch(same=1.0), LAYOUTS[0])
    assert unit.sharing(0.0).verdict == "separate"
    assert [id(p) for p in unit.mixing_parameters()] == [id(unit.unit.alpha)]
    assert copy.deepcopy(unit).alpha is not unit.alpha


def test_maps_of_different_shapes_are_never_shared() -> None:
    unit = AdaptedUnit(sk.CrossStitch(same=0.5), LAYOUTS[0])
    assert unit.unit.sharing(0.0).verdict == "shared"
    assert unit.sharing(0.0).verdict == "mixed"


def test_a_unit_that_does_not_mix_is_refused() -> None:
    class Other(Unit):
        def build(self, networks: int, channels: int, channel_axis: int) -> nn.Module:
            return nn.Identity()

    with pytest.raises(InputError, match=r"wants a stitchkit\.units\.MixingUnit, but got Identity"):
        AdaptedUnit(Other(), LAYOUTS[0])


def test_images_and_tokens_do_not_meet() -> None:
    with pytest.raises(InputError, match="images with images"):
        AdaptedUnit(sk.CrossStitch(), [((1, 4, 8, 8), 1), ((1, 64, 4), -1)])
    with pytest.raises(InputError, match="equally many tokens"):
        AdaptedUnit(sk.CrossStitch(), [((1, 65, 4), -1), ((1, 64, 5), -1)])

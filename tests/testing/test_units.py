"""Every defect of a unit is found by the check of the property that it breaks."""

import pytest
import torch
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.testing import UNIT_CHECKS, Broken, UnitCase, check_unit
from stitchkit.units import Unit


class Mean(Unit):
    """Every network goes on with a weighted mean of its map and that of all."""

    def build(self, networks: int, channels: int, channel_axis: int) -> nn.Module:
        if networks < 2:
            raise InputError("a unit joins at least 2 networks; add a network")
        return MeanModule(self)

    def mixed(self, weight: Tensor, xs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        mean = torch.stack(xs).mean(dim=0)
        new = ((weight * x + (1 - weight) * mean).to(x.dtype) for x in xs)
        return tuple(torch.empty_like(x).copy_(y) for x, y in zip(xs, new, strict=True))


class MeanModule(nn.Module):
    def __init__(self, unit: Mean) -> None:
        super().__init__()
        self.unit = unit
        self.weight = nn.Parameter(torch.tensor(0.5))

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        return self.unit.mixed(self.weight, xs)


class InPlace(Mean):
    def mixed(self, weight: Tensor, xs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (*super().mixed(weight, xs)[:-1], xs[-1])


class Contiguous(Mean):
    def mixed(self, weight: Tensor, xs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(x.contiguous() for x in super().mixed(weight, xs))


class Unlearned(Mean):
    def mixed(self, weight: Tensor, xs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return super().mixed(weight.detach(), xs)


class Favourite(Mean):
    def mixed(self, weight: Tensor, xs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        first, *others = super().mixed(weight, xs)
        return (first * 2, *others)


class Precise(Mean):
    def mixed(self, weight: Tensor, xs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(x.float() for x in super().mixed(weight, xs))


class Fixed(Mean):
    def mixed(self, weight: Tensor, xs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return super().mixed(0 * weight, xs)


class Lonely(Mean):
    def build(self, networks: int, channels: int, channel_axis: int) -> nn.Module:
        return MeanModule(self)


class Partial(Mean):
    same: float = 1.0


DEFECTS: list[tuple[type[Mean], str]] = [
    (InPlace, "maps-come-out-as-they-went-in"),
    (Contiguous, "strides-of-every-network-are-kept"),
    (Unlearned, "gradients-reach-maps-and-parameters"),
    (Favourite, "no-network-is-special"),
    (Precise, "half-precision-is-kept"),
    (Fixed, "a-state-dict-restores-a-module"),
    (Lonely, "one-network-is-too-few"),
    (Partial, "the-identity-leaves-networks-apart"),
]
BY_NAME = {str(check): check for check in UNIT_CHECKS}


def test_the_unit_without_a_defect_passes() -> None:
    check_unit(Mean)


@pytest.mark.parametrize(("defect", "name"), DEFECTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_defect_is_found(defect: type[Mean], name: str) -> None:
    with pytest.raises(Broken, match=f"unit '{defect.__name__}'"):
        BY_NAME[name](UnitCase(defect))

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from stitchkit.networks import StitchedNet, stitch
from stitchkit.training.groups import parameter_groups
from stitchkit.units import CrossStitchUnit, Unit


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1, bias=False))


def stitched() -> StitchedNet:
    return stitch({"a": network(), "b": network()}, taps=["0", "2"], example=torch.rand(2, 3, 8, 8))


def test_rates_and_decays_of_the_three_groups() -> None:
    groups = parameter_groups(
        stitched(), lr=0.01, alpha_lr_scale=100, weight_decay=5e-4, alpha_weight_decay=1e-6, bias_lr_scale=2
    )
    plain = [{key: value for key, value in group.items() if key != "params"} for group in groups]
    assert plain == [
        {"name": "weights", "lr": 0.01, "weight_decay": 5e-4},
        {"name": "biases", "lr": 0.02, "weight_decay": 5e-4},
        {"name": "alphas", "lr": 1.0, "weight_decay": 1e-6},
    ]
    # per network: three weights (two convolutions, one batch norm) and two biases; two units
    assert [len(group["params"]) for group in groups] == [6, 4, 2]


def test_biases_may_have_a_decay_of_their_own() -> None:
    groups = parameter_groups(network(), lr=0.01, weight_decay=5e-4, bias_weight_decay=0.0)
    assert {group["name"]: group["weight_decay"] for group in groups} == {"weights": 5e-4, "biases": 0.0}


def test_every_parameter_is_in_one_group_and_an_optimiser_takes_them() -> None:
    net = nn.Sequential(stitched())  # also inside another module
    optimizer = torch.optim.SGD(parameter_groups(net, lr=0.1))
    grouped = [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]
    assert sorted(grouped) == sorted(map(id, net.parameters()))


def test_alphas_are_those_of_the_units() -> None:
    net = stitched()
    *_, alphas = parameter_groups(net, lr=0.1)
    assert [id(p) for p in alphas["params"]] == [id(net.units[tap].alpha) for tap in ("0", "2")]


class Scaled(Unit):
    """Cross-stitch units with a scale that is no alpha, or a module that is no mixing unit at all."""

    mixing: bool

    def build(self, networks: int, channels: int, channel_axis: int) -> nn.Module:
        return ScaledUnit(networks, channels, channel_axis) if self.mixing else Scale()


class Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        return tuple(x * self.scale for x in xs)


class ScaledUnit(CrossStitchUnit):
    def __init__(self, networks: int, channels: int, channel_axis: int) -> None:
        super().__init__(networks, channels, channel_axis)
        self.scale = Scale()

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        return self.scale(*super().forward(*xs))

    def mixing_parameters(self) -> Iterable[nn.Parameter]:
        return [self.alpha]


def test_a_mixing_unit_says_which_of_its_parameters_are_alphas() -> None:
    net = stitch(network(), network(), taps=["2"], unit=Scaled(mixing=True), example=torch.rand(2, 3, 8, 8))
    weights, _, alphas = parameter_groups(net, lr=0.1)
    (unit,) = net.units.values()
    assert [id(parameter) for parameter in alphas["params"]] == [id(unit.alpha)]
    assert id(unit.get_parameter("scale.scale")) in map(id, weights["params"])


def test_of_any_other_unit_all_parameters_are_alphas() -> None:
    net = stitch(network(), network(), taps=["2"], unit=Scaled(mixing=False), example=torch.rand(2, 3, 8, 8))
    *_, alphas = parameter_groups(net, lr=0.1)
    assert [id(parameter) for parameter in alphas["params"]] == [id(net.units["2"].scale)]


def test_frozen_parameters_and_empty_groups_are_left_out() -> None:
    net = network()
    assert [group["name"] for group in parameter_groups(net, lr=0.1)] == ["weights", "biases"]
    for name, parameter in net.named_parameters():
        parameter.requires_grad = name == "3.weight"
    (weights,) = parameter_groups(net, lr=0.1)
    assert weights["name"] == "weights"
    assert [id(p) for p in weights["params"]] == [id(net[3].weight)]

import torch
from torch import nn

from stitchkit.networks import StitchedNet, stitch
from stitchkit.training.groups import parameter_groups


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


def test_every_parameter_is_in_one_group_and_an_optimiser_takes_them() -> None:
    net = nn.Sequential(stitched())  # also inside another module
    optimizer = torch.optim.SGD(parameter_groups(net, lr=0.1))
    grouped = [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]
    assert sorted(grouped) == sorted(map(id, net.parameters()))


def test_alphas_are_those_of_the_units() -> None:
    net = stitched()
    *_, alphas = parameter_groups(net, lr=0.1)
    assert [id(p) for p in alphas["params"]] == [id(net.units[tap].alpha) for tap in ("0", "2")]


def test_frozen_parameters_and_empty_groups_are_left_out() -> None:
    net = network()
    assert [group["name"] for group in parameter_groups(net, lr=0.1)] == ["weights", "biases"]
    for name, parameter in net.named_parameters():
        parameter.requires_grad = name == "3.weight"
    (weights,) = parameter_groups(net, lr=0.1)
    assert weights["name"] == "weights"
    assert [id(p) for p in weights["params"]] == [id(net[3].weight)]

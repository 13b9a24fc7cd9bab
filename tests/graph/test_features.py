import copy
import pickle
from typing import Any

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stitchkit as sk
from stitchkit.errors import InputError
from stitchkit.graph.features import FeatureNet, HookedNet, features


class Net(nn.Module):
    """Overwrites the output of ``one``, calls ``relu`` twice, has an auxiliary head and a last one."""

    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.randn(3, 1, 1))
        self.register_buffer("scale", torch.randn(3, 1, 1))
        self.one = nn.Conv2d(3, 4, 3)
        self.relu = nn.ReLU(inplace=True)
        self.two = nn.Sequential(nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5))
        self.aux = nn.Conv2d(4, 2, 1)
        self.head = nn.Linear(5, 2)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x = self.relu(self.one((image - self.mean) * self.scale))
        aux = self.aux(x)
        x = F.dropout(self.relu(self.two(x)), 0.5, training=self.training)
        return self.head(x.mean((2, 3))), aux


class Branching(Net):
    """Cannot be traced, and notes whether what comes after ``two`` has run."""

    finished = False

    def forward(self, image: Tensor) -> Any:
        x = self.relu(self.one(image))
        if x.mean() < 0:
            return x
        x = self.two(x)
        self.finished = True
        return self.head(x.relu().mean((2, 3)))


def image(size: int = 8) -> Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))


def test_values_are_those_at_the_taps_even_if_they_are_overwritten_later() -> None:
    net = Net().eval()
    one, two = features(net, ["one", "two"], image())(image())
    wanted = net.one((image() - net.mean) * net.scale)
    assert torch.equal(one, wanted)
    assert bool((one < 0).any())
    assert torch.equal(two, net.two(wanted.relu()))


def test_what_the_taps_do_not_need_is_gone_and_the_rest_keeps_its_names() -> None:
    net: Any = Net()
    found: Any = features(net, ["one", "two"], image())
    assert isinstance(found, FeatureNet)
    state = net.state_dict()
    assert found.state_dict().keys() == {name for name in state if name.split(".")[0] not in ("aux", "head")}
    assert all(
        a is b for a, b in zip(found.get_submodule("two").parameters(), net.two.parameters(), strict=True)
    )
    sum(x.square().mean() for x in found(image())).backward()
    assert all(parameter.grad is not None for parameter in found.parameters())


def test_each_mode_is_the_networks_own() -> None:
    found: Any = features(Net(), ["relu#2"], image())
    with torch.no_grad():
        before = found.two[1].running_mean.clone()
        found.train()(image())
        assert not torch.equal(found.two[1].running_mean, before)
        found.eval()
        assert torch.equal(found(image())[0], found(image())[0])


def test_a_network_that_cannot_be_traced_runs_until_its_last_tap() -> None:
    net = Branching().eval()
    found = features(net, ["two", "one"], image())
    assert isinstance(found, HookedNet)
    two, one = found(image())
    assert torch.equal(one, net.one(image()))
    assert torch.equal(two, net.two(one.relu()))
    assert found.state_dict().keys() == net.state_dict().keys()
    assert not net.finished
    assert not net.two._forward_hooks


@pytest.mark.parametrize("make", [Net, Branching])
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_compute_the_same_and_share_nothing(make: type[Net], duplicate: Any) -> None:
    found = features(make().eval(), ["two"], image())
    twin = duplicate(found)
    assert torch.equal(twin(image())[0], found(image())[0])
    nn.init.zeros_(twin.one.weight)
    assert not torch.equal(twin(image())[0], found(image())[0])
    assert twin.double()(image().double())[0].dtype == torch.float64


class Dense(nn.Module):
    def __init__(self, trunk: nn.Module, channels: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = nn.Linear(channels, 2)

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.trunk(image)[-1])


def test_a_network_on_features_is_stitched_inside_them_where_functions_branch_on_values() -> None:
    nets = []
    for _ in range(2):
        vit: Any = timm.create_model("test_vit", num_classes=0, dynamic_img_size=True)
        nets.append(Dense(features(vit, ["blocks.1", "blocks.3"]), vit.embed_dim).eval())
    x = torch.randn(1, 3, 32, 64)  # not the model's own size: position embeddings are resampled
    net = sk.stitch(*nets, taps=["trunk.blocks.1"], unit=sk.CrossStitch(same=1.0), example=x)
    net.eval()
    assert all(torch.equal(ours, alone(x)) for ours, alone in zip(net(x), nets, strict=True))


def test_taps_are_named_as_everywhere() -> None:
    model = timm.create_model("test_resnet", num_classes=0).eval()
    small = torch.randn(1, 3, 64, 64)
    assert [x.shape[-1] for x in features(model, ["layer*"], small)(small)] == [16, 8, 4, 2]
    with pytest.raises(InputError, match=r"unknown tap 'layer9'; did you mean"):
        features(model, ["layer9"], small)


def test_two_inputs_are_refused() -> None:
    class Two(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return a + b

    with pytest.raises(InputError, match="Two takes a, b; features are taken of networks with one input"):
        features(Two(), ["x"], (image(), image()))

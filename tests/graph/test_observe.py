import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from stitchkit.errors import InputError
from stitchkit.graph.observe import inputs_of, observe


class Twice(nn.Module):
    default_cfg: dict[str, tuple[int, ...]] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()
        self.unused = nn.Identity()

    def forward(self, image: Tensor, scale: float = 1.0) -> Tensor:
        return self.relu(self.norm(self.relu(self.conv(image)))) * scale


def test_calls_are_numbered_in_order() -> None:
    seen = observe(Twice(), {"image": torch.rand(2, 3, 9, 9)})
    assert [(call.name, call.path, call.shape) for call in seen.calls] == [
        ("conv", "conv", (2, 4, 4, 4)),
        ("relu#1", "relu", (2, 4, 4, 4)),
        ("norm", "norm", (2, 4, 4, 4)),
        ("relu#2", "relu", (2, 4, 4, 4)),
    ]


def test_the_network_and_the_generator_stay_as_they_are() -> None:
    twice = Twice()
    net = nn.Sequential(twice, nn.Dropout()).train()
    twice.norm.eval()
    before, modes = copy.deepcopy(net.state_dict()), [m.training for m in net.modules()]
    state = torch.get_rng_state()
    observe(net, {"input": torch.ones(2, 3, 9, 9)})
    assert torch.equal(torch.get_rng_state(), state)
    assert [m.training for m in net.modules()] == modes
    assert not any(m._forward_hooks for m in net.modules())
    for key, value in net.state_dict().items():
        assert torch.equal(value, before[key])


class ReadsValues(nn.Sequential):
    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input) * input.sum().item()  # fake tensors have no values


def test_networks_that_read_values_run_on_real_tensors() -> None:
    net = ReadsValues(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    seen = observe(net, {"input": torch.rand(2, 3, 4, 4)})
    assert [call.shape for call in seen.calls] == [(2, 4, 4, 4)] * 2
    assert net[1].num_batches_tracked == 0


class Permuted(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


class Flat(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).mT


class Sequence(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).permute(2, 0, 1)  # T x B x C


class Windows(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.unfold(x, 4, stride=4).mT.reshape(-1, 16, x.shape[1])  # B windows x T x C


class Positions(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.new_zeros(1, 16, 5)


class OneSize(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != 8:
            raise ValueError("images must be 8 wide")
        return x


@pytest.mark.parametrize(
    ("layers", "axis"),
    [
        ([nn.Conv2d(3, 8, 1)], 1),  # 8 x 8 x 8: only another size of image tells
        ([nn.Conv2d(3, 8, 1), Permuted()], -1),
        ([nn.Conv2d(3, 8, 1), Flat()], -1),
        ([Sequence()], -1),
        ([Windows()], -1),
        ([nn.AdaptiveAvgPool2d(1)], 1),
        ([nn.AdaptiveAvgPool2d(1), nn.Flatten()], 1),
        ([OneSize(), nn.Conv2d(3, 5, 1)], 1),
        ([OneSize(), Permuted()], -1),
        ([OneSize(), nn.Conv2d(3, 5, 1), Flat()], -1),
        ([OneSize(), Sequence()], -1),
        ([OneSize(), Windows()], -1),
        ([OneSize(), Flat(), nn.Conv1d(64, 5, 1)], 1),
        ([OneSize(), Positions()], None),  # the batch grows even where the size cannot
        ([Positions()], None),
    ],
    ids=lambda value: "-".join(type(layer).__name__ for layer in value) if isinstance(value, list) else None,
)
def test_channel_axis(layers: list[nn.Module], axis: int | None) -> None:
    seen = observe(nn.Sequential(*layers), {"input": torch.rand(2, 3, 8, 8)})
    assert seen.calls[-1].channel_axis == axis


class Two(nn.Module):
    """Returns two maps: one that a module made, one that none did."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x + 1, self.conv(x)


class TakesTwo(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.two = Two()
        self.after = nn.Sequential(nn.ReLU(), nn.Conv2d(3, 4, 1))

    def forward(self, x: Tensor) -> Tensor:
        made, kept = self.two(x)
        return self.after(made) + kept.mean()


def test_a_module_that_returns_several_maps_names_who_made_or_takes_them() -> None:
    calls = {call.name: call for call in observe(TakesTwo(), {"x": torch.rand(2, 3, 4, 4)}).calls}
    assert calls["two"].shape is None
    assert calls["two"].stand_ins == ("after", "two.conv")  # the outermost that take or made them
    assert calls["after"].stand_ins == ()


def test_who_keeps_the_shape() -> None:
    calls = observe(TakesTwo(), {"x": torch.rand(2, 3, 4, 4)}).calls
    assert [call.name for call in calls if call.keeps_shape] == [
        "two.conv.0",
        "two.conv.1",
        "two.conv",
        "after.0",
    ]


class Wide(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), Flat(), nn.Linear(8, 100_000))
        self.append(nn.Linear(100_000, 100_000))  # 40 GB


@pytest.mark.parametrize("without_values", [lambda: torch.device("meta"), FakeTensorMode])
def test_networks_without_values_are_observed_without_memory(without_values) -> None:
    with without_values():
        net = Wide()
    inputs = {"input": torch.rand(2, 3, 10, 10)}
    seen = observe(net, inputs)
    assert [call.shape for call in seen.calls][-2:] == [(2, 64, 100_000)] * 2
    small = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), Flat())
    assert seen.calls[:3] == observe(small, inputs).calls
    with pytest.raises(InputError, match="Wide does not run on input"):
        observe(net, {"input": torch.rand(2, 4, 10, 10)})


class AddsNoise(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.add_(1.0) if self.training else x


@pytest.mark.parametrize(
    ("net", "written"),
    [
        (nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU(inplace=True)), set()),
        (nn.Sequential(nn.ReLU(inplace=True)), {"input"}),
        (nn.Sequential(nn.Identity(), nn.Dropout(inplace=True)), {"input"}),
        (nn.Sequential(AddsNoise()), {"input"}),
    ],
    ids=["own-map", "relu", "dropout", "only-in-training"],
)
def test_inputs_changed_in_place_are_noticed(net: nn.Module, written: set[str]) -> None:
    assert observe(net, {"input": torch.rand(2, 3, 4, 4)}).written == written


def test_inputs_are_bound_by_name() -> None:
    image = torch.rand(1, 3, 9, 9)
    assert inputs_of(Twice(), image) == {"image": image}
    assert inputs_of(Twice(), (image, 2.0)) == {"image": image, "scale": 2.0}
    assert inputs_of(Twice(), {"image": image, "rois": None}) == {"image": image}


class Rearranges(nn.Sequential):
    in_chans = 3  # as timm's networks say

    def __init__(self) -> None:
        super().__init__(nn.PixelUnshuffle(4), nn.Conv2d(48, 2, 1))


def test_without_an_example_images_have_the_networks_own_size() -> None:
    net = Twice()
    assert inputs_of(net)["image"].shape == (2, 3, 224, 224)
    net.default_cfg = {"input_size": (3, 32, 48)}
    assert inputs_of(net.double())["image"].shape == (2, 3, 32, 48)
    assert inputs_of(net)["image"].dtype == torch.float64
    assert inputs_of(nn.Sequential(nn.Conv2d(1, 2, 1)))["input"].shape == (2, 1, 224, 224)
    assert inputs_of(Rearranges())["input"].shape == (2, 3, 224, 224)


class TwoInputs(nn.Module):
    def forward(self, image: Tensor, rois: Tensor) -> Tensor:
        return image


def test_a_missing_input_is_named() -> None:
    with pytest.raises(InputError, match="TwoInputs takes image, rois; pass example"):
        inputs_of(TwoInputs())
    with pytest.raises(InputError, match="TwoInputs takes rois; pass example"):
        inputs_of(TwoInputs(), torch.rand(1))


def test_a_network_that_does_not_run_is_named_with_the_cause() -> None:
    with pytest.raises(
        InputError,
        match=r"Sequential does not run on input \(2, 3, 4, 4\): ValueError: images must be 8 wide",
    ):
        observe(nn.Sequential(OneSize()), {"input": torch.rand(2, 3, 4, 4)})

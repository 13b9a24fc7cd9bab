from typing import Any, ClassVar

import pytest
import timm
import torch
import torchvision
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.graph.observe import inputs_of, observe
from stitchkit.graph.taps import Tap, observed_taps, pair, select, taps

IMAGES = torch.zeros(2, 3, 64, 64)


class Net(nn.Module):
    tap_presets: ClassVar = {"stitch": ("pool", "head.fc1")}

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.head = nn.ModuleDict({"fc1": nn.Conv2d(8, 6, 1), "fc2": nn.Conv2d(6, 4, 1)})
        self.never = nn.Identity()

    def forward(self, image: Tensor) -> Tensor:
        x = self.pool(self.relu(self.conv(image)))
        return self.head["fc2"](self.relu(self.head["fc1"](x)))


def names(found: list[Tap]) -> list[str]:
    return [tap.name for tap in found]


def test_all_taps_in_order_with_shapes() -> None:
    assert taps(Net(), torch.zeros(2, 3, 8, 8)) == [
        Tap("conv", "Conv2d", (2, 8, 8, 8), 8, 1),
        Tap("relu#1", "ReLU", (2, 8, 8, 8), 8, 1, ("stages",)),
        Tap("pool", "MaxPool2d", (2, 8, 4, 4), 8, 1, ("pools", "stitch")),
        Tap("head.fc1", "Conv2d", (2, 6, 4, 4), 6, 1, ("stitch",)),
        Tap("relu#2", "ReLU", (2, 6, 4, 4), 6, 1, ("stages",)),
        Tap("head.fc2", "Conv2d", (2, 4, 4, 4), 4, 1),
    ]


def test_without_an_example_that_can_be_made_names_remain() -> None:
    found = taps(nn.Sequential(nn.Linear(5, 3), nn.ReLU()))
    assert found == [Tap("0", "Linear", None, None, None), Tap("1", "ReLU", None, None, None)]
    with pytest.raises(InputError, match="does not run on input"):
        taps(nn.Sequential(nn.Linear(5, 3)), torch.zeros(2, 4))


@pytest.mark.parametrize(
    ("model", "stages"),
    [
        (torchvision.models.resnet18, ["relu", "layer1", "layer2", "layer3", "layer4"]),
        (torchvision.models.alexnet, ["features.1", "features.4", "features.11", "features.12"]),
        (torchvision.models.mobilenet_v3_small, [f"features.{i}" for i in (0, 1, 3, 8, 12)]),
        (torchvision.models.regnet_x_400mf, ["stem", *(f"trunk_output.block{i}" for i in (1, 2, 3, 4))]),
    ],
    ids=["resnet18", "alexnet", "mobilenet_v3_small", "regnet_x_400mf"],
)
def test_stages_of_torchvision_networks_are_the_last_modules_at_each_size(model, stages: list[str]) -> None:
    assert names([tap for tap in taps(model(), IMAGES) if "stages" in tap.presets]) == stages


def test_stages_of_timm_networks_are_those_of_its_feature_info() -> None:
    found = taps(timm.create_model("convnext_atto"), IMAGES)
    assert names([tap for tap in found if "stages" in tap.presets]) == [f"stages.{i}" for i in range(4)]
    broken: Any = timm.create_model("resnet18")
    broken.feature_info = [{"module": "layer7"}]  # some of timm's names are no modules
    assert names([tap for tap in taps(broken, IMAGES) if "stages" in tap.presets])[-1] == "layer4"


def test_channels_last_maps_are_recognised() -> None:
    swin = timm.create_model("swin_tiny_patch4_window7_224", img_size=64, window_size=2, depths=(1, 1, 1, 1))
    found = {tap.name: tap for tap in taps(swin)}
    assert (found["layers.1"].shape, found["layers.1"].channels, found["layers.1"].channel_axis) == (
        (2, 8, 8, 192),
        192,
        -1,
    )


@pytest.fixture(scope="module")
def net() -> Net:
    return Net()


@pytest.fixture(scope="module")
def found(net: Net) -> list[Tap]:
    return taps(net, torch.zeros(2, 3, 8, 8))


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("pool", ["pool"]),
        ("relu#2", ["relu#2"]),
        ("head.*", ["head.fc1", "head.fc2"]),
        ("head.fc[2-9]", ["head.fc2"]),
        ("p*", ["pool"]),
        ("*", ["conv", "relu#1", "pool", "relu#2"]),  # a star does not cross a dot
        ("stitch", ["pool", "head.fc1"]),
        ("pools", ["pool"]),
        ("stages", ["relu#1", "relu#2"]),
        ("all", ["conv", "relu#1", "pool", "head.fc1", "relu#2", "head.fc2"]),
    ],
)
def test_paths_patterns_and_presets(net: Net, found: list[Tap], pattern: str, matches: list[str]) -> None:
    assert names(select(pattern, "seg", net, found)) == matches


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("relu", r"network 'seg': 'relu' is called 2 times; write 'relu#1' or 'relu#2'"),
        ("never", "network 'seg': 'never' cannot be a tap: it is never called"),
        ("blocks", "network 'seg': Net has no blocks that are known; name taps"),
        ("block", "unknown tap 'block'; did you mean 'blocks'"),
        ("head.fc3", r"network 'seg': unknown tap 'head.fc3'; did you mean 'head.fc"),
        ("layer*", r"unknown tap 'layer\*'; known: conv, relu#1, pool"),
    ],
)
def test_patterns_that_mean_nothing_or_too_much(
    net: Net, found: list[Tap], pattern: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        select(pattern, "seg", net, found)


def test_maps_that_do_not_shrink_step_by_step_are_no_stages() -> None:
    net = nn.Sequential(nn.MaxPool2d(2), nn.Upsample(scale_factor=2), nn.Conv2d(3, 2, 1))
    with pytest.raises(InputError, match="network 'seg': Sequential has no stages that are known; name taps"):
        select("stages", "seg", net, taps(net, IMAGES))


def pairs(specs, **models: nn.Module) -> list[dict[str, str]]:
    images = torch.zeros(2, 3, 8, 8)
    seen = {
        name: observed_taps(model, observe(model, inputs_of(model, images))) for name, model in models.items()
    }
    return [{name: tap.name for name, tap in point.items()} for point in pair(specs, models, seen)]


def test_default_taps_are_declared_or_stages() -> None:
    other = nn.Sequential(nn.MaxPool2d(1), nn.MaxPool2d(2), nn.Conv2d(3, 2, 1))
    assert pairs(None, a=Net(), b=Net()) == [{"a": "pool", "b": "pool"}, {"a": "head.fc1", "b": "head.fc1"}]
    assert pairs(None, a=Net(), b=other) == [{"a": "pool", "b": "0"}, {"a": "head.fc1", "b": "1"}]


def test_pairs_of_different_names_and_repetitions() -> None:
    specs = ["pool", "stitch", {"a": "head.fc2", "b": "head.fc1"}]
    assert pairs(specs, a=Net(), b=Net()) == [
        {"a": "pool", "b": "pool"},
        {"a": "head.fc1", "b": "head.fc1"},
        {"a": "head.fc2", "b": "head.fc1"},
    ]


def test_a_network_that_a_spec_leaves_out_takes_no_part() -> None:
    assert pairs(["pool", {"c": "pool", "a": "head.fc1"}], a=Net(), b=Net(), c=Net()) == [
        {"a": "pool", "b": "pool", "c": "pool"},
        {"a": "head.fc1", "c": "pool"},
    ]


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ("pool", r"taps must be a list, but got 'pool'; write \['pool'\]"),
        ([], "taps is empty"),
        ([{"a": "pool"}], r"tap {'a': 'pool'} must name taps of at least two of the networks \(a, b\)"),
        ([{"a": "pool", "seg": "pool"}], r"tap {'a': 'pool', 'seg': 'pool'}: unknown network 'seg'"),
        ([{"a": "pool", "b": "head.*"}], r"matches 1 of 'a', 2 of 'b'; pair them"),
    ],
)
def test_specs_that_do_not_pair(specs, message: str) -> None:
    with pytest.raises(InputError, match=message):
        pairs(specs, a=Net(), b=Net())

from typing import ClassVar

import pytest
import timm
import torch
import torchvision
from torch import Tensor, nn

from stitchkit.graph.observe import inputs_of, observe
from stitchkit.graph.presets import presets_of


def presets(model: nn.Module, *size: int) -> dict[str, tuple[str, ...]]:
    image = torch.zeros(2, 3, *size) if size else None
    return presets_of(model, observe(model, inputs_of(model, image)).calls)


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1), Narrow(outputs), Narrow(outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        return y + x if x.shape == y.shape else y


class Narrow(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


def test_blocks_are_the_outermost_that_keep_the_shape_and_their_kin() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 1), Block(4, 4), Block(4, 4), Block(4, 8, 2), Block(8, 8))
    assert presets(net, 8, 8)["blocks"] == ("1", "2", "3", "4")


def test_a_single_block_or_a_chain_of_changes_is_no_preset() -> None:
    assert presets(nn.Sequential(Block(3, 3), nn.Conv2d(3, 4, 1), nn.ReLU()), 8, 8)["blocks"] == (
        "0.layers.1",
        "0.layers.2",
    )
    assert presets(nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU()), 8, 8)["blocks"] == ()


@pytest.mark.parametrize(
    ("model", "count", "last"),
    [
        (torchvision.models.resnet18, 8, "layer4.1"),
        (torchvision.models.mobilenet_v2, 17, "features.17"),  # not the layers inside the inverted residuals
        (torchvision.models.convnext_tiny, 18, "features.7.2"),
        (torchvision.models.shufflenet_v2_x0_5, 16, "stage4.3"),  # blocks that open with an empty Sequential
        (torchvision.models.vgg11, 0, None),
    ],
)
def test_blocks_of_known_networks(model, count: int, last: str | None) -> None:
    with torch.device("meta"):
        found = presets(model(), 64, 64)["blocks"]
    assert (len(found), found[-1] if found else None) == (count, last)


class Tokens(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).mT


class Mixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.fc(x)


@pytest.mark.parametrize(
    ("depth", "ends"),
    [(12, (4, 7, 10, 13)), (6, (3, 4, 6, 7)), (4, (2, 3, 4, 5)), (3, (2, 3, 4)), (2, (2, 3))],
)
def test_stages_of_one_size_are_the_ends_of_quarters(depth: int, ends: tuple[int, ...]) -> None:
    blocks = (Mixer() for _ in range(depth))  # modules 2, 3, ...
    net = nn.Sequential(nn.Conv2d(3, 4, 4, 4), Tokens(), *blocks, nn.Linear(4, 2))
    assert presets(net, 16, 16)["stages"] == tuple(map(str, ends))


class WithHeads(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, 2, 1)
        self.layer1 = nn.Sequential(Block(4, 4), Block(4, 4))
        self.layer2 = nn.Sequential(Block(4, 8, 2), Block(8, 8))
        self.layer3 = nn.Sequential(Block(8, 8), Block(8, 8))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.drop = nn.Dropout()
        self.aux_classifier = nn.Sequential(nn.Conv2d(8, 8, 1, 2), nn.Conv2d(8, 5, 1))
        self.classifier = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Conv2d(8, 5, 1))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        features = self.layer3(self.layer2(self.layer1(self.stem(image))))
        out = self.classifier(features) + self.drop(self.pool(features)).mean()
        return {"out": out, "aux": self.aux_classifier(features)}


def test_stages_are_in_the_trunk_and_named_ones_count_at_one_size() -> None:
    assert presets(WithHeads(), 32, 32)["stages"] == ("layer1", "layer2", "layer3")


class Several(nn.Module):
    """Two resolutions side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        return [self.fine(maps[0]), self.coarse(maps[1])]


class Parallel(nn.Module):
    feature_info: ClassVar = [{"module": "stem"}, {"module": "stage1"}, {"module": "stage2"}]

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.pool = nn.MaxPool2d(2)
        self.stage1, self.stage2 = Several(), Several()
        self.fc = nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return self.fc(self.stage2(self.stage1([x, self.pool(x)]))[0])


def test_stages_of_several_maps_are_the_modules_that_made_them() -> None:
    assert presets(Parallel(), 8, 8)["stages"] == tuple(
        f"stage{stage}.{branch}" for stage in (1, 2) for branch in ("fine", "coarse")
    )


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("test_vit", ["blocks.1", "blocks.2", "blocks.4", "blocks.5"]),
        ("coat_tiny", [f"serial_blocks{i}.1" for i in (1, 2, 3, 4)]),
        ("mvitv2_tiny", [*(f"stages.{i}.blocks.0.norm1" for i in (1, 2, 3)), "norm"]),
        ("mobilenetv5_base", [f"blocks.{i}" for i in range(4)]),
        (
            "hrnet_w18_small",
            [f"stage{i}.0.fuse_act#{j}" for i in (2, 3, 4) for j in range(1, i + 1)],
        ),
        (
            "selecsls42",
            ["stem.2", *(f"features.{i}.conv6" for i in (1, 3, 5)), "head.1", "head.3"],
        ),
    ],
)
def test_stages_of_timm_networks_whose_feature_info_names_no_taps(name: str, stages: list[str]) -> None:
    with torch.device("meta"):
        assert list(presets(timm.create_model(name))["stages"]) == stages


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("vit_b_32", [f"encoder.layers.encoder_layer_{i}" for i in (2, 5, 8, 11)]),
        ("squeezenet1_1", [f"features.{i}" for i in (1, 4, 7, 12)]),
        ("inception_v3", ["Conv2d_2b_3x3", "Conv2d_4a_3x3", "Mixed_5d", "Mixed_6e", "Mixed_7c"]),
        ("fcn_resnet50", [f"backbone.{x}" for x in ("relu", "layer1", "layer2", "layer3", "layer4")]),
        ("lraspp_mobilenet_v3_large", [f"backbone.{i}" for i in (1, 3, 6, 16)]),
    ],
)
def test_stages_of_torchvision_networks(name: str, stages: list[str]) -> None:
    options: dict[str, bool | None] = {"weights_backbone": None} if name.startswith(("fcn", "lraspp")) else {}
    options |= {"aux_loss": True} if name.startswith("fcn") else {}
    options |= {"init_weights": False} if name.startswith("inception") else {}
    with torch.device("meta"):
        assert list(presets(torchvision.models.get_model(name, **options))["stages"]) == stages


class Declares(nn.Sequential):
    tap_presets: ClassVar = {"stages": ("0",), "mine": ("1",)}


def test_what_a_network_declares_comes_first() -> None:
    found = presets(Declares(nn.MaxPool2d(2), nn.MaxPool2d(2), nn.Conv2d(3, 2, 1)), 8, 8)
    assert found == {"stages": ("0",), "blocks": (), "pools": ("0", "1"), "mine": ("1",)}

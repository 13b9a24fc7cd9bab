from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from toys import Tiny

import stitchkit as sk
from stitchkit.backbones import CaffeNet
from stitchkit.backbones.fast_rcnn import FastRCNN
from stitchkit.errors import InputError
from stitchkit.graph.taps import taps

DETECTION = {"scores": 21, "deltas": 84}
ATTRIBUTES = {"attributes": 64}
ROIS = torch.tensor(
    [[0.0, 0, 0, 60, 70], [1, 10, 20, 90, 76], [0, 5, 5, 30, 30], [1, 0, 0, 101, 77], [1, 95, 70, 101, 77]]
)
IMAGE = 50 * torch.randn(2, 3, 77, 101, generator=torch.Generator().manual_seed(0))


def backbone(**options: Any) -> CaffeNet:
    return CaffeNet(CaffeNet.Config.model_validate({"width": 0.05, "init": "he"} | options))


def pair(**options: Any) -> dict[str, nn.Module]:
    torch.manual_seed(0)
    chosen = backbone(**options)
    return {"det": chosen.regional(DETECTION), "attr": chosen.regional(ATTRIBUTES)}


def outputs_of(outputs: Any) -> list[Tensor]:
    return [values for heads in outputs.values() for values in heads.values()]


def test_full_width_is_the_released_network() -> None:
    with torch.device("meta"):
        net = FastRCNN(DETECTION)
    shapes = {name: tuple(p.shape) for name, p in net.named_parameters() if name.endswith("weight")}
    assert shapes == {
        "conv1.conv.weight": (96, 3, 11, 11),
        "conv2.conv.weight": (256, 48, 5, 5),
        "conv3.conv.weight": (384, 256, 3, 3),
        "conv4.conv.weight": (384, 192, 3, 3),
        "conv5.conv.weight": (256, 192, 3, 3),
        "fc6.linear.weight": (4096, 9216),
        "fc7.linear.weight": (4096, 4096),
        "heads.scores.weight": (21, 4096),
        "heads.deltas.weight": (84, 4096),
    }


@pytest.mark.parametrize(
    ("size", "conv1", "pool1", "conv5"),
    [
        ((600, 800), (150, 200), (76, 101), (39, 51)),
        ((600, 1000), (150, 250), (76, 126), (39, 64)),
    ],
)
def test_maps_have_caffes_sizes(
    size: tuple[int, int], conv1: tuple[int, int], pool1: tuple[int, int], conv5: tuple[int, int]
) -> None:
    with torch.device("meta"):
        net = FastRCNN(DETECTION)
    example = {"image": torch.zeros(1, 3, *size), "rois": torch.zeros(1, 5)}
    found = {tap.name: (tap.shape, tap.channel_axis) for tap in taps(net, example)}
    assert {name: found[name] for name in ("conv1", "pool1", "pool2", "conv5")} == {
        "conv1": ((1, 96, *conv1), 1),
        "pool1": ((1, 96, *pool1), 1),
        "pool2": ((1, 256, *conv5), 1),
        "conv5": ((1, 256, *conv5), 1),
    }
    assert found["roi_pool5"] == ((1, 256, 6, 6), 1)
    assert found["fc6"] == found["fc7"] == ((1, 4096), 1)


@pytest.mark.parametrize("init", ["caffe", "he"])
def test_dense_and_regional_networks_start_alike(init: str) -> None:
    chosen, nets = backbone(init=init), []
    for make in (lambda: chosen.dense(3), lambda: chosen.regional(DETECTION), lambda: chosen.regional({})):
        torch.manual_seed(5)
        nets.append([p for name, p in make().named_parameters() if name.startswith(("conv", "fc"))])
    dense, regional, other = nets
    assert len(dense) == 14
    assert all(torch.equal(a.flatten(), b.flatten()) for a, b in zip(dense, regional, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(regional, other, strict=True))


@pytest.mark.parametrize("init", ["caffe", "he"])
def test_heads_start_small_whatever_the_start_of_the_layers(init: str) -> None:
    net = backbone(init=init, width=0.25).regional(DETECTION)
    assert net.heads["scores"].get_parameter("weight").std().item() == pytest.approx(0.01, rel=0.05)
    assert net.heads["deltas"].get_parameter("weight").std().item() == pytest.approx(0.001, rel=0.05)


def test_weights_come_from_the_same_files_as_for_dense_networks(tmp_path: Path) -> None:
    dense = backbone().dense(3)
    save_file(dense.state_dict(), tmp_path / "dense.safetensors")
    regional = backbone(weights=tmp_path / "dense.safetensors").regional(DETECTION)
    features, flat = torch.randn(4, 12, 6, 6), []
    for net, values in ((dense, features), (regional, features.flatten(1))):
        flat.append(net.eval().fc7(net.fc6(values)).flatten(1))
    torch.testing.assert_close(*flat)
    assert torch.equal(regional.get_parameter("conv5.conv.weight"), dense.get_parameter("conv5.conv.weight"))

    save_file(regional.state_dict(), tmp_path / "regional.safetensors")
    again = backbone(weights=tmp_path / "regional.safetensors").dense(3)
    assert torch.equal(again.get_parameter("fc6.conv.weight"), dense.get_parameter("fc6.conv.weight"))


def test_each_region_is_told_of_its_own_image() -> None:
    net = backbone().regional(DETECTION).eval()
    both = net(IMAGE, ROIS)
    assert {name: tuple(x.shape) for name, x in both.items()} == {"scores": (5, 21), "deltas": (5, 84)}
    for place in (0, 1):
        own = ROIS[:, 0] == place
        alone = net(IMAGE[place : place + 1], ROIS[own] * torch.tensor([0.0, 1, 1, 1, 1]))
        torch.testing.assert_close(alone["scores"], both["scores"][own], rtol=1e-4, atol=1e-5)


def test_every_parameter_is_trained_but_conv1_where_it_is_frozen() -> None:
    for freeze in (False, True):
        net = backbone(freeze_conv1=freeze, dropout=0).regional(DETECTION)
        sum(x.square().sum() for x in net(IMAGE, ROIS).values()).backward()
        still = {name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()}
        assert still == ({"conv1.conv.weight", "conv1.conv.bias"} if freeze else set())
        in_groups = sum(len(group["params"]) for group in sk.parameter_groups(net, lr=1.0))
        assert in_groups == len(list(net.parameters())) - len(still)
    assert backbone(freeze_conv1=True).dense(2).get_parameter("conv1.conv.weight").requires_grad is False


def test_freezing_is_part_of_the_fingerprint() -> None:
    assert backbone(freeze_conv1=True).fingerprint != backbone().fingerprint


@pytest.mark.parametrize(
    ("specs", "names"),
    [
        (None, ["pool1", "pool2", "roi_pool5", "fc6", "fc7"]),
        (["pools"], ["pool1", "pool2", "roi_pool5"]),
    ],
)
def test_one_alpha_matrix_stands_at_each_tap(specs: list[str] | None, names: list[str]) -> None:
    unit = sk.CrossStitch(granularity="layer")
    net = sk.stitch(pair(), taps=specs, unit=unit, example={"image": IMAGE, "rois": ROIS})
    assert list(net.units) == names
    alphas = [unit.get_parameter("alpha") for unit in net.units.values()]
    assert sum(alpha.numel() for alpha in alphas) == 4 * len(names)
    assert str(net.how) == "torch.fx"


def test_alphas_of_channels_lie_on_the_channels() -> None:
    net = sk.stitch(pair(), example={"image": IMAGE[:1], "rois": ROIS[:1]})
    assert {tap: len(unit.get_parameter("alpha")) for tap, unit in net.units.items()} == {
        "pool1": 4,
        "pool2": 12,
        "roi_pool5": 12,
        "fc6": 204,
        "fc7": 204,
    }


def test_with_alpha_the_identity_nothing_changes() -> None:
    nets = pair()
    unit = sk.CrossStitch(granularity="layer", same=1.0)
    net = sk.stitch(nets, unit=unit, example={"image": IMAGE, "rois": ROIS}).eval()
    found = net(image=IMAGE, rois=ROIS)
    for name, alone in nets.items():
        for head, values in alone.eval()(IMAGE, ROIS).items():
            assert torch.equal(found[name][head], values)


def test_units_mix_whole_images_below_the_pooling_and_regions_above() -> None:
    net = sk.stitch(pair(dropout=0), example={"image": IMAGE, "rois": ROIS}).train()
    torch.stack([x.square().mean() for x in outputs_of(net(IMAGE, ROIS))]).sum().backward()
    for tap, unit in net.units.items():
        gradient = unit.get_parameter("alpha").grad
        assert gradient is not None, tap
        assert gradient.any(), tap


@pytest.mark.parametrize("training", [True, False])
def test_no_regions_give_no_outputs_and_a_loss_of_zero(training: bool) -> None:
    net = sk.stitch(pair(), example={"image": IMAGE, "rois": ROIS}).train(training)
    outputs = outputs_of(net(IMAGE, torch.zeros(0, 5)))
    assert [tuple(x.shape) for x in outputs] == [(0, 21), (0, 84), (0, 64)]
    loss = torch.stack([x.sum() for x in outputs]).sum()
    assert loss == 0
    loss.backward()
    assert all(p.grad is not None and not p.grad.any() for p in net.parameters())


def test_networks_share_what_comes_before_the_regions() -> None:
    nets = pair()
    net = sk.split(nets, at="roi_pool5", example={"image": IMAGE, "rois": ROIS}).eval()
    shared = {name.split(".")[0] for name, _ in net.shared.named_parameters()}
    assert shared == {"conv1", "conv2", "conv3", "conv4", "conv5"}
    scores = net(IMAGE, ROIS)["det"]["scores"]
    torch.testing.assert_close(scores, nets["det"].eval()(IMAGE, ROIS)["scores"])


def test_a_backbone_for_dense_tasks_only_says_so() -> None:
    with pytest.raises(
        InputError, match="backbone Tiny makes no networks for tasks on regions, which scores, deltas"
    ):
        Tiny().regional(DETECTION)

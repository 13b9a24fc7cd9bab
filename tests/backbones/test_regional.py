from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import stitchkit as sk
from stitchkit.backbones.maps import layout_of
from stitchkit.backbones.model import ModelBackbone
from stitchkit.errors import InputError
from stitchkit.graph.taps import taps
from stitchkit.plugins import find

IMAGE = torch.randn(2, 3, 64, 96)
ROIS = torch.tensor([[0.0, 0, 0, 40, 64], [1, 10, 20, 90, 60], [1, 0, 0, 96, 64]])
EXAMPLE = {"image": IMAGE, "rois": ROIS}
HEADS = {"scores": 5, "deltas": 20}


def backbone(source: str, **options: Any) -> ModelBackbone:
    found = find("backbones", source)
    return found(found.Config.model_validate({"fc_width": 32} | options))


def channels_of(net: nn.Module) -> int:
    return net.get_submodule("fc6.linear").in_features // 49  # type: ignore[operator, return-value]


@pytest.mark.parametrize(
    ("source", "options", "stride", "channels"),
    [
        ("timm:test_resnet", {}, 32, 96),
        ("timm:test_resnet", {"output_stride": 8}, 8, 96),
        ("timm:test_resnet", {"taps": ["layer1", "layer2"]}, 8, 48),
        ("timm:test_convnext", {}, 32, 64),
        ("timm:test_vit", {"taps": ["blocks.0", "blocks.1"]}, 16, 64),
        ("torchvision:resnet18", {}, 32, 512),
        ("timm:test_mambaout", {}, 32, 64),  # channels last
    ],
)
def test_regions_are_taken_from_the_last_tap(
    source: str, options: dict[str, Any], stride: int, channels: int
) -> None:
    net = backbone(source, **options).regional(HEADS)
    assert net.roi_align.stride == (stride, stride)
    assert channels_of(net) == channels
    outputs = net(IMAGE, ROIS)
    assert {name: tuple(x.shape) for name, x in outputs.items()} == {"scores": (3, 5), "deltas": (3, 20)}
    sum(x.square().sum() for x in outputs.values()).backward()
    assert [name for name, p in net.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("source", ["timm:test_resnet", "timm:test_vit"])
def test_networks_are_stitched_at_the_stages_and_at_the_regions(source: str) -> None:
    chosen = backbone(source)
    nets = {"det": chosen.regional(HEADS), "attr": chosen.regional({"attributes": 7})}
    net = sk.stitch(nets, unit=sk.CrossStitch(same=1.0), example=EXAMPLE).eval()
    stages = [f"trunk.{stage}" for stage in chosen.trunk.stages]
    assert list(net.units) == [*stages, "roi_align", "fc6", "fc7"]
    assert str(net.how) == "torch.fx"
    alphas = [len(net.units[tap].get_parameter("alpha")) for tap in ("roi_align", "fc6", "fc7")]
    assert alphas == [channels_of(nets["det"]), 32, 32]
    found = net(**EXAMPLE)
    for name, alone in nets.items():
        for head, values in alone.eval()(**EXAMPLE).items():
            assert torch.equal(found[name][head], values)


@pytest.mark.parametrize("training", [True, False])
def test_no_regions_give_no_outputs_and_a_loss_of_zero(training: bool) -> None:
    chosen = backbone("timm:test_resnet")
    nets = {name: chosen.regional(HEADS) for name in ("a", "b")}
    net = sk.stitch(nets, example=EXAMPLE).train(training)
    outputs = [x for heads in net(IMAGE, torch.zeros(0, 5)).values() for x in heads.values()]
    assert [tuple(x.shape) for x in outputs] == [(0, 5), (0, 20)] * 2
    loss = torch.stack([x.sum() for x in outputs]).sum()
    loss.backward()
    assert all(p.grad is not None and not p.grad.any() for p in net.parameters())


def test_networks_of_one_seed_start_alike_but_for_their_heads() -> None:
    chosen, starts = backbone("timm:test_resnet"), []
    for heads in (HEADS, {"attributes": 7}):
        torch.manual_seed(0)
        state = chosen.regional(heads).state_dict()
        starts.append({name: x for name, x in state.items() if not name.startswith("heads.")})
    assert all(torch.equal(x, starts[1][name]) for name, x in starts[0].items())


def test_weights_fill_the_trunk(tmp_path: Path) -> None:
    dense = backbone("timm:test_resnet").dense(3)
    save_file(dense.state_dict(), tmp_path / "dense.safetensors")
    net = backbone("timm:test_resnet", weights=tmp_path / "dense.safetensors").regional(HEADS)
    trained = dense.state_dict()
    trunk = {name: x for name, x in net.state_dict().items() if name.startswith("trunk.")}
    assert trunk
    assert all(torch.equal(x, trained[name]) for name, x in trunk.items())


def test_a_model_with_a_dense_head_of_its_own_is_refused() -> None:
    with pytest.raises(InputError, match="has a dense head of its own; for scores, deltas use a model"):
        backbone("torchvision:lraspp_mobilenet_v3_large").regional(HEADS)


@pytest.mark.parametrize(("pixels", "stride"), [(240, 32), (224, 32), (256, 32), (299, 32)])
def test_strides_are_powers_of_two_where_images_were_padded_to_whole_steps(pixels: int, stride: int) -> None:
    padded = nn.Sequential(nn.Conv2d(3, 4, 3, 16, 1), nn.Conv2d(4, 4, 3, 2, 1))
    *_, last = listed = taps(padded, torch.zeros(1, 3, pixels, pixels))
    assert layout_of(last, listed, pixels, pixels).stride == (stride, stride)


def test_other_strides_stay_as_they_are() -> None:
    listed = taps(nn.Sequential(nn.Conv2d(3, 4, 7, 7)), torch.zeros(1, 3, 224, 210))
    assert layout_of(listed[0], listed, 224, 210).stride == (7, 7)

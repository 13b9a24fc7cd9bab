from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

import stitchkit as sk
from stitchkit.backbones import ModelBackbone
from stitchkit.errors import InputError
from stitchkit.plugins import find

IMAGE = torch.randn(2, 3, 64, 96)
DENSE = "lraspp_mobilenet_v3_large"


def backbone(name: str, **options: Any) -> ModelBackbone:
    found = find("backbones", f"torchvision:{name}")
    return found(found.Config.model_validate(options))


def test_a_classification_network_gets_a_head() -> None:
    net = backbone("resnet18").dense(5)
    assert net(IMAGE).shape == (2, 5, 2, 3)
    assert not any("fc" in name for name, _ in net.named_parameters())


def test_output_stride_is_dilation() -> None:
    chosen = backbone("resnet50", output_stride=8)
    assert [layout.stride[0] for layout in chosen.trunk.layouts] == [4, 8, 8, 8]


def test_a_dense_network_keeps_its_head_and_is_stitched_in_its_backbone() -> None:
    chosen = backbone(DENSE)
    nets = [chosen.dense(outputs).eval() for outputs in (5, 3)]
    assert nets[0](IMAGE).shape == (2, 5, 64, 96)
    net = sk.stitch(*nets, unit=sk.CrossStitch(same=1.0), example=IMAGE).eval()
    assert list(net.units) == ["trunk.backbone.3", "trunk.backbone.6", "trunk.backbone.16"]
    assert all(torch.equal(ours, alone(IMAGE)) for ours, alone in zip(net(IMAGE), nets, strict=True))


def test_a_dense_networks_weights_are_loaded_but_for_the_scores(tmp_path: Path) -> None:
    trained = models.get_model(DENSE, weights=None, weights_backbone=None)
    save_file(trained.state_dict(), tmp_path / "net.safetensors")
    net = backbone(DENSE, weights=tmp_path / "net.safetensors").dense(21).get_submodule("trunk")
    same = {name for name, x in trained.state_dict().items() if torch.equal(x, net.state_dict()[name])}
    scores = {
        name for name in trained.state_dict() if "classifier.low_c" in name or "classifier.high_c" in name
    }
    assert same == trained.state_dict().keys() - scores


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("resnet81", {}, "unknown torchvision model 'resnet81'; did you mean 'resnet"),
        ("resnet18", {"output_stride": 8}, "Dilation > 1 not supported in BasicBlock; see backbone.output"),
        ("resnet18", {"options": {"weights": "x"}}, "backbone.options.weights is no option of the model"),
        ("resnet18", {"head": "own"}, "torchvision:resnet18 has no dense head of its own"),
        (DENSE, {"taps": ["backbone.99"]}, f"torchvision:{DENSE}': unknown tap 'backbone.99'"),
        (DENSE, {"head": "fcn"}, "comes with its own head; backbone.head must be own"),
    ],
)
def test_what_does_not_fit_the_model_is_one_line(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        backbone(name, **options).dense(5)
    assert "\n" not in str(error.value)

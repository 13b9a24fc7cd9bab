from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from pydantic import ValidationError
from safetensors.torch import save_file

import stitchkit as sk
from stitchkit.backbones import ModelBackbone
from stitchkit.errors import InputError
from stitchkit.plugins import find

IMAGE = torch.randn(2, 3, 60, 80)


def backbone(name: str = "test_resnet", **options: Any) -> ModelBackbone:
    found = find("backbones", f"timm:{name}")
    return found(found.Config.model_validate(options))


def test_every_model_is_a_backbone_of_its_own() -> None:
    assert find("backbones", "timm:test_resnet") is find("backbones", "timm:test_resnet")
    assert find("backbones", "timm:test_resnet") is not find("backbones", "timm:test_vit")
    with pytest.raises(InputError, match="unknown timm model 'resnet81'; did you mean 'resnet"):
        find("backbones", "timm:resnet81")


@pytest.mark.parametrize(
    ("name", "options", "size"),
    [
        ("test_resnet", {}, (2, 3)),
        ("test_resnet", {"output_stride": 8}, (8, 10)),
        ("test_resnet", {"head": "multi_scale", "width": 8}, (15, 20)),
        ("test_convnext", {"head": "multi_scale", "taps": ["stages.1", "stages.3"]}, (7, 10)),
        ("test_vit", {"taps": ["blocks.1", "blocks.3"]}, (4, 5)),  # padded to whole patches of 16
    ],
)
def test_every_parameter_of_a_network_is_trained(
    name: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    net = backbone(name, **options).dense(5)
    scores = net(IMAGE)
    assert scores.shape == (2, 5, *size)
    scores.square().mean().backward()
    assert [name for name, parameter in net.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize("head", ["fcn", "multi_scale"])
def test_networks_are_stitched_at_the_stages(head: str) -> None:
    chosen = backbone(head=head)
    nets = {"seg": chosen.dense(5).eval(), "normals": chosen.dense(3).eval()}
    net = sk.stitch(nets, unit=sk.CrossStitch(same=1.0), example=IMAGE).eval()
    found = net(IMAGE)
    assert all(torch.equal(found[name], alone(IMAGE)) for name, alone in nets.items())
    alphas = {tap: len(unit.get_parameter("alpha")) for tap, unit in net.units.items()}
    assert alphas == {"trunk.layer1": 32, "trunk.layer2": 48, "trunk.layer3": 192, "trunk.layer4": 96}


@pytest.mark.parametrize("head", ["fcn", "multi_scale"])
def test_networks_of_one_seed_start_alike_in_all_but_their_scores(head: str) -> None:
    chosen, nets = backbone(head=head), []
    for outputs in (5, 3):
        torch.manual_seed(0)
        nets.append(chosen.dense(outputs).state_dict())
    apart = {name for name, x in nets[0].items() if not torch.equal(x, nets[1][name])}
    assert {name.rpartition(".")[0] for name in apart} == {"head.score.4" if head == "fcn" else "head.score"}


def test_images_come_as_the_model_was_trained_on_them() -> None:
    assert backbone("resnet18").preprocess.mean == (0.485, 0.456, 0.406)
    assert backbone("vit_tiny_patch16_224").preprocess.std == (0.5, 0.5, 0.5)


def test_weights_are_those_of_the_plain_model_or_of_a_finished_run(tmp_path: Path) -> None:
    model: Any = timm.create_model("test_resnet")
    save_file(model.state_dict(), tmp_path / "plain.safetensors")
    chosen = backbone(weights=tmp_path / "plain.safetensors")
    net = chosen.dense(5)
    assert torch.equal(net.get_parameter("trunk.layer4.0.conv1.weight"), model.layer4[0].conv1.weight)
    save_file(net.state_dict(), tmp_path / "run.safetensors")
    again = backbone(weights=tmp_path / "run.safetensors")
    assert torch.equal(again.dense(3).get_parameter("trunk.conv1.0.weight"), model.conv1[0].weight)
    renamed = (tmp_path / "plain.safetensors").rename(tmp_path / "other.safetensors")
    assert backbone(weights=renamed).fingerprint == chosen.fingerprint
    assert len({backbone().fingerprint, chosen.fingerprint, again.fingerprint}) == 3
    with pytest.raises(InputError, match=r"plain\.safetensors: no such file of weights"):
        backbone(weights=tmp_path / "plain.safetensors")


def test_pretrained_is_what_timm_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    trained: Any = timm.create_model("test_resnet")
    create = timm.create_model

    def fetched(name: str, *, pretrained: bool = False, **options: Any) -> Any:
        return trained if pretrained else create(name, **options)

    monkeypatch.setattr(timm, "create_model", fetched)
    chosen = backbone(pretrained=True)
    net = chosen.dense(5)
    assert torch.equal(net.get_parameter("trunk.conv1.0.weight"), trained.conv1[0].weight)
    before = chosen.fingerprint
    torch.nn.init.zeros_(trained.conv1[0].weight)
    assert backbone(pretrained=True).fingerprint != before


def test_weights_that_cannot_be_fetched_are_one_line_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    create = timm.create_model

    def offline(name: str, *, pretrained: bool = False, **options: Any) -> Any:
        if pretrained:
            raise OSError("no route to host\nand more")
        return create(name, **options)

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(
        InputError, match=r"cannot be had \(OSError: no route to host\); give a file"
    ) as error:
        backbone(pretrained=True).dense(5)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "test_vit",
            {"output_stride": 16},
            "unexpected keyword argument 'output_stride'; see backbone.output",
        ),
        ("test_resnet", {"options": {"nonsense": 1}}, "argument 'nonsense'; see backbone.options"),
        ("test_resnet", {"options": {"checkpoint_path": "x"}}, "options.checkpoint_path is no option of"),
        ("test_resnet", {"output_stride": 8, "taps": ["layer1"]}, "the last tap of .* has stride 4; leave"),
        ("test_resnet", {"taps": ["layer7"]}, "timm:test_resnet': unknown tap 'layer7'; did you mean"),
        ("test_resnet", {"head": "own"}, "has no dense head of its own"),
    ],
)
def test_what_does_not_fit_the_model_is_one_line(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        backbone(name, **options).dense(5)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "options", [{"output_stride": 4}, {"taps": []}, {"pretrained": True, "weights": "x"}, {"widht": 3}]
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        backbone(**options)

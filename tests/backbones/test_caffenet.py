from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save_file
from torch import nn

from stitchkit.backbones import CaffeNet, caffenet
from stitchkit.errors import InputError
from stitchkit.plugins import find

TINY = {"width": 0.05, "first_padding": 84}


def backbone(**options: object) -> CaffeNet:
    return CaffeNet(CaffeNet.Config.model_validate(TINY | options))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    net = backbone(init="he").dense(4)
    nn.init.normal_(net.score.weight)
    save_file(net.state_dict(), tmp_path / "trained.safetensors")
    return tmp_path / "trained.safetensors"


def test_is_announced() -> None:
    assert find("backbones", "stitchkit:caffenet") is CaffeNet


def test_the_classification_form_has_caffenets_parameters() -> None:
    with torch.device("meta"):
        net = caffenet()
        assert sum(p.numel() for p in net.parameters()) == 60_965_224
        assert net(torch.empty(2, 3, 227, 227)).shape == (2, 1000)


def test_full_width_is_the_papers_network() -> None:
    with torch.device("meta"):
        net = CaffeNet(CaffeNet.Config())._fcn(40)
    shapes = {name: tuple(p.shape) for name, p in net.named_parameters() if p.ndim == 4}
    assert shapes == {
        "conv1.conv.weight": (96, 3, 11, 11),
        "conv2.conv.weight": (256, 48, 5, 5),
        "conv3.conv.weight": (384, 256, 3, 3),
        "conv4.conv.weight": (384, 192, 3, 3),
        "conv5.conv.weight": (256, 192, 3, 3),
        "fc6.conv.weight": (4096, 256, 6, 6),
        "fc7.conv.weight": (4096, 4096, 1, 1),
        "score.weight": (40, 4096, 1, 1),
    }
    assert net.get_submodule("conv1.conv").padding == (100, 100)


def test_width_scales_every_layer() -> None:
    net = backbone(width=0.25).dense(2)
    convs = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert [m.out_channels for m in convs] == [24, 64, 96, 96, 64, 1024, 1024, 2]


def test_default_taps_are_the_papers_and_exist() -> None:
    net = backbone().dense(2)
    assert net.tap_presets["stitch"] == ("pool1", "pool2", "pool5", "fc6", "fc7")
    assert net.tap_presets["split"] == ("conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "score")
    for taps in net.tap_presets.values():
        for tap in taps:
            net.get_submodule(tap)


def test_images_become_bgr_without_their_mean() -> None:
    image = torch.zeros(1, 3, 1, 1, dtype=torch.uint8)
    image[0, :, 0, 0] = torch.tensor([10, 20, 30])
    out = backbone().preprocess(image).flatten()
    torch.testing.assert_close(out, torch.tensor([30 - 116.190, 20 - 97.203, 10 - 92.318]))
    out = backbone(mean=(1, 2, 3), std=(2, 2, 2)).preprocess(image).flatten()
    torch.testing.assert_close(out, torch.tensor([29 / 2, 18 / 2, 7 / 2]))


@pytest.mark.parametrize("width", [0.125, 0.25])
def test_he_start_keeps_the_scale_of_activations(width: float) -> None:
    torch.manual_seed(0)
    chosen = backbone(init="he", width=width, dropout=0.0)
    net = chosen.dense(2)
    nn.init.normal_(net.score.weight, std=net.score.in_channels**-0.5)
    scales = {}
    for name in ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "score"):
        net.get_submodule(name).register_forward_hook(
            lambda _m, _i, out, name=name: scales.update({name: out.square().mean().sqrt().item()})
        )
    smooth = nn.functional.interpolate(torch.rand(4, 3, 15, 20) * 255, size=(120, 160), mode="bilinear")
    net(chosen.preprocess(smooth.to(torch.uint8)))
    assert all(0.1 < scale < 10 for scale in scales.values()), scales


def test_each_call_draws_anew_from_the_global_generator() -> None:
    chosen = backbone()
    torch.manual_seed(3)
    first, second = chosen.dense(2), chosen.dense(2)
    torch.manual_seed(3)
    again = chosen.dense(2)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not torch.equal(first.state_dict()["conv1.conv.weight"], second.state_dict()["conv1.conv.weight"])
    assert all(p.isfinite().all() and p.requires_grad for p in first.parameters())


def test_weights_are_loaded_and_scores_start_at_zero(weights: Path) -> None:
    net = backbone(weights=weights).dense(7)
    trained = {name: value for name, value in load_file(weights).items() if not name.startswith("score")}
    state = net.state_dict()
    assert len(trained) == 14
    assert all(torch.equal(state[name], value) for name, value in trained.items())
    assert not net.score.weight.any()


def test_weights_of_another_width_are_refused(weights: Path) -> None:
    with pytest.raises(InputError, match=r"trained\.safetensors: 'conv1\.weight' has shape .* width must be"):
        backbone(width=0.25, weights=weights)


def test_missing_weights_are_refused_with_their_source(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"none\.caffemodel: no such file.*bvlc_reference_caffenet\.caffemodel"
    ):
        backbone(weights=tmp_path / "none.caffemodel")


def test_trained_weights_see_images_as_they_were_trained_unless_told_otherwise(weights: Path) -> None:
    assert backbone(init="he").preprocess.std == (57.4, 57.1, 58.4)
    assert backbone(init="caffe").preprocess.std == (1, 1, 1)
    assert backbone(init="he", weights=weights).preprocess.std == (1, 1, 1)
    assert backbone(init="he", weights=weights, std=(58, 58, 58)).preprocess.std == (58, 58, 58)


def test_fingerprint_follows_options_and_content_but_not_the_files_name(
    weights: Path, tmp_path: Path
) -> None:
    prints = {backbone(**options).fingerprint for options in ({}, {"init": "he"}, {"weights": weights})}
    assert len(prints) == 3
    assert backbone().fingerprint == backbone().fingerprint
    renamed = tmp_path / "elsewhere" / "other.safetensors"
    renamed.parent.mkdir()
    renamed.write_bytes(weights.read_bytes())
    assert backbone(weights=renamed).fingerprint in prints
    save_file(backbone(init="he").dense(4).state_dict(), renamed)
    assert backbone(weights=renamed).fingerprint not in prints


@pytest.mark.parametrize(
    "options", [{"first_padding": 40}, {"width": 0}, {"dropout": 1.0}, {"std": (0, 1, 1)}, {"padding": 1}]
)
def test_options_that_cannot_work_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CaffeNet.Config.model_validate(options)

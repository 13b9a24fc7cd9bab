"""Every network of a backbone says where its heads are, and where it may be split."""

from functools import cache
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import stitchkit as sk
from stitchkit.backbones import Backbone, caffenet
from stitchkit.graph.taps import select, taps
from stitchkit.plugins import find

IMAGE = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
ROIS = torch.tensor([[0.0, 0, 0, 40, 64], [1, 10, 20, 50, 60], [1, 0, 0, 64, 64]])
DETECTION, ATTRIBUTES = {"scores": 5, "deltas": 20}, {"attributes": 7}
CAFFENET = ("conv2", "conv3", "conv4", "conv5", "fc6", "fc7")
LAYERS = ("trunk.layer2", "trunk.layer3", "trunk.layer4")
LRASPP = ("trunk.classifier.low_classifier", "trunk.classifier.high_classifier")

SHAPES: dict[str, tuple[str, dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "FCN-32s": (
        "stitchkit:caffenet",
        {"width": 0.05, "init": "he", "first_padding": 20, "fc6_padding": 2},
        ("score",),
        (*CAFFENET, "score"),
    ),
    "Fast R-CNN": (
        "stitchkit:caffenet",
        {"width": 0.05, "init": "he"},
        ("heads.scores", "heads.deltas"),
        (*CAFFENET, "heads"),
    ),
    "dense": ("timm:test_resnet", {}, ("head.score.4",), (*LAYERS, "head")),
    "multi-scale": (
        "timm:test_resnet",
        {"head": "multi_scale", "width": 8},
        ("head.score",),
        (*LAYERS, "head"),
    ),
    "regional": (
        "timm:test_resnet",
        {"fc_width": 16},
        ("heads.scores", "heads.deltas"),
        (*LAYERS, "fc6", "fc7", "heads"),
    ),
    "tokens": (
        "timm:test_vit",
        {"taps": ["blocks.0", "blocks.1"]},
        ("head.score.4",),
        ("trunk.blocks.1", "head"),
    ),
    "own head": (
        "torchvision:lraspp_mobilenet_v3_large",
        {},
        LRASPP,
        ("trunk.backbone.6", "trunk.backbone.16", LRASPP[0]),
    ),
}


@cache
def pair(name: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Two networks of unlike tasks, and an example of their inputs."""
    source, options, *_ = SHAPES[name]
    found = find("backbones", source)
    backbone: Backbone = found(found.Config.model_validate(options))
    torch.manual_seed(0)
    if name in ("Fast R-CNN", "regional"):
        nets = {"a": backbone.regional(DETECTION), "b": backbone.regional(ATTRIBUTES)}
        return {key: net.eval() for key, net in nets.items()}, {"image": IMAGE, "rois": ROIS}
    return {key: backbone.dense(count).eval() for key, count in (("a", 5), ("b", 3))}, {"image": IMAGE}


def values(output: Any) -> list[Tensor]:
    return list(output.values()) if isinstance(output, dict) else [output]


def size(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


@pytest.mark.parametrize("name", SHAPES)
def test_heads_and_splits_are_named_in_order_and_are_taps(name: str) -> None:
    nets, example = pair(name)
    *_, heads, splits = SHAPES[name]
    presets = nets["a"].tap_presets
    assert (presets["heads"], presets["split"]) == (heads, splits)
    listed = taps(nets["a"], example)
    assert tuple(tap.name for tap in select("heads", "a", nets["a"], listed)) == heads
    marked = {tap.name: tap.presets for tap in listed}
    assert all("heads" in marked[head] for head in heads)
    in_order = [tap.name for tap in listed if "split" in tap.presets]
    assert in_order == [tap for tap in splits if tap != "heads"]


@pytest.mark.parametrize("name", SHAPES)
def test_networks_can_be_split_wherever_they_say(name: str) -> None:
    nets, example = pair(name)
    alone = sum(map(size, nets.values()))
    sizes = [alone]
    with torch.no_grad():
        wanted = values(nets["a"](**example))
        for at in nets["a"].tap_presets["split"]:
            net = sk.split(nets, at=at, example=example).eval()
            found = net(**example)
            assert all(torch.equal(x, y) for x, y in zip(values(found["a"]), wanted, strict=True)), at
            assert all(x.isfinite().all() for x in values(found["b"])), at
            assert size(net) == alone - size(net.shared), at
            assert {id(p) for p in nets["a"].parameters()} <= {id(p) for p in net.parameters()}, at
            sizes.append(size(net))
    assert all(less < more for more, less in pairwise(sizes))  # each place shares more than the one before


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "own head"])
def test_heads_can_be_combinations_of_latent_tasks(name: str) -> None:
    nets, example = pair(name)
    net = sk.latent(nets, width=6, example=example).eval()
    assert net.combinations == {key: each.tap_presets["heads"] for key, each in nets.items()}
    with torch.no_grad():
        for key, each in nets.items():
            found, wanted = values(net(**example)[key]), values(each(**example))
            assert [x.shape for x in found] == [x.shape for x in wanted]


def test_heads_that_read_unlike_features_are_refused() -> None:
    nets, example = pair("own head")
    with pytest.raises(
        sk.InputError, match=r"'trunk\.classifier\.low_classifier' of network 'a' is Conv2d\(40"
    ):
        sk.latent(nets, example=example)


def test_the_classifier_says_so_too() -> None:
    with torch.device("meta"):
        net: Any = caffenet()
    assert (net.tap_presets["heads"], net.tap_presets["split"]) == (("fc8",), (*CAFFENET, "fc8"))


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("fcn_resnet50", ("classifier.4",)),
        ("deeplabv3_mobilenet_v3_large", ("classifier.4",)),
        ("lraspp_mobilenet_v3_large", ("classifier.low_classifier", "classifier.high_classifier")),
    ],
)
def test_heads_of_torchvisions_dense_networks_give_the_scores(name: str, heads: tuple[str, ...]) -> None:
    found = find("backbones", f"torchvision:{name}")
    backbone = found(found.Config())
    with torch.device("meta"):
        model = backbone.create(7)
    assert backbone.heads(model) == heads
    channels = {
        path: layer.out_channels for path, layer in model.named_modules() if isinstance(layer, nn.Conv2d)
    }
    assert tuple(path for path, count in channels.items() if count == 7) == heads

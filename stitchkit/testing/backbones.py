"""Properties of backbones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from stitchkit.backbones import Backbone
from stitchkit.errors import InputError
from stitchkit.graph.taps import select, taps
from stitchkit.networks import split, stitch
from stitchkit.plugins import Config
from stitchkit.testing.check import DoesNotApply, broken, check, expect, expect_same
from stitchkit.testing.given import class_of, name_of
from stitchkit.testing.options import expect_options
from stitchkit.units import CrossStitch

OUTPUTS = 5
HEADS = {"scores": 3, "deltas": 8}


@dataclass(frozen=True)
class BackboneCase:
    """A backbone and its options.

    Attributes:
        plugin: The backbone's name, or its class; a member of a family, ``"timm:resnet18"``, not the family.
        options: Of the backbone; small ones, where there is a choice.
        size: Height and width of the images.
    """

    plugin: str | type[Backbone]
    options: Mapping[str, Any] = field(default_factory=dict)
    size: tuple[int, int] = (64, 96)

    def __str__(self) -> str:
        """The backbone's name, as messages begin with it."""
        return f"backbone {name_of(self.plugin)!r}"

    @cached_property
    def config(self) -> Config:
        """The backbone's options."""
        return class_of("backbones", self.plugin).Config.model_validate(dict(self.options))

    @cached_property
    def backbone(self) -> Backbone:
        """The backbone."""
        return class_of("backbones", self.plugin)(self.config)

    def dense(self, outputs: int = OUTPUTS, seed: int = 0) -> nn.Module:
        """A new dense network."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self.backbone.dense(outputs)

    def regional(self, heads: Mapping[str, int]) -> nn.Module:
        """A new network for regions; raises `DoesNotApply` where the backbone makes none."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            try:
                return self.backbone.regional(heads)
            except InputError as error:
                raise DoesNotApply(f"no networks for regions: {error}") from None

    def images(self, count: int = 2) -> Tensor:
        """Images as a network takes them."""
        generator = torch.Generator().manual_seed(0)
        images = torch.randint(0, 256, (count, 3, *self.size), generator=generator, dtype=torch.uint8)
        return self.backbone.preprocess(images)


@check("stitchkit.plugins.Config")
def options_are_checked(case: BackboneCase) -> None:
    """Options that are written as JSON and read again are equal, and an unknown option is refused."""
    expect_options(case.config)


@check("stitchkit.backbones.Backbone.fingerprint")
def equal_options_have_equal_fingerprints(case: BackboneCase) -> None:
    """Another backbone with the same options has the same fingerprint."""
    own, other = case.backbone.fingerprint, type(case.backbone)(case.config).fingerprint
    expect(isinstance(own, str) and bool(own), "a text", repr(own))
    expect(own == other, own, other)


@check("stitchkit.backbones.Preprocess")
def images_become_input(case: BackboneCase) -> None:
    """uint8 images become finite float32 of the same shape."""
    images = case.images()
    found = f"{images.dtype} {tuple(images.shape)}"
    expect(found == f"torch.float32 (2, 3, {case.size[0]}, {case.size[1]})", "float32 images", found)


@check("stitchkit.backbones.Backbone.dense")
def dense_networks_give_scores(case: BackboneCase) -> None:
    """A dense network gives finite scores [B, outputs, h, w] of images [B, 3, H, W]."""
    network, images = case.dense().eval(), case.images()
    with torch.no_grad():
        scores = network(images)
    expect(scores.dim() == 4, "scores [B, outputs, h, w]", tuple(scores.shape))
    expect(tuple(scores.shape[:2]) == (2, OUTPUTS), f"2 images with {OUTPUTS} outputs", tuple(scores.shape))
    expect(bool(scores.isfinite().all()), "finite scores", "others")


@check("stitchkit.backbones.Backbone.dense")
def every_parameter_is_used(case: BackboneCase) -> None:
    """Every parameter that is to be trained gets a gradient, if only zero at a start of zeros."""
    network = case.dense().train()
    network(case.images()).square().sum().backward()
    unused = [name for name, own in network.named_parameters() if own.requires_grad and own.grad is None]
    expect(not unused, "a gradient of every parameter", f"none of {', '.join(unused[:3])}")


@check("stitchkit.backbones.Backbone.dense")
def the_start_follows_from_the_seed(case: BackboneCase) -> None:
    """Networks drawn from torch's generator with the same seed are equal."""
    expect_same(case.dense().state_dict(), case.dense().state_dict(), "two networks of one seed")


@check("stitchkit.backbones.Backbone")
def presets_name_points(case: BackboneCase) -> None:
    """What ``tap_presets`` name are points of the network, and those under ``"split"`` split two of them."""
    network, image = case.dense(), case.images(1)
    presets = dict(getattr(network, "tap_presets", {}))
    if not presets:
        raise DoesNotApply("the network declares no presets")
    try:
        for at in presets.pop("split", ()):
            split({"one": case.dense(), "other": case.dense()}, at=at, example=image)
        listed = taps(network, image)
        for name in dict.fromkeys(name for names in presets.values() for name in names):
            select(name, str(case), network, listed)
    except InputError as error:
        broken(f"expected no error, but got: {error}")


@check("stitchkit.backbones.Backbone")
def networks_can_be_stitched(case: BackboneCase) -> None:
    """Two networks are stitched at their own taps and, with alpha the identity, give what they give alone."""
    networks = {"one": case.dense(2).eval(), "other": case.dense(3, seed=1).eval()}
    images = case.images()
    with torch.no_grad():
        alone = {name: network(images) for name, network in networks.items()}
        stitched = stitch(networks, unit=CrossStitch(same=1.0), example=images).eval()
        expect_same(dict(stitched(images)), alone, "outputs stitched and alone")


@check("stitchkit.backbones.Backbone.regional")
def regional_networks_give_outputs(case: BackboneCase) -> None:
    """A network for regions gives finite outputs [R, outputs] of each head, and none of no region."""
    network, images = case.regional(HEADS).eval(), case.images()
    rois = torch.tensor([[0.0, 0, 0, 32, 32], [1, 8, 8, 40, 60], [1, 0, 0, 96, 64]])
    with torch.no_grad():
        for count in (3, 0):
            found = network(images, rois[:count])
            shapes = {name: tuple(own.shape) for name, own in found.items()}
            wanted = {name: (count, outputs) for name, outputs in HEADS.items()}
            expect(shapes == wanted, f"{wanted}", shapes)
            finite = all(bool(own.isfinite().all()) for own in found.values())
            expect(finite, "finite outputs", "others")


@check("stitchkit.backbones.Backbone.regional")
def regional_networks_start_alike(case: BackboneCase) -> None:
    """Networks for regions that differ in their heads alone start alike in all else."""
    one, other = (case.regional(heads).state_dict() for heads in (HEADS, {"attributes": 4}))
    common = {name: own for name, own in one.items() if name in other and own.shape == other[name].shape}
    expect(bool(common), "tensors that both networks have", "none")
    expect_same({name: other[name] for name in common}, common, "the starts")

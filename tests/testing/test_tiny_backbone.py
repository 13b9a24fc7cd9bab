from collections.abc import Mapping

import pytest
import torch
from torch import nn

from stitchkit.testing import BACKBONE_CHECKS, BackboneCase, Broken, TinyBackbone, check_backbone


def test_it_is_a_backbone() -> None:
    check_backbone(TinyBackbone)


@pytest.mark.parametrize("check", BACKBONE_CHECKS, ids=str)
def test_every_property_applies_to_it(check) -> None:
    check(BackboneCase(TinyBackbone))


def test_it_is_tiny() -> None:
    assert sum(own.numel() for own in TinyBackbone().dense(3).parameters()) < 5_000


class Idle(TinyBackbone):
    def dense(self, outputs: int) -> nn.Module:  # type: ignore[override]
        network = super().dense(outputs)
        network.idle = nn.Parameter(torch.zeros(3))
        return network


class Drifting(TinyBackbone):
    def regional(self, heads: Mapping[str, int]) -> nn.Module:  # type: ignore[override]
        torch.rand(len(heads))
        return super().regional(heads)


class Mistaken(TinyBackbone):
    def dense(self, outputs: int) -> nn.Module:  # type: ignore[override]
        network = super().dense(outputs)
        network.tap_presets = {"stitch": ("trunk.third",)}
        return network


@pytest.mark.parametrize(
    ("defect", "name"),
    [
        (Idle, "every-parameter-is-used"),
        (Drifting, "regional-networks-start-alike"),
        (Mistaken, "presets-name-points"),
    ],
)
def test_a_defect_is_found(defect: type[TinyBackbone], name: str) -> None:
    (check,) = (check for check in BACKBONE_CHECKS if str(check) == name)
    with pytest.raises(Broken, match=f"backbone '{defect.__name__}'"):
        check(BackboneCase(defect))

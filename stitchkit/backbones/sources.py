"""From a name such as ``timm:resnet18`` to a model with random weights."""

from torch import nn

from stitchkit.backbones.model import ModelBackbone
from stitchkit.plugins import find


def create(source: str) -> nn.Module:
    """A model by its source and name.

    Args:
        source: ``"timm:NAME"``, ``"torchvision:NAME"`` or ``"python:module.function"``, as they are made by
            default; or another backbone such as ``"stitchkit:caffenet"``, in its dense form with one output.

    Raises:
        InputError: No such source or name; the closest names are given.
    """
    backbone = find("backbones", source)
    if issubclass(backbone, ModelBackbone):
        return backbone.plain()
    return backbone(backbone.Config()).dense(1)

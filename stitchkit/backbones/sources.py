"""From a name such as ``timm:resnet18`` to a model with random weights."""

from torch import nn

from stitchkit.errors import InputError, unknown
from stitchkit.plugins import find


def create(source: str) -> nn.Module:
    """A model by its source and name.

    Args:
        source: ``"timm:NAME"``, ``"torchvision:NAME"`` or a backbone plugin such as ``"stitchkit:caffenet"``
            (in its dense form with one output).

    Raises:
        InputError: No such source or name; the closest names are given.
    """
    library, _, name = source.partition(":")
    if library == "timm":
        import timm

        if not timm.is_model(name):
            raise unknown("timm model", name, timm.list_models())
        return timm.create_model(name)
    if library == "torchvision":
        from torchvision import models

        if name not in models.list_models():
            raise unknown("torchvision model", name, models.list_models())
        return models.get_model(name)
    if library == "stitchkit":
        backbone = find("backbones", source)
        return backbone(backbone.Config()).dense(1)
    raise InputError(f"model {source!r} must be timm:NAME, torchvision:NAME or stitchkit:caffenet")

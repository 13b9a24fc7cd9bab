"""Backbones of timm: ``timm:NAME`` for every name that ``timm.list_models()`` knows."""

import functools
import inspect
from typing import Any

import torch
from torch import nn

from stitchkit.backbones.base import Preprocess
from stitchkit.backbones.model import ModelBackbone
from stitchkit.errors import InputError, unknown

OURS = frozenset(
    {
        "num_classes", "output_stride", "features_only", "in_chans",
        "pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir",
    }
)  # fmt: skip
"""Arguments of ``timm.create_model`` that are not for ``options``: keys of the backbone stand for them."""

ANY_SIZE = {"dynamic_img_size": True, "dynamic_img_pad": True, "strict_img_size": False}
"""What makes timm's transformers take images of any size, where a model has it and ``options`` do not say."""


class TimmBackbone(ModelBackbone):
    """One-task networks on a timm model, announced as ``timm:*``.

    Vision transformers take images of any size where timm's options ``dynamic_img_size`` and
    ``strict_img_size`` exist. For others give the size of the images: ``options: {img_size: [480, 640]}``.
    """

    library = "timm"

    @classmethod
    def check(cls, name: str) -> None:
        """Raises `InputError`, with the closest names, where timm has no such model."""
        import timm  # slow to import

        if not timm.is_model(name):
            raise unknown("timm model", name, timm.list_models())

    @classmethod
    def plain(cls) -> nn.Module:
        """The model with its classifier, as timm makes it."""
        import timm

        return timm.create_model(cls.name)

    def create(self, outputs: int | None = None, pretrained: bool = False) -> nn.Module:
        """A new model without classifier; timm's models have no dense head."""
        import timm

        if outputs is not None:
            raise InputError(f"{self} has no dense head of its own; backbone.head must be fcn or multi_scale")
        return timm.create_model(self.name, num_classes=0, pretrained=pretrained, **self._options)

    @functools.cached_property
    def _options(self) -> dict[str, Any]:
        import timm

        options = dict(self.config.options)
        if ours := sorted(OURS & options.keys()):
            raise InputError(
                f"backbone.options.{ours[0]} is no option of the model; see the backbone's own keys"
            )
        if self.config.output_stride is not None:
            options["output_stride"] = self.config.output_stride
        if "img_size" not in options:
            with torch.random.fork_rng(devices=[]):
                made = timm.create_model(self.name, num_classes=0, **options)
            known = _parameters(type(made))
            options = {key: value for key, value in ANY_SIZE.items() if key in known} | options
        return options

    @property
    def version(self) -> str:
        """Of timm."""
        import timm

        return f"timm {timm.__version__}"

    def _preprocess(self) -> Preprocess:
        import timm

        trained = timm.get_pretrained_cfg(self.name)
        if trained is None:
            return Preprocess()
        (red, green, blue), deviation = trained.mean, trained.std
        return Preprocess(mean=(red, green, blue), std=(deviation[0], deviation[1], deviation[2]))


def _parameters(model: type[nn.Module]) -> set[str]:
    """What a class can be made with, by its own ``__init__`` and those that it passes the rest on to."""
    names: set[str] = set()
    for base in model.__mro__:
        own = inspect.signature(base).parameters.values()
        names |= {parameter.name for parameter in own}
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in own):
            break
    return names

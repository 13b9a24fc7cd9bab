"""Backbones of torchvision: ``torchvision:NAME``, those of its dense networks with their own heads."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from torch import nn
from torchvision import models

from stitchkit.backbones.model import ModelBackbone
from stitchkit.errors import InputError, unknown
from stitchkit.graph.taps import Tap

OURS = frozenset(
    {"num_classes", "weights", "weights_backbone", "replace_stride_with_dilation", "progress", "aux_loss"}
)
"""Arguments of ``torchvision.models.get_model`` that are not for ``options``."""

DILATED = {8: [False, True, True], 16: [False, False, True], 32: [False, False, False]}
"""``replace_stride_with_dilation`` of torchvision's ResNets for an output stride."""

HEADS = {
    "fcn": ("classifier.4",),
    "deeplabv3": ("classifier.4",),
    "lraspp": ("classifier.low_classifier", "classifier.high_classifier"),
}
"""The layers that give the scores of torchvision's dense networks, by the first word of their names."""


class TorchvisionBackbone(ModelBackbone):
    """One-task networks on a torchvision model, announced as ``torchvision:*``.

    Networks for segmentation (``fcn_resnet50``, ``deeplabv3_resnet101``, ``lraspp_mobilenet_v3_large``) come
    with their own head; their ``pretrained`` weights are those for COCO, all but the last layer's.
    """

    library = "torchvision"

    @classmethod
    def check(cls, name: str) -> None:
        """Raises `InputError`, with the closest names, where torchvision has no such model of images."""
        known = [*models.list_models(module=models), *models.list_models(module=models.segmentation)]
        if name not in known:
            raise unknown("torchvision model", name, known)

    @classmethod
    def plain(cls) -> nn.Module:
        """The model with its classifier or dense head, as torchvision makes it."""
        return models.get_model(cls.name, **cls._without_backbone_weights())

    def create(self, outputs: int | None = None, pretrained: bool = False) -> nn.Module:
        """A new model; with ``outputs``, a network for segmentation with so many channels."""
        options: dict[str, Any] = dict(self.config.options)
        if ours := sorted(OURS & options.keys()):
            raise InputError(
                f"backbone.options.{ours[0]} is no option of the model; see the backbone's own keys"
            )
        if outputs is not None and not self._is_dense():
            raise InputError(f"{self} has no dense head of its own; backbone.head must be fcn or multi_scale")
        if outputs is None and self._is_dense():
            raise InputError(f"{self} comes with its own head; backbone.head must be own")
        if self.config.output_stride is not None:
            options["replace_stride_with_dilation"] = DILATED[self.config.output_stride]
        if pretrained:
            return models.get_model(self.name, weights="DEFAULT", **options)
        options.update(self._without_backbone_weights())
        if outputs is not None:
            options["num_classes"] = outputs
        return models.get_model(self.name, **options)

    def stages(self, listed: Sequence[Tap]) -> list[str]:
        """The stages; of a network with a dense head, the last part of its backbone at each size of maps."""
        if not self._is_dense():
            return super().stages(listed)
        parts = [tap for tap in listed if tap.name.startswith("backbone.") and tap.name.count(".") == 1]
        return list({tap.shape[2:]: tap.name for tap in parts if tap.shape}.values())

    def heads(self, model: nn.Module) -> Sequence[str]:
        """The layers that give a dense network's scores."""
        return HEADS.get(self.name.partition("_")[0], ())

    @property
    def head(self) -> str:
        """The head by its name in the options; a network with a dense head keeps it."""
        return self.config.head or ("own" if self._is_dense() else "fcn")

    @property
    def version(self) -> str:
        """Of torchvision, without the mark of its build."""
        return f"torchvision {version('torchvision').partition('+')[0]}"

    @classmethod
    def _is_dense(cls) -> bool:
        return cls.name in models.list_models(module=models.segmentation)

    @classmethod
    def _without_backbone_weights(cls) -> dict[str, Any]:
        return {"weights": None, **({"weights_backbone": None} if cls._is_dense() else {})}

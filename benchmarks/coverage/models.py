"""The models that are tried: of every timm module the smallest, of torchvision all."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd
from torchvision import models as torchvision_models
from torchvision.ops import StochasticDepth

SIDES = (96, 299)  # pixels: small, three cells at stride 32; and what Inception wants in training

FAMILIES = {
    "classification": torchvision_models,
    "segmentation": torchvision_models.segmentation,
    "detection": torchvision_models.detection,
}


@dataclass(frozen=True)
class Model:
    """A model by its library.

    Attributes:
        library: ``"timm"`` or ``"torchvision"``.
        family: timm's module (architecture) or torchvision's kind of task.
        name: The library's own name of the model.
        parameters: Number of its parameters.
    """

    library: str
    family: str
    name: str
    parameters: int

    @property
    def label(self) -> str:
        """``timm:resnet18``."""
        return f"{self.library}:{self.name}"

    def build(self) -> nn.Module:
        """The model, its values drawn at random."""
        return build(self.library, self.family, self.name)


def build(library: str, family: str, name: str) -> nn.Module:
    """A model of a library, its values drawn at random: nothing is fetched."""
    if library == "timm":
        return timm.create_model(name)
    without = {} if family == "classification" else {"weights_backbone": None}
    return torchvision_models.get_model(name, weights=None, **without)


def smallest_of(module: str) -> dict[str, Any]:
    """The model with the fewest parameters among those of one timm module, as fields of `Model`."""
    sizes = {}
    for name in timm.list_models(module=module):
        try:
            sizes[name] = parameters_of("timm", module, name)
        except (ImportError, RuntimeError) as error:  # wants a package, or a file from the network
            print(f"{name} cannot be built: {error}")
    name = min(sizes, key=sizes.__getitem__)
    return asdict(Model("timm", module, name, sizes[name]))


def torchvision_names(families: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Family and name of all models of some families."""
    for family in families:
        for name in torchvision_models.list_models(module=FAMILIES[family]):
            yield family, name


def of_torchvision(family: str, name: str) -> dict[str, Any]:
    """A model of torchvision, as fields of `Model`."""
    return asdict(Model("torchvision", family, name, parameters_of("torchvision", family, name)))


def parameters_of(library: str, family: str, name: str) -> int:
    """Number of parameters, counted without making them where the model can do without values."""
    try:
        with torch.device("meta"):
            model = build(library, family, name)
    except NotImplementedError:  # computes its widths with tensors
        model = build(library, family, name)
    return sum(p.numel() for p in model.parameters())


def set_apart(net: nn.Module, seed: int) -> nn.Module:
    """Change all parameters at random, so that no network equals another and none multiplies by zero.

    Residual branches, layer scales and heads often start at zero: what went wrong there would not be seen.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            noise = torch.randn(parameter.shape, dtype=parameter.dtype, generator=generator)
            spread = float(parameter.std(correction=0))
            parameter.add_(noise, alpha=0.3 * spread if spread > 0 else 0.02)
    return net


def settled(net: nn.Module) -> nn.Module:
    """Let training mode draw nothing at random and change nothing, so that it can be compared, too.

    The parameters are frozen, since alphas alone are to get gradients.
    """
    for module in net.modules():
        if isinstance(module, _DropoutNd | StochasticDepth):
            module.p = 0.0
        for chance in ("drop_prob", "drop_rate"):  # timm's
            if hasattr(module, chance):
                setattr(module, chance, 0.0)
        if isinstance(module, _NormBase):
            module.momentum = 0.0
    return net.requires_grad_(False)


def images_for(net: nn.Module, own: Tensor) -> Tensor:
    """Two random images of the first among `SIDES` and the model's own size on which it runs in both modes.

    Raises what the model raises where there is no such size.
    """
    generator = torch.Generator().manual_seed(0)
    small, large = ((*own.shape[:2], side, side) for side in SIDES)
    for shape in (small, own.shape):
        images = torch.rand(shape, generator=generator)
        try:
            _run_in_both_modes(net, images)
            return images
        except (RuntimeError, AssertionError, ValueError):  # as models refuse a size
            continue
    images = torch.rand(large, generator=generator)
    _run_in_both_modes(net, images)
    return images


def _run_in_both_modes(net: nn.Module, images: Tensor) -> None:
    with torch.no_grad():
        net.eval()(images)
        net.train()(images)

"""Last layers in two factors, W = S L: latent tasks, which all networks share, and combinations of their own.

Sources: Zhou et al., "Learning to share latent tasks for action recognition", ICCV 2013; Abdulnabi et al.,
"Multi-task CNN model for attribute prediction", IEEE Transactions on Multimedia, 2015.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from stitchkit.errors import InputError
from stitchkit.graph.fake import is_meta
from stitchkit.graph.given import Given
from stitchkit.graph.how import How
from stitchkit.graph.joint import LatentNet, owned
from stitchkit.graph.presets import declared_presets
from stitchkit.graph.rewrite import Program, interleave, lead_through
from stitchkit.graph.taps import select
from stitchkit.graph.trace import Leaf

Layer = nn.Linear | nn.Conv2d
"""What can be put in two factors."""


def last_layers(specs: str | Sequence[str] | None, network: str, given: Given) -> dict[str, Layer]:
    """The layers of one network that give its raw outputs, by path.

    Args:
        specs: Paths, patterns or presets; None for the network's own ``tap_presets["heads"]``.
        network: Name of the network.
        given: All networks.

    Raises:
        InputError: None is meant, one is no layer that can be put in two factors, or the network has no
            ``heads`` of its own.
    """
    model = given.nets[network]
    modules = dict(model.named_modules())
    known = {path: layer for path, module in modules.items() if (layer := _as_layer(module)) is not None}
    by_path = {tap.path: replace(tap, name=tap.path) for tap in given.taps(network)}  # all calls are meant
    last = next((path for path in reversed(by_path) if path in known), None)
    hint = f", for example at={last!r}" if last else ""
    if specs is None and not declared_presets(model).get("heads"):
        raise InputError(
            f"network {network!r}: {type(model).__name__} does not say which its last layers are;"
            f" name them{hint}"
        )
    wanted = ("heads",) if specs is None else (specs,) if isinstance(specs, str) else tuple(specs)
    if not wanted:
        raise InputError(f"network {network!r}: at is empty; name its last layers{hint}")
    taps = list(by_path.values())
    paths = dict.fromkeys(tap.path for spec in wanted for tap in select(spec, network, model, taps))
    for path in paths:
        if path not in known:
            raise InputError(
                f"network {network!r}: {path!r} is {_words(modules[path])}; latent tasks go before"
                f" an nn.Linear or an nn.Conv2d of one group{hint}"
            )
    return {path: known[path] for path in paths}


def check_alike(layers: Mapping[str, Mapping[str, Layer]]) -> None:
    """Raises `InputError` where layers of the networks could not read one and the same latent tasks."""
    (network, path, layer), *others = (
        (network, path, layer) for network, own in layers.items() for path, layer in own.items()
    )
    for other_network, other_path, other in others:
        if _reads(other) != _reads(layer):
            raise InputError(
                f"last layers must be of one kind and read equally many features: {path!r} of network"
                f" {network!r} is {_words(layer)}, {other_path!r} of {other_network!r} is {_words(other)};"
                " name others in at="
            )


def factorise(
    layers: Mapping[str, Mapping[str, Layer]], width: int, given: Given, leaf: Sequence[Leaf]
) -> LatentNet:
    """The network in which some layers of each network, by path, are combinations of shared latent tasks.

    Raises:
        InputError: torch.fx cannot follow one of the networks to its layers.
    """
    traces = given.trace({name: list(own) for name, own in layers.items()}, leaf)
    paths = {f"nets.{name}.{path}": (name, path) for name, own in layers.items() for path in own}
    programs = {}
    for training in (True, False):
        in_mode = {name: both[training] for name, both in traces.items()}
        for name, path in paths.values():
            in_mode[name].node(path, name)  # in every mode, or refused
        graph = interleave(in_mode, (), given.written, given.named)
        lead_through(graph, "latent", paths)
        programs[training] = Program(graph)
    shared = latent_tasks(next(layer for own in layers.values() for layer in own.values()), width)
    nets = {name: owned(net, f"nets.{name}.", programs.values()) for name, net in given.nets.items()}
    for name, own in layers.items():
        for path, layer in own.items():
            nets[name].set_submodule(path, combination(layer, width))
    joint = LatentNet(nets, shared, layers, programs, given.named, How.of(traces))
    joint.training = given.first.training
    return joint


def latent_tasks(like: Layer, width: int) -> Layer:
    """L: a new layer without bias from the features that a last layer reads to latent tasks.

    Its weights are normal, of variance 1 / features, so that latent tasks have the scale of features.

    Args:
        like: A last layer, for which `latent_tasks` goes before `combination`.
        width: Number of latent tasks.
    """
    options: dict[str, Any] = {"bias": False, "device": like.weight.device, "dtype": like.weight.dtype}
    _, features = _reads(like)
    layer: Layer = (
        nn.Linear(features, width, **options)
        if isinstance(like, nn.Linear)
        else nn.Conv2d(features, width, 1, **options)
    )
    nn.init.normal_(layer.weight, std=features**-0.5)
    return layer


def combination(of: Layer, width: int) -> Layer:
    """S: a new layer from latent tasks to what a last layer gives, with a copy of its bias.

    Its weights start as PyTorch's, or at zero if those of the given layer are zero, as in Caffe's FCNs.

    Args:
        of: The layer whose place it takes; a convolution's kernel, stride and padding become its own.
        width: Number of latent tasks.
    """
    options: dict[str, Any] = {
        "bias": of.bias is not None,
        "device": of.weight.device,
        "dtype": of.weight.dtype,
    }
    if isinstance(of, nn.Linear):
        layer: Layer = nn.Linear(width, of.out_features, **options)
    else:
        for same in ("kernel_size", "stride", "padding", "dilation", "padding_mode"):
            options[same] = getattr(of, same)
        layer = nn.Conv2d(width, of.out_channels, **options)
    if is_meta(of):
        return layer
    with torch.no_grad():
        if not of.weight.any():
            layer.weight.zero_()
        if layer.bias is not None and of.bias is not None:
            layer.bias.copy_(of.bias)
    return layer


def _as_layer(module: nn.Module) -> Layer | None:
    """A module that computes what its class in PyTorch does, over all channels together; else None."""
    if isinstance(module, nn.Conv2d) and module.groups == 1:
        return module if type(module).forward is nn.Conv2d.forward else None
    if isinstance(module, nn.Linear):
        return module if type(module).forward is nn.Linear.forward else None
    return None


def _reads(layer: Layer) -> tuple[str, int]:
    """What a layer is, and the number of features that it reads."""
    if isinstance(layer, nn.Linear):
        return "Linear", layer.in_features
    return "Conv2d", layer.in_channels


def _words(module: nn.Module) -> str:
    """A layer as PyTorch prints it; a module of several by its class."""
    return type(module).__name__ if next(module.children(), None) else repr(module)

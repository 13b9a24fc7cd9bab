"""Presets: names for groups of taps, such as the stages of a network."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby, pairwise
from math import prod

from torch import nn
from torch.nn.modules import pooling

from stitchkit.graph.observe import Call

_POOLS = (pooling._MaxPoolNd, pooling._AvgPoolNd)
_TO_FIXED_SIZE = (pooling._AdaptiveAvgPoolNd, pooling._AdaptiveMaxPoolNd)


def declared_presets(model: nn.Module) -> Mapping[str, tuple[str, ...]]:
    """What a network names in its attribute ``tap_presets``."""
    return getattr(model, "tap_presets", {})


def presets_of(model: nn.Module, calls: Sequence[Call]) -> dict[str, tuple[str, ...]]:
    """All presets of a network: ``stages``, ``pools``, and its own, which replace those of equal name."""
    modules = dict(model.named_modules())
    pools = tuple(call.name for call in calls if isinstance(modules[call.path], _POOLS))
    return {"stages": _stages(model, calls), "pools": pools, **declared_presets(model)}


def _stages(model: nn.Module, calls: Sequence[Call]) -> tuple[str, ...]:
    info = (
        getattr(model, "feature_info", None) or []
    )  # timm's; not all of its names are modules that are called
    names = tuple(entry.get("module", "") for entry in info) if isinstance(info, list) else ()
    if names and set(names) <= {call.name for call in calls}:
        return names
    modules = dict(model.named_modules())
    maps = [
        call
        for call in calls[:-1]  # the last makes the network's output, which is the task's own
        if call.shape and len(call.shape) == 4 and not isinstance(modules[call.path], _TO_FIXED_SIZE)
    ]
    stages = [list(group)[-1] for _, group in groupby(_sequence("", modules, maps), key=_size)]
    shrinking = all(prod(_size(small)) < prod(_size(large)) for large, small in pairwise(stages))
    return tuple(call.name for call in stages) if shrinking else ()


def _sequence(path: str, modules: Mapping[str, nn.Module], maps: Sequence[Call]) -> list[Call]:
    """Maps right below a module, as executed; a Sequential that spans three sizes or more is opened."""
    paths = {call.path for call in maps}
    opened: list[Call] = []
    for call in maps:
        if _parent(call.path, paths) == path:
            inner = (
                _sequence(call.path, modules, maps) if isinstance(modules[call.path], nn.Sequential) else []
            )
            opened += inner if len(set(map(_size, inner))) > 2 else [call]
    return opened


def _parent(path: str, paths: Collection[str]) -> str:
    while path:
        path = path.rpartition(".")[0]
        if path in paths:
            break
    return path


def _size(call: Call) -> tuple[int, ...]:
    shape, axis = call.shape or (), call.channel_axis or 1
    axis %= len(shape)
    return shape[1:axis] + shape[axis + 1 :]

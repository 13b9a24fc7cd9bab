"""Presets: names for groups of taps, such as the stages of a network."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from statistics import mode

from torch import nn
from torch.nn.modules import pooling

from stitchkit.graph.observe import Call
from stitchkit.graph.trunk import above, extent, is_head, is_map, parent, shrinking, trunk

PRESETS = ("stages", "blocks", "pools", "all")
"""The presets that are found in every network, as far as it has such modules."""

_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
_POOLS = (pooling._MaxPoolNd, pooling._AvgPoolNd)
_MANY = 4  # more points than these are thinned out where most of them have equal shapes

Modules = Mapping[str, nn.Module]


def declared_presets(model: nn.Module) -> Mapping[str, tuple[str, ...]]:
    """What a network names in its attribute ``tap_presets``."""
    return getattr(model, "tap_presets", {})


def presets_of(model: nn.Module, calls: Sequence[Call]) -> dict[str, tuple[str, ...]]:
    """Names of the calls in each preset of a network, in order; ``all`` is left out.

    ``pools`` are the pooling modules.

    ``blocks`` are members of a Sequential, ModuleList or ModuleDict that have parts of their own and a class
    of which at least two, and a third of all, return a tensor of the shape that they take, as residual and
    transformer blocks do: the outermost where such are nested, and those of the class that change the shape.

    ``stages`` are found by the first of these rules that gives two points or more:

    1. What timm's ``feature_info`` names, if all of it is called. A stage that returns several tensors gives
       way to the modules inside that made them, else to those that take them next. Of more than four points
       of mostly equal shape, as in a plain ViT, the ends of the four quarters are taken.
    2. The last module at each size of maps or tokens that shrink step by step up to the head, and every
       Sequential of blocks that has a name of its own (``layer3``): in a dilated network they keep the size.
    3. As 1, but only some of the names are called (networks of parallel resolutions).
    4. The last block at each size.
    5. The ends of the four quarters of the blocks of the commonest size.

    What a network declares in ``tap_presets`` replaces what was found under the same name.

    Args:
        model: The network.
        calls: The calls of its modules, as observed.
    """
    modules = dict(model.named_modules())
    blocks = _blocks(modules, calls)
    stages = next((points for points in _stages(model, modules, calls, blocks) if len(points) > 1), [])
    pools = [call for call in calls if isinstance(modules[call.path], _POOLS)]
    found = {"stages": stages, "blocks": blocks, "pools": pools}
    return {preset: tuple(call.name for call in group) for preset, group in found.items()} | dict(
        declared_presets(model)
    )


def _stages(
    model: nn.Module, modules: Modules, calls: Sequence[Call], blocks: Sequence[Call]
) -> Iterator[list[Call]]:
    named, complete = _named_by_timm(model, calls)
    if complete:
        yield named
    for inside in (True, False):
        yield shrinking(trunk(modules, calls, inside), _holders(modules, blocks))
    yield named
    yield shrinking(blocks)
    commonest = mode(map(extent, blocks)) if blocks else 0
    yield _ends([block for block in blocks if extent(block) == commonest])


def _named_by_timm(model: nn.Module, calls: Sequence[Call]) -> tuple[list[Call], bool]:
    """The points that timm names, and whether each of its names has one."""
    info = getattr(model, "feature_info", None)
    names = {entry.get("module") for entry in info} if isinstance(info, list) else set()
    by_name = {call.name: call for call in calls}
    named = [call for call in calls if call.name in names]
    complete = len(named) == len(names)
    if len(named) > _MANY and len({call.shape for call in named}) < len(named) / 2:
        named = _ends(named)
    points = [[name for name in (call.name, *call.stand_ins) if is_map(by_name[name])] for call in named]
    taken = {name for found in points for name in found}
    return [call for call in calls if call.name in taken], complete and all(points)


def _blocks(modules: Modules, calls: Sequence[Call]) -> list[Call]:
    members = [
        call
        for call in calls
        if call.channel_axis is not None
        and not is_head(call.path)
        and isinstance(modules[parent(call.path)], _CONTAINERS)
        and not isinstance(modules[call.path], _CONTAINERS)
        and next(modules[call.path].children(), None) is not None
    ]
    members = _like_blocks(modules, members)
    paths = {call.path for call in members}
    return _like_blocks(modules, [call for call in members if paths.isdisjoint(above(call.path))])


def _like_blocks(modules: Modules, calls: Sequence[Call]) -> list[Call]:
    total = Counter(type(modules[call.path]) for call in calls)
    keep = Counter(type(modules[call.path]) for call in calls if call.keeps_shape)
    kinds = {kind for kind in total if keep[kind] >= max(2, total[kind] / 3)}
    return [call for call in calls if type(modules[call.path]) in kinds]


def _holders(modules: Modules, blocks: Sequence[Call]) -> set[str]:
    """Paths of the containers of blocks, but for containers in containers."""
    holders = {parent(block.path) for block in blocks} - {""}
    return {path for path in holders if type(modules[parent(path)]) not in _CONTAINERS}


def _ends(calls: Sequence[Call]) -> list[Call]:
    """The last of each quarter."""
    parts = min(_MANY, len(calls))
    return [calls[ceil(len(calls) * part / parts) - 1] for part in range(1, parts + 1)]

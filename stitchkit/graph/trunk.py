"""The trunk of a network: the maps and tokens that it computes, one after another, before its head."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import takewhile
from math import prod

from torch import nn
from torch.nn.modules import pooling

from stitchkit.graph.observe import Call

_TO_FIXED_SIZE = (pooling._AdaptiveAvgPoolNd, pooling._AdaptiveMaxPoolNd)
# as timm and torchvision call theirs
_HEADS = ("head*", "global_pool*", "fc*", "*classifier*", "aux*", "Aux*")
_SMALLER, _LARGER = 0.6, 1.5  # a class token or a convolution without padding is no change of size


def trunk(modules: Mapping[str, nn.Module], calls: Sequence[Call], inside: bool) -> list[Call]:
    """Calls that return maps or tokens before the head, none of them inside another.

    A pool to a fixed size ends the trunk. A Sequential that spans three sizes or more gives way to its
    members.

    Args:
        modules: The network's modules by path.
        calls: The calls of its modules, in order.
        inside: Whether a module that returns several tensors gives way to the modules inside it; if not, to
            those that stand for it.
    """
    body = [call for call in calls[:-1] if not is_head(call.path)]  # the last makes the network's output
    maps = [call for call in body if is_map(call)]
    if not inside:
        paths = {call.path for call in body if call.shape is None}
        closed = {path for path in paths if paths.isdisjoint(above(path))}
        standing = {name for call in body if call.path in closed for name in call.stand_ins}
        maps = [call for call in maps if call.name in standing or closed.isdisjoint(above(call.path))]
    row = _in_a_row("", modules, maps)
    return list(takewhile(lambda call: not isinstance(modules[call.path], _TO_FIXED_SIZE), row))


def shrinking(calls: Sequence[Call], kept: Collection[str] = ()) -> list[Call]:
    """The last call at each size, and those of ``kept`` paths; none where a size grows."""
    stages: list[list[Call]] = []
    for call in calls:
        if stages and extent(call) > _LARGER * extent(stages[-1][0]):
            return []
        if not stages or extent(call) < _SMALLER * extent(stages[-1][0]):
            stages.append([])
        stages[-1].append(call)
    return [call for stage in stages for call in stage if call is stage[-1] or call.path in kept]


def extent(call: Call) -> int:
    """Height x width of maps, the number of tokens; 1 for vectors, 0 for what has no channels."""
    if call.shape is None or call.channel_axis is None:
        return 0
    return prod(call.shape[1:]) // call.shape[call.channel_axis]


def is_map(call: Call) -> bool:
    """Whether a call returned a map, even of one pixel, or several tokens."""
    return extent(call) > 1 or (extent(call) == 1 and len(call.shape or ()) > 3)


def above(path: str) -> Iterator[str]:
    """Paths of the modules that hold a module, from the inside out; the network itself is left out."""
    while path := parent(path):
        yield path


def is_head(path: str) -> bool:
    """Whether a module belongs to a part of the network that its authors call a head or a classifier."""
    return any(fnmatchcase(path.partition(".")[0], head) for head in _HEADS)


def parent(path: str) -> str:
    """Path of the module that holds a module; empty for the network itself."""
    return path.rpartition(".")[0]


def _in_a_row(path: str, modules: Mapping[str, nn.Module], maps: Sequence[Call]) -> list[Call]:
    paths = {call.path for call in maps}
    row: list[Call] = []
    for call in maps:
        if next((holder for holder in above(call.path) if holder in paths), "") == path:
            sequential = isinstance(modules[call.path], nn.Sequential)
            inner = _in_a_row(call.path, modules, maps) if sequential else []
            row += inner if len(set(map(extent, inner))) > 2 else [call]
    return row

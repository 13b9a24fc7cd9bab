"""The order in which units act: each after everything that reaches it."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NoReturn

from stitchkit.errors import InputError

Point = Mapping[str, str]
"""A unit's place: what each network that takes part calls the tap."""


def in_order(points: Sequence[Point], rank: Callable[[str, str], int]) -> list[int]:
    """Positions of the points in an order in which every network passes its taps one after the other.

    Args:
        points: For each unit the networks and their taps.
        rank: Of a network and its tap: when the network reaches it.

    Raises:
        InputError: Two taps of a network are one value, or points cross: no such order exists.
    """
    ways: dict[str, list[int]] = {}
    for i, point in enumerate(points):
        for name in point:
            ways.setdefault(name, []).append(i)
    for name, way in ways.items():
        way.sort(key=lambda i: rank(name, points[i][name]))
        for i, j in pairwise(way):
            if rank(name, points[i][name]) == rank(name, points[j][name]):
                raise InputError(
                    f"network {name!r}: taps {points[i][name]!r} and {points[j][name]!r} are one value;"
                    " keep one of them"
                )
    order: list[int] = []
    while any(ways.values()):
        heads = [way[0] for way in ways.values() if way]
        ready = next((i for i in heads if all(ways[name][0] == i for name in points[i])), None)
        if ready is None:
            _refuse(points, ways)
        order.append(ready)
        for name in points[ready]:
            ways[name].pop(0)
    return order


def _refuse(points: Sequence[Point], ways: Mapping[str, Sequence[int]]) -> NoReturn:
    """Walk from a blocked point to what blocks it until a point comes again: these cross."""
    seen: list[int] = []
    point = next(way[0] for way in ways.values() if way)
    while point not in seen:
        seen.append(point)
        point = next(ways[name][0] for name in points[point] if ways[name][0] != point)
    circle = seen[seen.index(point) :][::-1]
    told = []
    for here, after in zip(circle, [*circle[1:], circle[0]], strict=True):
        both = [name for name in points[after] if name in points[here]]
        name = next(name for name in both if ways[name].index(here) < ways[name].index(after))
        told.append(f"network {name!r} reaches {points[here][name]!r} before {points[after][name]!r}")
    taps = " and ".join(str(dict(points[i])) for i in circle)
    raise InputError(f"taps {taps} cross: {', '.join(told)}; pair them in the order of execution")

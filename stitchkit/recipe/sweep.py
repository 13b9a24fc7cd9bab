"""From the key ``sweep`` to its points: partial recipes that differ in what is trained."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from stitchkit.errors import unknown
from stitchkit.recipe.document import DEEPEST
from stitchkit.recipe.layers import joined
from stitchkit.recipe.places import KeyPath, Node, Problem, within
from stitchkit.recipe.schema import Recipe

MOST_POINTS = 100

SWEPT = ("backbone", "sampler", "training", "methods")
"""Blocks that a sweep may change: what is trained."""

_FIXED = {"base", "profiles", *Recipe.model_fields} - set(SWEPT)


@dataclass(frozen=True)
class Point:
    """One point of a sweep.

    Attributes:
        settings: Dotted keys and their plain values.
        tree: The same as a partial recipe.
    """

    settings: dict[str, Any]
    tree: Node


def points(sweep: Node) -> tuple[list[Point], list[Problem]]:
    """The points of a sweep, or what is wrong with them; their places are marked as swept.

    Args:
        sweep: A grid, a mapping from dotted keys to lists of values, all combined, those of the last key
            side by side; or a list of points, which are mappings from dotted keys to values.
    """
    sweep = sweep.marked(swept=True)
    found, count = _grid(sweep.value) if isinstance(sweep.value, dict) else _listed(sweep.value)
    if count > MOST_POINTS:
        return [], [Problem(sweep.key, (), f"must hold at most {MOST_POINTS} points, but holds {count}")]
    if problems := list(_mistakes(sweep)):
        return [], problems
    return [_point(values) for values in found], []


def _grid(sweep: Mapping[str, Node]) -> tuple[Iterable[Mapping[str, Node]], int]:
    axes = [[replace(value, key=values.key) for value in values.value] for values in sweep.values()]
    found = (dict(zip(sweep, values, strict=True)) for values in itertools.product(*axes))
    return found, math.prod(map(len, axes))


def _listed(sweep: Sequence[Node]) -> tuple[Iterable[Mapping[str, Node]], int]:
    return (point.value for point in sweep), len(sweep)


def _point(values: Mapping[str, Node]) -> Point:
    parts = [within(key.split("."), value) for key, value in values.items()]
    return Point({key: value.plain() for key, value in values.items()}, reduce(joined, parts))


def _mistakes(sweep: Node) -> Iterator[Problem]:
    if isinstance(sweep.value, dict):
        yield from _wrong_keys(sweep)
        for key, values in sweep.value.items():
            yield from _repeated(values, (key,))
    else:
        yield from _repeated(sweep, ())
        for point in sweep.value:
            yield from _wrong_keys(point)


def _wrong_keys(mapping: Node) -> Iterator[Problem]:
    for key, node in mapping.value.items():
        block, *inside = key.split(".")
        above = [other for other in mapping.value if key.startswith(f"{other}.")]
        if block in _FIXED:
            message = f"must be the same in all rows, so that they compare; swept are {', '.join(SWEPT)}"
        elif block not in SWEPT:
            message = str(unknown("key", block, SWEPT))
        elif not all(inside) or len(inside) > DEEPEST:
            message = "must be a dotted key, for example training.lr"
        elif above:
            message = f"is set by {above[0]} too; keep one"
        else:
            continue
        yield Problem(node.key, (key,), message)


def _repeated(values: Node, path: KeyPath) -> Iterator[Problem]:
    plain = values.plain()
    for index, value in enumerate(plain):
        if (first := plain.index(value)) < index:
            message = f"equals value {first + 1} of the list; remove one"
            yield Problem(values.value[index].place, (*path, index), message)

"""From names to classes: the only place that knows how a plugin is found.

Tasks, data sets, samplers, proposals, units and backbones are classes that a distribution announces as entry
points; the built-in ones are announced in the same way as a stranger's. A name such as ``timm:*`` announces
a family: a class whose class method ``of("resnet50")`` gives the class that stands for ``timm:resnet50``, or
raises `stitchkit.errors.InputError` with the closest names.
"""

from functools import cache
from typing import Any, Literal, get_args

import entrypoints
from pydantic import BaseModel, ConfigDict

from stitchkit.errors import InputError, unknown

Kind = Literal["tasks", "datasets", "samplers", "proposals", "units", "backbones"]


class Config(BaseModel):
    """Base of every plugin's options: unknown keys and infinite numbers are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


@cache
def _announced(kind: Kind) -> dict[str, entrypoints.EntryPoint]:
    return dict(entrypoints.get_group_named(f"stitchkit.{kind}"))


def names(kind: Kind) -> list[str]:
    """Names of all installed plugins of a kind, families as ``timm:*``, sorted; imports none of them."""
    return sorted(_announced(kind))


def announced() -> list[tuple[str, str, str]]:
    """Kind, name and distribution of every installed plugin, without importing any of them."""
    return [
        (kind, name, f"{point.distro.name} {point.distro.version}" if point.distro else "")
        for kind in get_args(Kind)
        for name, point in sorted(_announced(kind).items())
    ]


def names_code(name: str) -> bool:
    """Whether a plugin's name names code to import that nobody has installed as a plugin: ``python:...``."""
    return name.startswith("python:")


def find(kind: Kind, name: str) -> Any:
    """The class announced as ``name``, or by a family for it, in the entry-point group ``stitchkit.<kind>``.

    Raises:
        InputError: No such plugin, or it cannot be imported; the message names its distribution.
    """
    if kind not in get_args(Kind):
        raise unknown("kind of plugin", kind, get_args(Kind))
    points = _announced(kind)
    library, _, member = name.partition(":")
    family = points.get(f"{library}:*") if name not in points and member else None
    point = family or points.get(name)
    if point is None or member == "*":
        raise unknown(f"{kind.removesuffix('s')} plugin", name, names(kind))
    try:
        found = point.load()
        return found.of(member) if family else found
    except (ImportError, AttributeError) as error:
        owner = point.distro.name if point.distro else "an unnamed distribution"
        raise InputError(f"{kind} plugin {name!r} of {owner} cannot be loaded: {error}") from error

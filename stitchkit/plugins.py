"""From names to classes: the only place that knows how a plugin is found.

Tasks, data sets, units and backbones are classes that a distribution announces as entry points; the
built-in ones are announced in the same way as a stranger's.
"""

from functools import cache
from typing import Any, Literal, get_args

import entrypoints
from pydantic import BaseModel, ConfigDict

from stitchkit.errors import InputError, unknown

Kind = Literal["tasks", "datasets", "units", "backbones"]


class Config(BaseModel):
    """Base of every plugin's options: unknown keys and infinite numbers are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


@cache
def _announced(kind: Kind) -> dict[str, entrypoints.EntryPoint]:
    return dict(entrypoints.get_group_named(f"stitchkit.{kind}"))


def names(kind: Kind) -> list[str]:
    """Names of all installed plugins of a kind, sorted, without importing any of them."""
    return sorted(_announced(kind))


def announced() -> list[tuple[str, str, str]]:
    """Kind, name and distribution of every installed plugin, without importing any of them."""
    return [
        (kind, name, f"{point.distro.name} {point.distro.version}" if point.distro else "")
        for kind in get_args(Kind)
        for name, point in sorted(_announced(kind).items())
    ]


def find(kind: Kind, name: str) -> Any:
    """The class announced as ``name`` in the entry-point group ``stitchkit.<kind>``.

    Raises:
        InputError: No such plugin, or it cannot be imported; the message names its distribution.
    """
    if kind not in get_args(Kind):
        raise unknown("kind of plugin", kind, get_args(Kind))
    point = _announced(kind).get(name)
    if point is None:
        raise unknown(f"{kind.removesuffix('s')} plugin", name, names(kind))
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        owner = point.distro.name if point.distro else "an unnamed distribution"
        raise InputError(f"{kind} plugin {name!r} of {owner} cannot be loaded: {error}") from error

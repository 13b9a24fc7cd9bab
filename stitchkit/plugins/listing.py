"""Every plugin there is, for people and programs to read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stitchkit.errors import InputError, unknown
from stitchkit.plugins.finding import load, names
from stitchkit.plugins.installed import announcements
from stitchkit.plugins.kinds import KINDS, Kind
from stitchkit.plugins.registered import origin, registered


@dataclass(frozen=True)
class Plugin:
    """One plugin.

    Attributes:
        kind: Of the plugin.
        name: That recipes call it.
        distribution: That announces it; the file of a class that is registered in this process.
        version: Of the distribution; empty where there is none.
        summary: First line of its docstring.
        status: Empty, or ``"broken: "`` and the cause.
    """

    kind: Kind
    name: str
    distribution: str
    version: str
    summary: str = ""
    status: str = ""


def announced(kind: Kind | None = None, *, details: bool = False) -> list[Plugin]:
    """Every plugin, by kind and name; one that two distributions announce is there twice.

    Args:
        kind: This kind alone; None for all.
        details: Import each plugin for its summary and status, which takes seconds. A broken one is listed
            with its cause and stops no other. Otherwise nothing is imported, and both are empty.

    Raises:
        InputError: No such kind.
    """
    if kind is not None and kind not in KINDS:
        raise unknown("kind of plugin", kind, KINDS)
    rows = [row for each in ((kind,) if kind else KINDS) for row in _rows(each)]
    return [_looked_at(row) for row in rows] if details else rows


def _rows(kind: Kind) -> Iterator[Plugin]:
    installed, here = announcements(kind), registered(kind)
    for name in names(kind):
        for announcement in installed.get(name, ()):
            yield Plugin(kind, name, announcement.distribution, announcement.version)
        if name not in installed:
            yield Plugin(kind, name, origin(here[name]), "")


def _looked_at(row: Plugin) -> Plugin:
    try:
        summary, *_ = (load(row.kind, row.name).__doc__ or "").strip().splitlines() or [""]
    except InputError as error:
        return replace(row, status=f"broken: {error}")
    return replace(row, summary=summary)

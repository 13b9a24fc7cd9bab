"""What scripts, notebooks and files register in this process."""

import sys
from typing import Any

from stitchkit.errors import InputError
from stitchkit.plugins.checks import check
from stitchkit.plugins.installed import announcements
from stitchkit.plugins.kinds import Kind, singular

_classes: dict[tuple[Kind, str], type] = {}


def register(kind: Kind, name: str, cls: Any) -> None:
    """Make a class known under a name until the process ends.

    The same class defined anew, as when the cell of a notebook runs again, takes the place of the older one.

    Raises:
        InputError: The class cannot serve (`stitchkit.plugins.checks.check`), or the name is another's.
    """
    check(kind, name, cls, origin(cls))
    older = _classes.get((kind, name))
    if older is not None and _identity(older) != _identity(cls):
        raise taken(kind, name, cls, _described(older))
    package = cls.__module__.partition(".")[0]
    for announcement in announcements(kind).get(name, ()):
        if package != announcement.package or package == "stitchkit":  # which files are loaded into
            raise taken(kind, name, cls, announcement.described)
    _classes[kind, name] = cls


def registered(kind: Kind) -> dict[str, type]:
    """The registered classes of a kind, by name."""
    return {name: cls for (its_kind, name), cls in _classes.items() if its_kind == kind}


def everything() -> dict[tuple[Kind, str], type]:
    """All registered classes, by kind and name: a copy."""
    return dict(_classes)


def forget(module: str) -> None:
    """Take out the classes that a module defined."""
    for place in [place for place, cls in _classes.items() if cls.__module__ == module]:
        del _classes[place]


def origin(cls: Any) -> str:
    """The file that a class is defined in; its module, where there is no file."""
    module = getattr(cls, "__module__", None) or "an unknown module"
    return getattr(sys.modules.get(module), "__file__", None) or module


def taken(kind: Kind, name: str, cls: type, by: str) -> InputError:
    """The error of a class that comes second to a name."""
    return InputError(
        f"{singular(kind)} plugin {name!r} is {by} already; give {_described(cls)} another name"
    )


def _identity(cls: type) -> tuple[str, str]:
    return cls.__module__, cls.__qualname__


def _described(cls: type) -> str:
    return f"{cls.__qualname__} of {origin(cls)}"

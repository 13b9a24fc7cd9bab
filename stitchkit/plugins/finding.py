"""From a name to a class, whether a distribution announces it or a decorator registered it."""

from typing import Any

from stitchkit.errors import InputError, unknown
from stitchkit.plugins.checks import check
from stitchkit.plugins.installed import announcements
from stitchkit.plugins.kinds import KINDS, Kind, singular
from stitchkit.plugins.registered import origin, registered, taken


def names(kind: Kind) -> list[str]:
    """Names of all plugins of a kind, families as ``timm:*``, sorted; imports none of them."""
    return sorted(announcements(kind).keys() | registered(kind).keys())


def find(kind: Kind, name: str) -> Any:
    """The class of a name: announced in the group ``stitchkit.<kind>``, registered, or a family's member.

    Raises:
        InputError: No such plugin, or it cannot be imported or serve; the message names its distribution.
    """
    if kind not in KINDS:
        raise unknown("kind of plugin", kind, KINDS)
    known = names(kind)
    library, _, member = name.partition(":")
    if name in known and member != "*":
        return load(kind, name)
    if member and member != "*" and f"{library}:*" in known:
        return _member(kind, f"{library}:*", member)
    raise unknown(f"{singular(kind)} plugin", name, known)


def load(kind: Kind, name: str) -> Any:
    """The class, or the family, that is known under just this name.

    Raises:
        InputError: It cannot be imported, or serve as what it is announced as, or the name has two owners.
    """
    owners = announcements(kind).get(name, [])
    if not owners:
        return registered(kind)[name]
    if len(owners) > 1:
        both = " and ".join(owner.owner for owner in owners)
        raise InputError(
            f"{singular(kind)} plugin {name!r} is announced by {both}; uninstall all but one of them"
        )
    (announcement,) = owners
    what = f"{singular(kind)} plugin {name!r} of {announcement.owner}"
    try:
        found = announcement.load()
    except (Exception, SystemExit) as error:  # whatever a stranger's code raises
        raise InputError(f"{what} cannot be loaded: {cause(error)}; mend or uninstall it") from error
    check(kind, name, found, announcement.owner)
    ours = registered(kind).get(name)
    if ours not in (None, found):
        raise taken(kind, name, ours, announcement.described)
    return found


def owner(kind: Kind, name: str) -> str:
    """The distribution that announces a name, or the file of the class that is registered under it."""
    owners = announcements(kind).get(name)
    return owners[0].owner if owners else origin(registered(kind)[name])


def cause(error: BaseException) -> str:
    """What went wrong in a plugin's code, in one line."""
    if isinstance(error, InputError):
        return str(error)
    first, *_ = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {first}".removesuffix(": ")


def _member(kind: Kind, family: str, member: str) -> Any:
    of, whose = load(kind, family).of, owner(kind, family)
    try:
        found = of(member)
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        what = f"{singular(kind)} plugin {family!r} of {whose}"
        raise InputError(f"{what} cannot give {member!r}: {cause(error)}; mend or uninstall it") from error
    check(kind, family.replace("*", member), found, whose)
    return found

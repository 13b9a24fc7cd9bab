"""What the installed distributions announce, read without importing any of it."""

import configparser
import os
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

import entrypoints

from stitchkit.errors import InputError
from stitchkit.plugins.kinds import KINDS, Kind, group


@dataclass(frozen=True)
class Announcement:
    """One entry point of a distribution.

    Attributes:
        kind: Of the plugin.
        name: Of the plugin.
        target: What the entry point names, ``"module:Class"``.
        distribution: Name of the distribution.
        version: Of the distribution; empty where it does not say.
    """

    kind: Kind
    name: str
    target: str
    distribution: str
    version: str

    @property
    def owner(self) -> str:
        """The distribution and its version."""
        return f"{self.distribution} {self.version}".rstrip()

    @property
    def described(self) -> str:
        """The target and its owner, for messages."""
        return f"{self.target} of {self.owner}"

    @property
    def package(self) -> str:
        """The package that the target belongs to."""
        return self.target.partition(":")[0].partition(".")[0].strip()

    def load(self) -> Any:
        """Import the target; raises whatever its import raises, and `entrypoints.BadEntryPoint`."""
        return entrypoints.EntryPoint.from_string(self.target, self.name).load()


def announcements(kind: Kind) -> dict[str, list[Announcement]]:
    """By the plugin's name, what announces it: one entry point, unless distributions are at odds.

    Of a distribution that is in several folders of ``sys.path``, the first counts, as for imports.

    Raises:
        InputError: An ``entry_points.txt`` cannot be read.
    """
    found: dict[str, list[Announcement]] = {}
    seen: set[str] = set()
    for folder in sys.path:
        here = _in_folder(os.path.abspath(folder))
        for distribution, theirs in here.items():
            for announcement in theirs if distribution not in seen else ():
                if announcement.kind == kind:
                    found.setdefault(announcement.name, []).append(announcement)
        seen |= here.keys()
    return found


@cache
def _in_folder(folder: str) -> dict[str, list[Announcement]]:
    """What each distribution in a folder announces; those that announce nothing of ours are there, too."""
    found: dict[str, list[Announcement]] = {}
    try:
        for config, distribution in entrypoints.iter_files_distros(path=[folder]):
            found[distribution.name] = [
                Announcement(kind, name, target, distribution.name, distribution.version or "")
                for kind in KINDS
                if config.has_section(group(kind))
                for name, target in config[group(kind)].items()
            ]
    except (configparser.Error, UnicodeDecodeError) as error:
        cause = " ".join(str(error).split())
        raise InputError(
            f"an entry_points.txt in {folder} cannot be read: {cause}; reinstall or remove its distribution"
        ) from error
    return found

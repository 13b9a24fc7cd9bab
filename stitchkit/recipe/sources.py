"""A recipe's file and those of its bases: the recipes that it is laid over, key by key."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stitchkit.errors import InputError
from stitchkit.recipe.document import read_file
from stitchkit.recipe.layers import read_profiles
from stitchkit.recipe.places import Node, Problem, as_error
from stitchkit.recipe.plugin_files import PluginFile, read_plugin_files
from stitchkit.recipe.wording import shown


@dataclass(frozen=True)
class Source:
    """What one file says.

    Attributes:
        path: The file, as messages name it.
        body: Without its base, its profiles and its plugin files.
        profiles: Partial recipes by name.
        plugins: Plugin files.
    """

    path: Path
    body: Node
    profiles: dict[str, Node]
    plugins: list[PluginFile]


def read_sources(path: Path) -> tuple[list[Source], list[Problem]]:
    """A recipe after its bases, the deepest first, and what is wrong in single keys.

    Raises:
        InputError: A file cannot be read as a mapping; or a base is no relative path of a YAML file, or leads
            back to a recipe that is laid over it.
    """
    sources: list[Source] = []
    problems: list[Problem] = []
    base: Node | None = None
    while True:
        try:
            path = path if base is None else _named(base, sources)
            document, found = read_file(path, rank=-len(sources))
        except InputError as error:
            if base is None:
                raise
            raise as_error([*problems, Problem(base.place, ("base",), str(error))]) from None
        problems += found
        if document is None or not isinstance(document.value, dict):
            if document is not None:
                problems.append(Problem(document.place, (), "a recipe must be a mapping"))
            raise as_error(problems)
        apart = ("base", "profiles", "plugins")
        body = {key: node for key, node in document.value.items() if key not in apart}
        profiles, found = read_profiles(document.child("profiles"))
        problems += found
        plugins, found = read_plugin_files(document.child("plugins"), path.parent)
        problems += found
        sources.append(Source(path, Node(body, document.key, document.place), profiles, plugins))
        base = document.child("base")
        if base is None:
            return sources[::-1], problems


def _named(base: Node, sources: Sequence[Source]) -> Path:
    """The file that the last of the sources names as its base."""
    name = base.value
    if not isinstance(name, str):
        raise InputError(f"must be the path of a recipe, but got {shown(name)}")
    if os.path.isabs(name) or not name.endswith((".yaml", ".yml")) or not name.isprintable():
        raise InputError(
            f"must be the path of a .yaml file, relative to this recipe's folder, but got {shown(name)}"
        )
    path = sources[-1].path.parent / name
    real = os.path.realpath(path)
    if any(os.path.realpath(source.path) == real for source in sources):
        raise InputError(f"leads back to {shown(name)}; a recipe cannot be its own base")
    tidy = Path(os.path.normpath(path))
    return tidy if os.path.realpath(tidy) == real else path  # not the same where a folder is a link

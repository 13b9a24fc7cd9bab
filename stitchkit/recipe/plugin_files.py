"""Plugin files that a recipe names. They are code, which runs only where the recipe's reader allows it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stitchkit.errors import InputError
from stitchkit.plugins import load_file
from stitchkit.recipe.places import Node, Problem
from stitchkit.recipe.wording import shown

RUNS = "is code that would run here, not data; read it, then allow it with --trust"


@dataclass(frozen=True)
class PluginFile:
    """A Python file under a recipe's key ``plugins``.

    Attributes:
        node: As it is written, from the recipe's folder.
        path: Where that is.
    """

    node: Node
    path: Path


def read_plugin_files(node: Node | None, folder: Path) -> tuple[list[PluginFile], list[Problem]]:
    """The files that stand under the key ``plugins`` of a recipe in ``folder``, and what is wrong there."""
    if node is None or node.value is None:
        return [], []
    if not isinstance(node.value, list):
        return [], [
            Problem(node.place, ("plugins",), f"must be a list of Python files, but got {shown(node.value)}")
        ]
    files, problems = [], []
    for index, item in enumerate(node.value):
        if isinstance(item.value, str) and item.value.endswith(".py"):
            files.append(PluginFile(item, (folder / item.value).resolve()))
        else:
            message = f"must be a .py file, named from this recipe's folder, but got {shown(item.value)}"
            problems.append(Problem(item.place, ("plugins", index), message))
    return files, problems


def run_plugin_files(files: Sequence[PluginFile], trust: bool) -> list[Problem]:
    """Load the files, if they are trusted; what keeps their plugins from being there."""
    problems = []
    for file in files:
        if not trust:
            problems.append(Problem(file.node.place, ("plugins",), f"{shown(file.node.value)} {RUNS}"))
            continue
        try:
            load_file(file.path)
        except InputError as error:
            problems.append(Problem(file.node.place, ("plugins",), str(error)))
    return problems


def with_plugin_files(body: Node, files: Sequence[PluginFile]) -> Node:
    """The deepest base of a recipe with the files that it, and all that is laid over it, name."""
    if not files:
        return body
    once = {file.path: replace(file.node, value=str(file.path)) for file in files}
    place = files[0].node.place
    return replace(body, value={**body.value, "plugins": Node(list(once.values()), place, place)})

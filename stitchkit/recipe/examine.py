"""From nodes to a checked recipe, or to everything that is wrong with it."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from stitchkit.errors import InputError
from stitchkit.plugins import names_code
from stitchkit.recipe.outline import keys, plugin_blocks
from stitchkit.recipe.places import KeyPath, Node, Problem
from stitchkit.recipe.rules import broken_rules
from stitchkit.recipe.schema import Recipe
from stitchkit.recipe.wording import in_words, shown

_RUNS = "is code that would run here, not data; read it, then allow it with --trust"


def examine(
    tree: Node, *, need_plugins: bool = True, trust: bool = False
) -> tuple[Recipe | None, list[Problem]]:
    """The recipe, or None; and what is wrong with its keys, its plugins' options or its parts together.

    Args:
        tree: A whole recipe, with its profile and overrides.
        need_plugins: Whether a plugin that is not installed is a problem; else its options go unchecked.
        trust: Whether code that the recipe names may be imported; else it is a problem like a missing plugin.
    """
    recipe: Recipe | None = None
    problems: list[Problem] = []
    data = tree.plain()
    try:
        recipe = Recipe.model_validate(data)
    except ValidationError as error:
        problems += in_words(error, tree, (), Recipe, also=["profiles"])
    for path, node, block in plugin_blocks(tree):
        problems += _options(tree, path, node, block, need_plugins, trust)
    for path, message in broken_rules(data if isinstance(data, dict) else {}):
        _, node = tree.follow(path)
        problems.append(Problem(node.key, path, message))
    return (None if problems else recipe), problems


def _options(
    tree: Node, path: KeyPath, node: Node, block: Any, need_plugins: bool, trust: bool
) -> Iterator[Problem]:
    own = keys(block)
    values = {key: value for key, value in node.plain().items() if key == "type" or key not in own}
    try:
        whole = block.model_validate(values)
    except ValidationError:  # no usable type: the schema's own check says so
        return
    found, at = tree.follow((*path, "type"))
    if names_code(whole.type) and not trust:
        if need_plugins:
            yield Problem(at.place, found, f"{shown(whole.type)} {_RUNS}")
        return
    try:
        config = whole.config()
    except InputError as error:
        if need_plugins:
            yield Problem(at.place, found, str(error))
        return
    try:
        whole.options()
    except ValidationError as error:
        yield from in_words(error, tree, path, config, also=own)

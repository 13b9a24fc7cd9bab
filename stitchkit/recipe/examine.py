"""From nodes to a checked recipe, or to everything that is wrong with it."""

from typing import Any

from pydantic import ValidationError

from stitchkit.errors import InputError
from stitchkit.plugins import names_code
from stitchkit.recipe.outline import keys, plugin_blocks, plugin_type
from stitchkit.recipe.places import KeyPath, Node, Problem
from stitchkit.recipe.plugin_files import RUNS
from stitchkit.recipe.rules import broken_rules
from stitchkit.recipe.schema import MethodBlock, PluginBlock, Recipe
from stitchkit.recipe.taken_out import without_taken_out
from stitchkit.recipe.wording import in_words, shown


def examine(
    tree: Node, *, need_plugins: bool = True, trust: bool = False
) -> tuple[Recipe | None, list[Problem]]:
    """The recipe, or None; and what is wrong with its keys, its plugins' options or its parts together.

    Args:
        tree: A whole recipe, with its bases, profile and overrides; its sweep is one value among others.
        need_plugins: Whether a plugin that is not installed is a problem; else its options go unchecked.
        trust: Whether code that the recipe names may be imported; else it is a problem like a missing plugin.
    """
    recipe: Recipe | None = None
    problems: list[Problem] = []
    tree = without_taken_out(tree)
    data = tree.plain()
    try:
        recipe = Recipe.model_validate(data)
    except ValidationError as error:
        problems += in_words(error, tree, (), Recipe, also=["base", "profiles"])
    valid: dict[KeyPath, PluginBlock] = {}
    for path, node, schema in plugin_blocks(tree):
        block, found = _checked(tree, path, node, schema, need_plugins, trust)
        problems += found
        if block is not None:
            valid[path] = block
    methods = {
        str(path[-1]): block.method()
        for path, block in valid.items()
        if isinstance(block, MethodBlock)
        and not any(problem.path[: len(path)] == path for problem in problems)  # in a unit's options, say
    }
    for path, message in broken_rules(data if isinstance(data, dict) else {}, methods):
        _, node = tree.follow(path)
        problems.append(Problem(node.key, path, message))
    return (None if problems else recipe), problems


def _checked(
    tree: Node, path: KeyPath, node: Node, schema: type[PluginBlock], need_plugins: bool, trust: bool
) -> tuple[PluginBlock | None, list[Problem]]:
    """A plugin's block, or None where its options are not known to be valid; and what is wrong with them."""
    own = keys(schema)
    options = {key: value for key, value in node.plain().items() if key not in own}
    try:
        block = schema.model_validate({"type": plugin_type(schema, node, path), **options})
    except ValidationError:  # no usable type: the schema's own check says so
        return None, []
    given = node.child("type")
    place = given.place if given else node.key
    found = (*path, "type") if given else path
    if names_code(block.type) and not trust:
        return None, [Problem(place, found, f"{shown(block.type)} {RUNS}")] if need_plugins else []
    try:
        config: Any = block.config()
    except InputError as error:
        return None, [Problem(place, found, str(error))] if need_plugins else []
    try:
        block.options()
    except ValidationError as error:
        return None, list(in_words(error, tree, path, config, also=own))
    return block, []

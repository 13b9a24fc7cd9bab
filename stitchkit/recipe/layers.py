"""Profiles and overrides: partial recipes that are laid over the recipe of the file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from stitchkit.recipe.document import read_text
from stitchkit.recipe.outline import below
from stitchkit.recipe.places import KeyPath, Node, Place, Problem
from stitchkit.recipe.schema import PluginBlock, Recipe

HARMLESS = frozenset(
    {
        "title",
        "seeds",
        "data.root",
        "backbone.weights",
        "training.workers",
        "training.cache",
        "training.checkpoint_every",
        "training.log_every",
        "evaluation.batch",
        "evaluation.pictures",
    }
)
"""Keys that may be overridden without changing what published figures depend on (a null is not harmless)."""


def lay_over(base: Node, top: Node, path: KeyPath = ()) -> Node:
    """``top`` over ``base``, mapping by mapping; anything else, lists too, is replaced whole.

    A plugin's block whose ``type`` changes starts afresh: options of the other plugin do not leak into it.
    """
    if not (isinstance(base.value, dict) and isinstance(top.value, dict)):
        return top
    if "type" in top.value and _changes_plugin(base, top, below(Recipe, path)):
        return top
    merged = dict(base.value)
    for key, node in top.value.items():
        merged[key] = lay_over(merged[key], node, (*path, key)) if key in merged else node
    return replace(base, value=merged)


def _changes_plugin(base: Node, top: Node, block: Any) -> bool:
    if not (isinstance(block, type) and issubclass(block, PluginBlock)):
        return False
    before = base.value["type"].value if "type" in base.value else block.model_fields["type"].default
    return before != top.value["type"].value


def read_profiles(node: Node | None) -> tuple[dict[str, Node], list[Problem]]:
    """The partial recipe of each profile under the key ``profiles``, its places marked as the profile's."""
    if node is None or node.value is None:
        return {}, []
    if not isinstance(node.value, dict):
        return {}, [Problem(node.place, ("profiles",), "must be a mapping from names to partial recipes")]
    profiles, problems = {}, []
    for name, part in node.value.items():
        if name == "default":
            message = "the recipe itself is the default profile; rename this one"
            problems.append(Problem(part.key, ("profiles", name), message))
        elif not re.fullmatch(r"\w[\w-]*", str(name), flags=re.ASCII):
            message = f"a profile names a folder: letters, digits, _ and -, but got {str(name)!r}"
            problems.append(Problem(part.key, ("profiles", name), message))
        elif not isinstance(part.value, dict | None):
            problems.append(Problem(part.place, ("profiles", name), "must be a partial recipe"))
        else:
            profiles[name] = _marked(part if part.value else replace(part, value={}), name)
    return profiles, problems


def _marked(node: Node, profile: str) -> Node:
    value = node.value
    if isinstance(value, dict):
        value = {key: _marked(child, profile) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_marked(child, profile) for child in value]
    return Node(value, replace(node.key, profile=profile), replace(node.place, profile=profile))


def read_overrides(words: Sequence[str]) -> tuple[Node | None, list[Problem]]:
    """One partial recipe from ``key=value`` words, later ones over earlier ones; None if there are none.

    Keys are dotted paths such as ``training.lr``; values are YAML: ``1e-3``, ``[0, 1]``, ``null``.
    """
    parts, problems = [], []
    for index, word in enumerate(words):
        place = Place(1 + index, 0, 0, f"override {word!r}")
        key, equals, text = word.partition("=")
        path = tuple(part.strip() for part in key.split("."))
        if not (equals and all(path)):
            problems.append(Problem(place, (), "must be key=value, for example training.lr=0.01"))
            continue
        if path[0] == "profiles":
            problems.append(Problem(place, path, "a profile is chosen, not overridden; override its keys"))
            continue
        if not text.strip():
            problems.append(Problem(place, path, 'has no value; write null or ""'))
            continue
        value, found = read_text(text, lambda line, column, place=place: place)  # type: ignore[misc]
        problems += [replace(problem, path=path + problem.path) for problem in found]
        if value is not None:
            for name in reversed(path):
                value = Node({name: value}, place, place)
            parts.append(value)
    return (reduce(_joined, parts) if parts else None), problems


def _joined(first: Node, second: Node) -> Node:
    """Two partial recipes as one; unlike `lay_over`, naming a type does not discard options named before."""
    if not (isinstance(first.value, dict) and isinstance(second.value, dict)):
        return second
    merged = dict(first.value)
    for key, node in second.value.items():
        merged[key] = _joined(merged[key], node) if key in merged else node
    return replace(first, value=merged)


def changes_protocol(overrides: Node | None) -> bool:
    """Whether overrides touch anything outside `HARMLESS`."""
    return overrides is not None and any(
        value is None or ".".join(map(str, path)) not in HARMLESS for path, value in _leaves(overrides)
    )


def _leaves(node: Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from _leaves(child, (*path, key))
    else:
        yield path, node.value

"""Bases, profiles and overrides: recipes and parts of recipes that are laid over one another."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from stitchkit.recipe.document import read_text
from stitchkit.recipe.outline import inside, is_plugin_block, plugin_type
from stitchkit.recipe.places import KeyPath, Node, Place, Problem, within
from stitchkit.recipe.schema import Recipe

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
        "training.track",
        "evaluation.batch",
        "evaluation.pictures",
        "evaluation.resamples",
    }
)
"""Keys that may be overridden without changing what published figures depend on (a null is not harmless)."""

_NOT_OVERRIDDEN = {
    "base": "a base is named in a recipe's file, not overridden; override its keys",
    "profiles": "a profile is chosen, not overridden; override its keys",
    "plugins": "plugin files are named in a recipe's file, not overridden; name others with --plugin",
}


def lay_over(base: Node, top: Node, path: KeyPath = (), block: Any = Recipe) -> Node:
    """``top`` over ``base``, mapping by mapping; anything else, lists and sweeps too, is replaced whole.

    A plugin's block whose ``type`` changes starts afresh: options of the other plugin do not leak into it.
    Keys keep the order of ``base``, because methods are rows and tasks the axes of alpha.

    Args:
        base: A recipe, or a mapping in it at ``path``.
        top: A partial recipe, or a mapping in it there.
        path: From the top of the recipe.
        block: What the schema says of that path.
    """
    if "type" in top.value and is_plugin_block(block):
        before, after = (plugin_type(block, node, path) for node in (base, top))
        if before != after:
            return top
    merged = dict(base.value)
    for key, node in top.value.items():
        at = (*path, key)
        if key in merged and _mappings(merged[key], node) and at != ("sweep",):
            node = lay_over(merged[key], node, at, inside(block, base, path, key))
        merged[key] = node
    return replace(base, value={key: merged[key] for key in _order(base.value, top.value)})


def _order(base: Mapping[str, Node], top: Mapping[str, Node]) -> Iterator[str]:
    """Keys of both in the order of ``base``; new ones stand after the key that they come after in ``top``."""
    new: dict[str | None, list[str]] = {None: []}  # by that key; None: before the next key instead
    beside = None
    for key in top:
        if key in base:
            beside = key
        else:
            new.setdefault(beside, []).append(key)
    first = next((key for key in top if key in base), None)
    for key in base:
        yield from new[None] if key == first else ()
        yield key
        yield from new.get(key, ())
    yield from new[None] if first is None else ()


def _mappings(*nodes: Node) -> bool:
    return all(isinstance(node.value, dict) for node in nodes)


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
            part = replace(part, value=part.value or {}).marked(profile=name)
            for key in part.value.keys() & _NOT_OVERRIDDEN:
                message = "stands at the top of a recipe, not in a profile"
                problems.append(Problem(part.value.pop(key).key, (key,), message))
            profiles[name] = part
    return profiles, problems


def read_overrides(words: Sequence[str]) -> tuple[Node | None, list[Problem]]:
    """One partial recipe from ``key=value`` words, later ones over earlier ones; None if there are none.

    Keys are dotted paths such as ``training.lr``; values are YAML: ``1e-3``, ``[0, 1]``, ``null``. What
    follows ``sweep.`` is one key of the sweep: ``sweep.training.lr=[0.1, 0.01]``.
    """
    parts, problems = [], []
    for index, word in enumerate(words):
        place = Place(1 + index, 0, 0, f"override {word!r}")
        key, equals, text = word.partition("=")
        path = tuple(part.strip() for part in key.split("."))
        if not (equals and all(path)):
            problems.append(Problem(place, (), "must be key=value, for example training.lr=0.01"))
            continue
        if path[0] in _NOT_OVERRIDDEN:
            problems.append(Problem(place, path, _NOT_OVERRIDDEN[path[0]]))
            continue
        if path[0] == "sweep" and len(path) > 1:
            path = ("sweep", ".".join(path[1:]))  # whose keys are dotted themselves
        if not text.strip():
            problems.append(Problem(place, path, 'has no value; write null or ""'))
            continue
        value, found = read_text(text, lambda line, column, place=place: place)  # type: ignore[misc]
        problems += [replace(problem, path=path + problem.path) for problem in found]
        if value is not None:
            parts.append(within(path, value))
    return (reduce(joined, parts) if parts else None), problems


def joined(first: Node, second: Node) -> Node:
    """Two partial recipes as one; unlike `lay_over`, naming a type does not discard options named before."""
    if not _mappings(first, second):
        return second
    merged = dict(first.value)
    for key, node in second.value.items():
        merged[key] = joined(merged[key], node) if key in merged else node
    return replace(first, value=merged)


def changes_protocol(overrides: Node | None) -> bool:
    """Whether overrides touch anything outside `HARMLESS`."""
    return overrides is not None and any(
        value is None or ".".join(map(str, path)) not in HARMLESS for path, value in _leaves(overrides)
    )


def _leaves(node: Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(node.value, dict) and node.value:
        for key, child in node.value.items():
            yield from _leaves(child, (*path, key))
    else:
        yield path, node.value

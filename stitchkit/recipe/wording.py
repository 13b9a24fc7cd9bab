"""What pydantic found wrong, in plain words and in its place."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from stitchkit.errors import unknown
from stitchkit.recipe.outline import below, keys
from stitchkit.recipe.places import KeyPath, Node, Problem

_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": "text",
    "path": "a path",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "dict": "a mapping",
    "model": "a mapping",
    "none": "null",
}


def in_words(
    error: ValidationError, tree: Node, path: KeyPath, annotation: Any, also: Iterable[str] = ()
) -> Iterator[Problem]:
    """Each problem of a validation error, in plain words.

    Args:
        error: Of validating what stands at ``path`` in ``tree``.
        tree: The recipe.
        path: To the block that was validated.
        annotation: What it was validated as.
        also: Further keys that may stand in that block.
    """
    wanted: dict[KeyPath, list[str]] = {}  # members of a union are reported one by one for the same value
    mistakes: list[KeyPath] = []  # other than a wrong type
    for detail in error.errors(include_url=False):
        found, node = tree.follow((*path, *detail["loc"]))
        if detail["msg"].startswith("Input should be ") or detail["type"] == "path_type":
            wanted.setdefault(found, []).append(_wanted(detail["type"], detail["msg"]))
            continue
        mistakes.append(found)
        if detail["type"] == "extra_forbidden":
            inside = found[:-1]
            valid = [*keys(below(annotation, inside[len(path) :])), *(also if inside == path else ())]
            yield Problem(node.key, found, str(unknown("key", found[-1], valid)))
        elif detail["type"] == "missing":
            yield Problem(node.key, found, f"missing {_quoted(detail['loc'][-1])}")
        elif detail["loc"][-1:] == ("[key]",):
            yield Problem(node.key, found, _sentence(detail, node))
        else:
            yield Problem(node.place, found, _sentence(detail, node))
    for found, words in wanted.items():
        deeper = [other for other in wanted if other != found]
        if any(other[: len(found)] == found for other in (*deeper, *mistakes)):
            continue  # the value is of one of the right types, with a mistake inside
        node = tree.follow(found)[1]
        yield Problem(node.place, found, f"must be {_either(words)}, but got {shown(node.value)}")


def shown(value: Any) -> str:
    """A value as a recipe would hold it, cut short where it is long."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:56]}...{text[-1]}"


def _wanted(kind: str, message: str) -> str:
    phrase = message.removeprefix("Input should be ").replace("greater than or equal to", "at least")
    phrase = phrase.replace("less than or equal to", "at most").replace("greater than", "more than")
    return _TYPES.get(kind.split("_")[0], phrase)


def _sentence(detail: Any, node: Node) -> str:
    if "error" in detail.get("ctx", {}):
        return str(detail["ctx"]["error"])  # of a validator, which speaks for itself
    if detail["type"] in ("too_short", "too_long"):
        short = detail["type"] == "too_short"
        limit = f"least {detail['ctx']['min_length']}" if short else f"most {detail['ctx']['max_length']}"
        return f"must hold at {limit}, but holds {detail['ctx']['actual_length']}"
    phrase, count = re.subn(r"^\w+ should ", "must ", detail["msg"])
    return f"{phrase}, but got {shown(node.value)}" if count else phrase


def _either(words: list[str]) -> str:
    return " or ".join(dict.fromkeys(words))


def _quoted(key: str | int) -> str:
    return f"value {key + 1} of the list" if isinstance(key, int) else f"key {key!r}"

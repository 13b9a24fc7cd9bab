"""Type annotations in the words of recipes and of messages: what may stand under a key."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Interval, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from stitchkit.plugins.kinds import singular
from stitchkit.recipe.schema import Block, PluginBlock

_NOUNS = {str: "text", bool: "true or false", int: "whole number", float: "number", Path: "path"}
_PLURALS = {int: "whole numbers", float: "numbers", Path: "paths", str: "texts"}
_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def plain(annotation: Any, *, many: bool = False) -> str:
    """What may stand in a recipe where something is annotated so: ``"number from 0 to 1"``.

    Args:
        annotation: A type, with pydantic's constraints.
        many: In the plural, as entries of a list.
    """
    limits: dict[str, float] = {}
    if get_origin(annotation) is Annotated:
        annotation, *metadata = get_args(annotation)
        limits = dict(_limits(metadata))
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Literal, Union, UnionType):
        return _either(_alternatives(annotation, many))
    if origin in (list, tuple):
        return f"lists{_entries(origin, inside)}" if many else f"list{_entries(origin, inside)}"
    if origin is dict:
        return f"mapping{'s' * many} of names to {plain(inside[1], many=True)}"
    if isinstance(annotation, type) and issubclass(annotation, PluginBlock):
        return f"mapping{'s' * many} with the `type` of a {singular(annotation.kind)} and its options"
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return f"mapping{'s' * many}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        names = " and ".join(f"`{name}`" for name in annotation.model_fields)
        return f"mapping{'s' * many} with {names}"
    if annotation in (None, NoneType):
        return "`null`"
    if annotation is Any:
        return "anything"
    known = _PLURALS if many and annotation in _PLURALS else _NOUNS
    return f"{known.get(annotation, getattr(annotation, '__name__', str(annotation)))}{_within(limits)}"


def _alternatives(annotation: Any, many: bool) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (f"`{value}`" for value in get_args(annotation))
    elif get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _alternatives(member, many)
    else:
        yield plain(annotation, many=many)


def _entries(origin: type, inside: tuple[Any, ...]) -> str:
    if not inside:
        return ""
    if origin is list or inside[-1] is Ellipsis:
        return f" of {plain(inside[0], many=True)}"
    if len(set(inside)) == 1:
        return f" of {len(inside)} {plain(inside[0], many=True)}"
    return f" of {len(inside)}: {', then '.join(map(plain, inside))}"


def _limits(metadata: Iterable[Any]) -> Iterator[tuple[str, float]]:
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from _limits(item.metadata)
        elif isinstance(item, Interval | Ge | Gt | Le | Lt):
            yield from ((name, at) for name in _LIMITS if (at := getattr(item, name, None)) is not None)


def _within(limits: dict[str, float]) -> str:
    if limits.keys() == {"ge", "le"}:
        return f" from {_number(limits['ge'])} to {_number(limits['le'])}"
    return " and".join(f" {_LIMITS[name]} {_number(limit)}" for name, limit in limits.items())


def _number(value: float) -> str:
    return f"{value:,}".removesuffix(".0")


def _either(words: Iterable[str]) -> str:
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} or {last}" if first else last

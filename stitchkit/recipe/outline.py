"""What the schema says about a path: which keys may stand there, and where plugins take over."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from stitchkit.recipe.places import KeyPath, Node
from stitchkit.recipe.schema import PluginBlock, Recipe


def below(annotation: Any, path: KeyPath) -> Any:
    """The annotation of what stands at a path below something annotated; None where nothing is known."""
    for key in path:
        annotation = _bare(annotation)
        if _is_model(annotation):
            fields = {field.alias or name: field for name, field in annotation.model_fields.items()}
            field = fields.get(str(key)) or annotation.model_fields.get(str(key))
            annotation = field.annotation if field else None
        else:
            annotation = get_args(annotation)[1] if get_origin(annotation) is dict else None
    return _bare(annotation)


def keys(annotation: Any) -> list[str]:
    """The keys that may stand in a block; empty where any may."""
    if not _is_model(annotation):
        return []
    return [field.alias or name for name, field in annotation.model_fields.items()]


def plugin_blocks(
    node: Node, annotation: Any = Recipe, path: KeyPath = ()
) -> Iterator[tuple[KeyPath, Node, Any]]:
    """Path, node and schema class of every mapping that a plugin fills."""
    annotation = _bare(annotation)
    if not isinstance(node.value, dict):
        return
    if _is_model(annotation) and issubclass(annotation, PluginBlock):
        yield path, node, annotation
        return
    for key, child in node.value.items():
        yield from plugin_blocks(child, below(annotation, (key,)), (*path, key))


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _bare(annotation: Any) -> Any:
    """Without ``Annotated`` and ``| None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        return _bare(members[0]) if len(members) == 1 else annotation
    return annotation

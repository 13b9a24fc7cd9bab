"""What the schema says about a path: which keys may stand there, and where plugins take over."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel

from stitchkit.errors import InputError
from stitchkit.plugins import names_code
from stitchkit.recipe.places import KeyPath, Node
from stitchkit.recipe.schema import MethodBlock, PluginBlock, Recipe


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


def is_plugin_block(annotation: Any) -> TypeGuard[type[PluginBlock]]:
    """Whether a plugin fills what is annotated so."""
    return _is_model(annotation) and issubclass(annotation, PluginBlock)


def plugin_type(block: type[PluginBlock], node: Node, path: KeyPath) -> Any:
    """What names a block's plugin: ``type``; without one, a method's key or what the schema has, or None."""
    if (given := node.child("type")) is not None:
        return given.value
    if issubclass(block, MethodBlock):
        return path[-1]
    field = block.model_fields["type"]
    return None if field.is_required() else field.default


def inside(annotation: Any, node: Node, path: KeyPath, key: str) -> Any:
    """The annotation of what stands under a key of ``node``, a plugin's own options included."""
    if is_plugin_block(annotation) and key not in annotation.model_fields:
        name = plugin_type(annotation, node, path)
        if not isinstance(name, str) or names_code(name):
            return None
        try:
            annotation = annotation.model_construct(type=name).config()
        except InputError:  # not installed
            return None
    return below(annotation, (key,))


def plugin_blocks(
    node: Node, annotation: Any = Recipe, path: KeyPath = ()
) -> Iterator[tuple[KeyPath, Node, type[PluginBlock]]]:
    """Path, node and schema class of every mapping that a plugin fills, in the options of others too."""
    if not isinstance(node.value, dict):
        return
    if is_plugin_block(annotation):
        yield path, node, annotation
    for key, child in node.value.items():
        if isinstance(child.value, dict):
            yield from plugin_blocks(child, inside(annotation, node, path, key), (*path, key))


def _is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _bare(annotation: Any) -> Any:
    """Without ``Annotated`` and ``| None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        return _bare(members[0]) if len(members) == 1 else annotation
    return annotation

"""What each key of a recipe, or each option of a plugin, is and means: read where its author wrote it.

That is ``Field(description=...)``, or the docstring's ``Attributes:``, or a comment on the lines of the field
or just above them.
"""

import ast
import inspect
import io
import json
import re
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from stitchkit.recipe.outline import below, keys
from stitchkit.recipe.places import KeyPath
from stitchkit.recipe.plain_types import plain
from stitchkit.recipe.schema import Block

_FOR_PROGRAMS = re.compile(r"type:|noqa|fmt:|pragma")  # comments that say nothing of the field
_SECTION = re.compile(r"^(?=[A-Z][A-Za-z ]*:$)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        name: As a recipe writes it.
        type: What may stand there, in plain words; code in backticks.
        default: As a recipe would write it; None where the key is required.
        meaning: In its author's words; empty where the source says nothing. Code in backticks.
    """

    name: str
    type: str
    default: str | None
    meaning: str


def described(model: type[BaseModel]) -> list[Key]:
    """The keys of a block or of a plugin's options, in the order of the source."""
    said = _meanings(model)
    return [
        Key(field.alias or name, plain(field.rebuild_annotation()), _default(field), said.get(name, ""))
        for name, field in model.model_fields.items()
    ]


def summary(cls: type) -> str:
    """The docstring of a class down to its first section, code in single backticks; empty without one."""
    text, *_ = _SECTION.split(inspect.cleandoc(vars(cls).get("__doc__") or ""))
    return _plain_code(text.strip())


def blocks(block: type[BaseModel]) -> Iterator[tuple[KeyPath, type[Block]]]:
    """The blocks in a block of a recipe: ``("training",)``, or ``("tasks", "NAME")`` for any name."""
    for key in keys(block):
        for path in ((key,), (key, "NAME")):
            if _is_block(inside := below(block, path)):
                yield path, inside


def _is_block(annotation: Any) -> TypeGuard[type[Block]]:
    return isinstance(annotation, type) and issubclass(annotation, Block)


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """By the name of the field; fields of which nothing is said are not there."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, BaseModel) and vars(cls).get("__annotations__"):
            found |= dict(_in_comments(cls)) | _in_docstring(cls)
    for name, field in model.model_fields.items():
        if field.description:
            found[name] = field.description
        elif name not in found and _is_block(inside := below(model, (name,))):
            found[name], *_ = summary(inside).split("\n\n")
    return {name: _sentence(said) for name, said in found.items()}


def _in_docstring(cls: type) -> dict[str, str]:
    sections = _SECTION.split(inspect.cleandoc(vars(cls).get("__doc__") or ""))
    text = next((section for section in sections if section.startswith("Attributes:")), "")
    return {name: " ".join(words.split()) for name, words in _ATTRIBUTE.findall(text)}


def _in_comments(cls: type) -> Iterator[tuple[str, str]]:
    try:
        source = textwrap.dedent(inspect.getsource(cls))
    except (OSError, TypeError):  # defined where there is no file
        return
    comments = {
        token.start[0]: words
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and not _FOR_PROGRAMS.match(words := token.string.lstrip("# "))
    }
    alone = {number for number, line in enumerate(source.splitlines(), 1) if line.lstrip().startswith("#")}
    for field in ast.parse(source).body[0].body:  # type: ignore[attr-defined]
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            first = last = field.lineno
            while first - 1 in alone:
                first -= 1
            lines = range(first, (field.end_lineno or last) + 1)
            if said := " ".join(comments[line] for line in lines if line in comments):
                yield field.target.id, said


def _default(field: FieldInfo) -> str | None:
    if field.is_required():
        return None
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        value = {"type": value.type} if hasattr(value, "type") else {}
    return _yaml(to_jsonable_python(value))


def _yaml(value: Any) -> str:
    """On one line, as a recipe would hold it."""
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    return json.dumps(value)


def _sentence(said: str) -> str:
    said = _plain_code(said.strip())
    first, *_ = said.split()
    if first.strip(",;:.").isalpha():  # not the name of a file or a key
        said = said[0].upper() + said[1:]
    return said if said[-1] in ".!?" else f"{said}."


def _plain_code(text: str) -> str:
    """Docstrings have code in double backticks and names in single ones: to a reader both are code."""
    return text.replace("``", "`")

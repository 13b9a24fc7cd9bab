"""What a class must be to serve as a plugin, found out before anything runs."""

import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import PydanticSchemaGenerationError, PydanticUserError, TypeAdapter

from stitchkit.errors import InputError
from stitchkit.plugins.config import Config
from stitchkit.plugins.kinds import BASES, RECIPE_KEYS, Kind, base_of, singular
from stitchkit.plugins.signatures import misfits


def check(kind: Kind, name: str, plugin: Any, owner: str) -> None:
    """Check a class, or a family of classes where the name ends with ``:*``.

    Args:
        kind: What it is to serve as.
        name: What recipes call it.
        plugin: The class.
        owner: The distribution or the file that it comes from.

    Raises:
        InputError: It cannot serve; the message names the plugin, its owner and all that is wrong.
    """
    if not isinstance(plugin, type):
        problems: tuple[str, ...] = (f"must be a class derived from {BASES[kind]}, but is {plugin!r:.80}",)
    elif name.endswith(":*"):
        problems = tuple(_of_family(plugin))
    else:
        problems = _of_class(kind, plugin)
    if problems:
        raise InputError(f"{singular(kind)} plugin {name!r} of {owner}: {'; '.join(problems)}")


@cache  # a recipe asks for its plugins often
def _of_class(kind: Kind, cls: type) -> tuple[str, ...]:
    base = base_of(kind)
    if not issubclass(cls, base):
        return (f"{cls.__name__} must be derived from {BASES[kind]}",)
    problems: list[str] = []
    if lacks := getattr(cls, "__abstractmethods__", None):
        problems.append(f"{cls.__name__} lacks {', '.join(sorted(lacks))}, which {BASES[kind]} asks for")
    problems += misfits(cls, base)
    problems += _of_options(kind, cls if kind == "units" else getattr(cls, "Config", None))
    if kind == "tasks":
        problems += _of_task(cls, base)
    if kind == "methods":
        problems += _of_method(cls)
    return tuple(problems)


def _of_family(family: type) -> Iterator[str]:
    of = getattr(family, "of", None)
    if not callable(of):
        yield f"{family.__name__} lacks of(name), a class method that gives the class of one member"
        return
    try:
        inspect.signature(of).bind("member")
    except TypeError:
        yield "of must be a class method that takes (name)"


def _of_options(kind: Kind, config: Any) -> Iterator[str]:
    if not (isinstance(config, type) and issubclass(config, Config)):
        yield f"Config must be a class derived from stitchkit.plugins.Config, but is {config!r:.80}"
        return
    try:
        config.model_rebuild()
    except (NameError, PydanticUserError) as error:
        cause = str(error).splitlines()[0]
        yield f"{config.__name__} has an annotation that does not resolve ({cause}); define it above"
        return
    for name, field in config.model_fields.items():
        if (field.alias or name) in RECIPE_KEYS.get(kind, ("type",)):
            yield f"option {field.alias or name!r} means something else in a recipe; give it another name"
        if config.model_config.get("arbitrary_types_allowed") and not _is_data(field.rebuild_annotation()):
            yield f"option {name!r} must be annotated with what a recipe can write, but is {field.annotation}"


def _is_data(annotation: Any) -> bool:
    try:
        TypeAdapter(annotation)
    except PydanticSchemaGenerationError:
        return False
    return True


def _of_task(cls: Any, base: Any) -> Iterator[str]:
    if "target" not in getattr(cls.Config, "model_fields", ()):
        yield "Config must have a field target, the key of the ground truth in samples"
    figures = inspect.getattr_static(cls, "metrics_info", None)
    if isinstance(figures, property) or (figures is None and cls.__init__ is not base.__init__):
        return  # they depend on the options, so that only a task made with them can tell
    metric = import_module(base.__module__).Metric
    if not (isinstance(figures, tuple) and figures and all(isinstance(figure, metric) for figure in figures)):
        yield f"metrics_info must be a tuple of one stitchkit.tasks.Metric or more, but is {figures!r:.80}"
    elif len(names := [figure.name for figure in figures]) > len(set(names)):
        yield f"metrics_info must have distinct names, but has {', '.join(names)}"


def _of_method(cls: type) -> Iterator[str]:
    label = inspect.getattr_static(cls, "label", None)
    if not (isinstance(label, property) or (isinstance(label, str) and label)):
        yield f"label must be a text, what tables call the method, but is {label!r:.80}"

"""Whether a class can be used as its base class says."""

import inspect
from collections.abc import Iterator
from types import FunctionType
from typing import Any


def misfits(cls: type, base: type) -> Iterator[str]:
    """What in a class cannot be used as the methods and properties of its base class are.

    A method must take what the base's takes, by position; the names may be others, and it may take more that
    has a default.
    """
    for name, asked in vars(base).items():
        given = inspect.getattr_static(cls, name, asked)
        if given is asked:
            continue
        if isinstance(asked, property):
            if isinstance(given, FunctionType):
                yield f"{name} must be a property; put @property above it"
        elif isinstance(asked, FunctionType | classmethod):
            if not callable(getattr(cls, name)):
                yield f"{name} must be a method"
            elif not accepts(takes := signature(cls, name), wanted := signature(base, name)):
                yield f"{name} must take {plain(wanted)}, but takes {plain(takes)}"


def signature(cls: type, name: str) -> inspect.Signature:
    """What a method takes when it is called on an instance; anything, where it cannot be told."""
    function = inspect.getattr_static(cls, name)
    try:
        found = inspect.signature(getattr(cls, name))
    except (TypeError, ValueError):  # written in C
        return inspect.signature(lambda *values, **named: None)
    gets_self = hasattr(function, "__get__") and not isinstance(function, staticmethod | classmethod)
    parameters = list(found.parameters.values())
    if gets_self and parameters and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        parameters = parameters[1:]
    return found.replace(parameters=parameters)


def accepts(takes: inspect.Signature, wanted: inspect.Signature) -> bool:
    """Whether what is passed to one signature, each value by position where it can be, fits another."""
    positional: list[str] = []
    named: dict[str, Any] = {}
    for name, parameter in wanted.parameters.items():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            positional.append(name)
        elif parameter.kind is parameter.KEYWORD_ONLY:
            named[name] = None
    try:
        takes.bind(*positional, **named)
    except TypeError:
        return False
    return True


def plain(signature: inspect.Signature) -> inspect.Signature:
    """A signature without annotations, for messages: ``(output, batch)``."""
    bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
    return signature.replace(parameters=bare, return_annotation=signature.empty)

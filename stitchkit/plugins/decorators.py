"""Decorators that register a class under a name in this process, for scripts, notebooks and plugin files.

Each checks the class and returns it unchanged, or raises `stitchkit.errors.InputError` where the class cannot
serve or the name is another's::

    import stitchkit as sk

    @sk.task("depth")
    class Depth(Task): ...
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from stitchkit.errors import InputError
from stitchkit.plugins.kinds import Kind, singular
from stitchkit.plugins.registered import register

Class = TypeVar("Class", bound=type[Any])


def task(name: str) -> Callable[[Class], Class]:
    """Register a `stitchkit.tasks.Task`: ``@sk.task("depth")``."""
    return _registering("tasks", name)


def dataset(name: str) -> Callable[[Class], Class]:
    """Register a `stitchkit.data.Dataset`: ``@sk.dataset("streets")``."""
    return _registering("datasets", name)


def sampler(name: str) -> Callable[[Class], Class]:
    """Register a `stitchkit.samplers.Sampler`: ``@sk.sampler("crops")``."""
    return _registering("samplers", name)


def proposal(name: str) -> Callable[[Class], Class]:
    """Register `stitchkit.proposals.Proposals`: ``@sk.proposal("edge_boxes")``."""
    return _registering("proposals", name)


def unit(name: str) -> Callable[[Class], Class]:
    """Register a `stitchkit.units.Unit`: ``@sk.unit("gated")``."""
    return _registering("units", name)


def backbone(name: str) -> Callable[[Class], Class]:
    """Register a `stitchkit.backbones.Backbone`: ``@sk.backbone("lab:small")``, or a family: ``"lab:*"``."""
    return _registering("backbones", name)


def method(name: str) -> Callable[[Class], Class]:
    """Register a `stitchkit.methods.Method`: ``@sk.method("adversarial")``."""
    return _registering("methods", name)


_NAME = re.compile(r"\w[\w.-]*(:(\*|\w[\w.-]*))?")


def _registering(kind: Kind, name: Any) -> Callable[[Class], Class]:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        what, given = singular(kind), repr(name) if isinstance(name, str) else type(name).__name__
        raise InputError(
            f'@{what}("name") takes a name of letters, digits, "_", "-" and ".", after "library:" or not,'
            f" but got {given}; write one in brackets above the class"
        )

    def decorate(cls: Class) -> Class:
        register(kind, name, cls)
        return cls

    return decorate

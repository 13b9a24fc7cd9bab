import functools
from collections.abc import Callable
from typing import Any

import pytest

from stitchkit.plugins.signatures import misfits


class Base:
    def __init__(self, name: str, config: Any) -> None: ...

    def loss(self, output: Any, batch: Any) -> None: ...

    def strict(self, *, key: str) -> None: ...

    @classmethod
    def of(cls, name: str) -> None: ...

    @property
    def size(self) -> int:
        return 1


class Callee:
    def __call__(self, output: Any, batch: Any) -> None: ...


@functools.lru_cache
def cached(self: Any, output: Any, batch: Any) -> None: ...


def wrapped(self: Any, output: Any, batch: Any) -> None: ...


@functools.wraps(wrapped)
def wrapper(*values: Any) -> None: ...


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"loss": lambda self, scores, images: None},
        {"loss": lambda self, output, batch, more=1: None},
        {"loss": lambda self, *values: None},
        {"loss": lambda *values: None},
        {"loss": staticmethod(lambda output, batch: None)},
        {"loss": classmethod(lambda cls, output, batch: None)},
        {"loss": Callee()},
        {"loss": cached},
        {"loss": wrapper},
        {"loss": min},
        {"strict": lambda self, key, other=1: None},
        {"strict": lambda self, **named: None},
        {"of": staticmethod(lambda name: None)},
        {"size": 3},
        {"size": functools.cached_property(lambda self: 2)},
        {"__init__": lambda self, name, config, *, extra=0: None},
        {"another": 3},
    ],
)
def test_what_can_be_called_as_the_base_is_fits(own: dict[str, Any]) -> None:
    assert list(misfits(type("Own", (Base,), own), Base)) == []


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"loss": lambda self, output: None}, "loss must take (output, batch), but takes (output)"),
        ({"loss": lambda self, a, b, c: None}, "loss must take (output, batch), but takes (a, b, c)"),
        ({"loss": lambda self, a, *, b: None}, "loss must take (output, batch), but takes (a, *, b)"),
        ({"loss": staticmethod(lambda a: None)}, "loss must take (output, batch), but takes (a)"),
        ({"strict": lambda self, k: None}, "strict must take (*, key), but takes (k)"),
        ({"of": classmethod(lambda cls: None)}, "of must take (name), but takes ()"),
        ({"loss": 3}, "loss must be a method"),
        ({"loss": property(lambda self: None)}, "loss must be a method"),
        ({"size": lambda self: 3}, "size must be a property; put @property above it"),
        ({"__init__": lambda self, config: None}, "__init__ must take (name, config), but takes (config)"),
    ],
)
def test_what_cannot_be_called_as_the_base_is_told(own: dict[str, Callable[..., Any]], problem: str) -> None:
    assert list(misfits(type("Own", (Base,), own), Base)) == [problem]


def test_what_is_inherited_from_a_class_between_is_looked_at() -> None:
    between = type("Between", (Base,), {"loss": lambda self: None})
    assert len(list(misfits(type("Own", (between,), {}), Base))) == 1

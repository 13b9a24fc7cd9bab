"""Values that remember where they were written, so that every mistake can be shown in its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stitchkit.errors import InputError

KeyPath = tuple[str | int, ...]
"""Keys and list indices from the top of a recipe to a value, for example ``("training", "lr")``."""


@dataclass(frozen=True, order=True)
class Place:
    """Where something was written.

    Attributes:
        rank: 0 in the recipe, -1 in its base, -2 in the base of that; 1, 2, ... in the overrides, in order.
        line: In its file, from 1; 0 in an override.
        column: In its file, from 1; 0 in an override.
        label: What opens a message, for example ``"recipes/x.yaml:12:5"`` or ``"override 'seeds=[0]'"``.
        profile: Name of the profile in whose block it stands; empty outside profiles.
        swept: Whether it stands in a point of a sweep; the path of what stands there begins in the recipe.
    """

    rank: int
    line: int
    column: int
    label: str = field(compare=False)
    profile: str = field(compare=False, default="")
    swept: bool = field(compare=False, default=False)


@dataclass(frozen=True)
class Problem:
    """One mistake in a recipe: its place, the path of the key and what is wrong."""

    place: Place
    path: KeyPath
    message: str

    def __str__(self) -> str:
        """One line, for example ``recipes/x.yaml:12:5: training.lr: must be a number, but got 'a'``."""
        path = ("sweep", *self.path) if self.place.swept else self.path
        path = ("profiles", self.place.profile, *path) if self.place.profile else path
        line = ": ".join(filter(None, [self.place.label, ".".join(map(str, path)), self.message]))
        return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)


@dataclass(frozen=True)
class Node:
    """A YAML value with its places.

    Attributes:
        value: A mapping or list of nodes, or text, a number, a truth value or None.
        key: Where its key stands; where the value itself stands if it has none.
        place: Where the value itself stands.
    """

    value: Any
    key: Place
    place: Place

    def plain(self) -> Any:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, key: str | int) -> "Node | None":
        """The value under a key or index; None where there is none."""
        if isinstance(self.value, dict):
            return self.value.get(key)
        if isinstance(self.value, list) and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]
        return None

    def marked(self, **marks: Any) -> "Node":
        """The same with other attributes in all its places, such as ``profile="sample"``."""
        value = self.value
        if isinstance(value, dict):
            value = {key: node.marked(**marks) for key, node in value.items()}
        elif isinstance(value, list):
            value = [node.marked(**marks) for node in value]
        return Node(value, replace(self.key, **marks), replace(self.place, **marks))

    def follow(self, path: Sequence[str | int]) -> tuple[KeyPath, "Node"]:
        """The deepest value on a path, and the part of the path that leads to it; other parts are skipped."""
        node, found = self, []
        for key in path:
            if (child := node.child(key)) is not None:
                node = child
                found.append(key)
        return tuple(found), node


def within(path: Sequence[str], node: Node) -> Node:
    """A partial recipe that holds one value."""
    for key in reversed(path):
        node = Node({key: node}, node.key, node.key)
    return node


def as_error(problems: Iterable[Problem]) -> InputError:
    """One error with a line for each problem, in the order of the files, bases first, then the overrides."""
    ordered = sorted(problems, key=lambda problem: problem.place)
    return InputError("\n".join(dict.fromkeys(map(str, ordered))))

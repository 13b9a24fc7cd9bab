"""From YAML 1.2 text to nodes. Nothing in the text is executed, and nothing in it can grow without bound."""

import re
from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode

from stitchkit.errors import InputError
from stitchkit.recipe.places import KeyPath, Node, Place, Problem

LARGEST_FILE = 1_000_000  # bytes
DEEPEST = 40  # mappings and lists inside one another
MOST_VALUES = 20_000  # in a text, and again after its aliases are expanded

_TYPED = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float")}

Locate = Callable[[int, int], Place]
"""From a line and column, both from 1, to a place."""


def read_file(path: Path, rank: int = 0) -> tuple[Node | None, list[Problem]]:
    """As `read_text`, from a file whose places have this rank.

    Raises:
        InputError: The file cannot be read as text: it is missing, too large or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; give the path of a recipe") from None
    if len(content) > LARGEST_FILE:
        raise InputError(f"{path}: must be at most {LARGEST_FILE:,} bytes; a recipe is a page of text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: must be UTF-8 text, but byte {error.start} is not") from None

    def locate(line: int, column: int) -> Place:
        return Place(rank, line, column, f"{path}:{line}:{column}")

    return read_text(text, locate)


def read_text(text: str, locate: Locate) -> tuple[Node | None, list[Problem]]:
    """The nodes of a YAML text, and what is wrong with it.

    There are no nodes where the text is not YAML, is empty, or uses what a recipe has no use for: tags,
    several documents, deep nesting, aliases that expand to very much. Duplicate keys, and keys that are no
    word, are left out of the nodes.
    """
    yaml = YAML(typ="safe", pure=True)  # the C reader knows YAML 1.1 only
    try:
        if problems := _unusual(yaml, text, locate):
            return None, problems
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = locate(mark.line + 1, mark.column + 1) if mark else locate(1, 1)
        return None, [Problem(place, (), f"is not YAML: {_one_line(error.problem or error.context)}")]
    except YAMLError as error:
        return None, [Problem(locate(1, 1), (), f"is not YAML: {_one_line(str(error))}")]
    if root is None:
        return None, [Problem(locate(1, 1), (), "holds no value")]
    tree = _Tree(yaml, locate)
    node = tree.node(root, (), None)
    return None if tree.too_large else node, tree.problems


def _unusual(yaml: YAML, text: str, locate: Locate) -> list[Problem]:
    problems: list[Problem] = []
    anchors: set[str] = set()
    depth = values = 0
    for event in yaml.parse(text):
        place = locate(event.start_mark.line + 1, event.start_mark.column + 1)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        values += isinstance(event, NodeEvent)
        if depth > DEEPEST or values > MOST_VALUES:
            limit = f"{DEEPEST} levels" if depth > DEEPEST else f"{MOST_VALUES:,} values"
            return [*problems, Problem(place, (), f"must hold at most {limit}")]
        if isinstance(event, DocumentStartEvent) and event.version not in (None, (1, 2)):
            problems.append(Problem(place, (), "must be YAML 1.2; remove the %YAML line"))
        if isinstance(event, ScalarEvent | CollectionStartEvent):
            if event.tag is not None:
                problems.append(Problem(place, (), f"tags have no meaning in a recipe; remove {event.tag!r}"))
            if event.anchor in anchors:
                problems.append(Problem(place, (), f"anchor {event.anchor!r} is used twice; rename one"))
            anchors |= {event.anchor} - {None}
    return problems


class _Tree:
    """Turns composed YAML nodes into ours and collects what is wrong with single keys."""

    def __init__(self, yaml: YAML, locate: Locate) -> None:
        self.problems: list[Problem] = []
        self.too_large = False
        self._yaml = yaml
        self._locate = locate
        self._values = 0

    def node(self, raw: YamlNode, path: KeyPath, key: Place | None) -> Node:
        place = self._locate(raw.start_mark.line + 1, raw.start_mark.column + 1)
        self._values += 1
        if self._values > MOST_VALUES or len(path) > DEEPEST:
            if not self.too_large:
                self.problems.append(Problem(place, path, "aliases expand to more than a recipe holds"))
            self.too_large = True
            return Node(None, place, place)
        if isinstance(raw, MappingNode):
            return Node(self._mapping(raw, path), key or place, place)
        if isinstance(raw, SequenceNode):
            items = [self.node(item, (*path, index), None) for index, item in enumerate(raw.value)]
            return Node(items, key or place, place)
        absent = raw.start_mark.index == raw.end_mark.index and key is not None  # its mark may be lines below
        place = key if absent and key else place
        return Node(self._scalar(raw, place, path), key or place, place)

    def _mapping(self, raw: MappingNode, path: KeyPath) -> dict[str, Node]:
        value: dict[str, Node] = {}
        for raw_key, raw_value in raw.value:
            place = self._locate(raw_key.start_mark.line + 1, raw_key.start_mark.column + 1)
            if not isinstance(raw_key, ScalarNode):
                self.problems.append(Problem(place, path, "a key must be a word, but got a list or mapping"))
            elif raw_key.value in value:
                self.problems.append(Problem(place, (*path, raw_key.value), "is given twice; keep one"))
            else:
                value[raw_key.value] = self.node(raw_value, (*path, raw_key.value), place)
        return value

    def _scalar(self, raw: YamlNode, place: Place, path: KeyPath) -> object:
        if raw.tag not in _TYPED:
            return raw.value  # text; YAML 1.2 has no other scalars, so a date is text too
        try:
            return self._yaml.constructor.construct_object(raw)
        except ValueError:  # Python refuses to read a number of thousands of digits
            self.problems.append(Problem(place, path, "must be a number of a sensible length"))
            return None


def _one_line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()

"""What the parts of a recipe ask of one another."""

from collections.abc import Iterator, Mapping
from typing import Any

from stitchkit.errors import unknown
from stitchkit.recipe.places import KeyPath
from stitchkit.recipe.schema import Methods


def broken_rules(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Path and message of each broken rule; ``data`` may have any shape, what is no mapping is skipped."""
    tasks = _mapping(data, "tasks")
    if not tasks:
        return
    yield from _names(tasks)
    yield from _iterations(tasks, data)
    yield from _cross_stitch(tasks, data)
    yield from _published(tasks, data)


def _names(tasks: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    from torch.nn import ModuleDict  # here, because the command line reads the schema without torch

    for name in tasks:
        if hasattr(ModuleDict(), name):
            yield ("tasks", name), f"PyTorch cannot name a module {name!r}; choose another name"


def _iterations(tasks: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    path = ("methods", "one_task", "iterations")
    given = _mapping(data, *path)
    if given is None:
        return
    for name in given:
        if name not in tasks:
            yield (*path, name), str(unknown("task", name, tasks))
    for name in tasks:
        if name not in given:
            yield path, f"missing key {name!r}; each task needs a number of iterations"


def _cross_stitch(tasks: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    path = ("methods", "cross_stitch")
    block = _mapping(data, *path)
    if block is None:
        return
    if len(tasks) < 2:
        yield path, "must join at least two tasks, but the recipe has one; add a task or remove cross_stitch"
    taps = block.get("taps")
    for index, pair in enumerate(taps if isinstance(taps, list) else ()):
        if not isinstance(pair, dict):
            continue
        for name in pair:
            if name not in tasks:
                yield (*path, "taps", index, name), str(unknown("task", name, tasks))
        if len(pair) < 2:
            message = f"must name taps of two tasks or more, but got {', '.join(pair) or 'none'}"
            yield (*path, "taps", index), message


def _published(tasks: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    path = ("published", "rows")
    for method, row in (_mapping(data, *path) or {}).items():
        if method not in Methods.model_fields:
            yield (*path, method), str(unknown("method", method, Methods.model_fields))
        for task in row if isinstance(row, dict) else ():
            if task not in tasks:
                yield (*path, method, task), str(unknown("task", task, tasks))


def _mapping(data: Any, *path: str) -> Mapping[str, Any] | None:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else None

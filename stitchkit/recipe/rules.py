"""What the parts of a recipe ask of one another."""

from collections.abc import Iterator, Mapping
from typing import Any

from stitchkit.errors import unknown
from stitchkit.recipe.places import KeyPath
from stitchkit.recipe.schema import Published

ALWAYS = "constant"  # a row of every table, whether or not a recipe names it


def broken_rules(data: Mapping[str, Any], methods: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Path and message of each broken rule.

    Args:
        data: A recipe of any shape; what is no mapping is skipped.
        methods: Those whose plugins are installed and whose options are valid, by name.
    """
    tasks = _mapping(data, "tasks")
    if not tasks:
        return
    yield from _names(tasks)
    yield from _methods(tasks, data, methods)
    yield from _published(tasks, data)


def _names(tasks: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    from torch.nn import ModuleDict  # here, because the command line reads the schema without torch

    for name in tasks:
        if hasattr(ModuleDict(), name):
            yield ("tasks", name), f"PyTorch cannot name a module {name!r}; choose another name"


def _methods(
    tasks: Mapping[str, Any], data: Mapping[str, Any], methods: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, str]]:
    blocks = _mapping(data, "methods") or {}
    types = {block.get("type", name) for name, block in blocks.items() if isinstance(block, Mapping)}
    for name, method in methods.items():
        path = ("methods", name)
        if method.joins and len(tasks) < 2:
            message = f"must join at least two tasks, but the recipe has one; add a task or remove {name}"
            yield path, message
        if method.starts_from_one_task and "one_task" not in types:
            yield path, "begins with one-task networks, but the recipe has none; add methods.one_task"
        for below, message in method.problems(list(tasks)):
            yield (*path, *below), message


def _published(tasks: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    path = ("published", "rows")
    methods = [ALWAYS, *(_mapping(data, "methods") or {})]
    for row, of_task in (_mapping(data, *path) or {}).items():
        if (method := Published.method(row)) not in methods:
            yield (*path, row), str(unknown("method", method, methods))
        for task in of_task if isinstance(of_task, dict) else ():
            if task not in tasks:
                yield (*path, row, task), str(unknown("task", task, tasks))


def _mapping(data: Any, *path: str) -> Mapping[str, Any] | None:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else None

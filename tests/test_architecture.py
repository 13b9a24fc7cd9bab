"""Imports run one way: a room imports only from itself and from rooms above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = [  # as in docs/architecture.md, from the ground up
    "errors",
    "files",
    "keys",
    "cache",
    "processes",
    "progress",
    "plugins",
    "sizes",
    "units",
    "graph",
    "networks",
    "simplified",
    "data",
    "proposals",
    "backbones",
    "tasks",
    "samplers",
    "regions",
    "boxed_picture",
    "average_precision",
    "bootstrap",
    "evaluation",
    "cost",
    "results",
    "recipe",
    "methods",
    "training",
    "report",
    "claims",
    "study",
    "testing",
    "skeletons",
    "cli",
]
PLUGINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if (path / "__init__.py").exists())


def files_of(room: str) -> list[Path]:
    module = ROOT / "stitchkit" / f"{room}.py"
    return [module] if module.exists() else sorted((ROOT / "stitchkit" / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_every_room_is_listed():
    there = {path.stem for path in (ROOT / "stitchkit").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert there - {"__init__", "__pycache__"} - {"py"} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_above_it(room):
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    for path in files_of(room):
        for name in imports(path):
            top, _, rest = name.partition(".")
            assert top not in PLUGINS, f"{path} imports the plugin {top}"
            assert top != "mmengine" or room == "training", f"{path} imports mmengine"
            if top == "stitchkit" and rest:
                assert rest.split(".")[0] in allowed, f"{path} imports {name}"


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_imports_no_other_plugin(plugin):
    for path in (ROOT / "plugins" / plugin).rglob("*.py"):
        for name in imports(path):
            top = name.split(".")[0]
            assert top == plugin or top not in PLUGINS, f"{path} imports the plugin {top}"
            assert top != "mmengine", f"{path} imports mmengine"


def test_the_architecture_page_lists_the_rooms_in_this_order():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    house = page.split("```")[1]
    positions = [house.find(f"\n  {room}") for room in ROOMS]
    assert -1 not in positions
    assert positions == sorted(positions)

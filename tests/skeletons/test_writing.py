"""What is written is whole, in good form, and found by stitchkit."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stitchkit.errors import InputError
from stitchkit.plugins import find
from stitchkit.recipe import load
from stitchkit.skeletons import Kind
from stitchkit.skeletons.names import Names
from stitchkit.skeletons.writing import rendered, write

RULES = "E,F,W,I,UP,B,C4,SIM,PT,RUF,NPY,D1,D2,D4"
IGNORED = "D105,D107,D203,D213,D401,D413"


@pytest.fixture
def _forgotten():
    """Take what a test imports of new plugins out of this process."""
    yield
    for module in [name for name in sys.modules if name.startswith("skeleton_of")]:
        del sys.modules[module]


@pytest.mark.usefixtures("_forgotten")
@pytest.mark.parametrize("kind", Kind)
def test_the_plugin_is_found_and_its_recipe_loads(made, monkeypatch, kind):
    folder = made(f"skeleton-of-{kind}", kind)
    monkeypatch.syspath_prepend(folder)
    plugin = find(kind.plural, f"skeleton_of_{kind}")
    assert plugin.__module__ == f"skeleton_of_{kind}.{kind}"
    assert plugin.__name__ == f"SkeletonOf{kind.capitalize()}"
    recipe = load(folder / "recipe.yaml").recipe
    blocks: list[Any] = [recipe.data, recipe.backbone, *recipe.tasks.values(), *recipe.methods.values()]
    units = [block.options().unit for block in blocks if block.type == "cross_stitch"]
    assert plugin in {block.plugin() for block in (*blocks, *units)}


@pytest.mark.parametrize("kind", Kind)
def test_code_is_in_good_form_however_long_the_names_are(tmp_path, kind):
    pytest.importorskip("ruff")
    for name in ("x1", "roughness", "stitchkit-laboratory-for-colours"):
        folder = write(name, kind, tmp_path)
        for words in (
            ("check", "--select", RULES, "--ignore", IGNORED, "--per-file-ignores", "tests/*:D"),
            ("format", "--check"),
        ):
            command = [sys.executable, "-m", "ruff", *words, "--no-cache", "."]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", Kind)
def test_every_file_has_what_it_is_for_and_no_placeholder(kind):
    files = rendered(Names.of("roughness"), kind)
    assert set(files) >= {
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "recipe.yaml",
        "roughness/__init__.py",
        f"roughness/{kind}.py",
        f"tests/test_{kind}.py",
    }
    for path, text in files.items():
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\n\n\n\n" not in text, path
        assert not {"{{", "{%", "PACKAGE"} & set(text.split()), path
        assert max(map(len, text.splitlines())) <= 120, path
    assert "TODO" in files[f"roughness/{kind}.py"] or kind is Kind.unit  # a unit's formula asks for nothing
    for name in ("roughness/__init__.py", f"roughness/{kind}.py"):
        assert f"roughness/{kind}.py" in files["README.md"], name
    assert "pip install -e '.[test]'" in files["README.md"]


@pytest.mark.parametrize("kind", Kind)
def test_public_names_alone_are_used(kind):
    for path, text in rendered(Names.of("roughness"), kind).items():
        if path.endswith(".py"):
            modules = [
                node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)
            ]
            own = [module for module in modules if module.split(".")[0] == "stitchkit"]
            assert all(module.count(".") <= 1 and "._" not in module for module in own), path


@pytest.mark.parametrize(
    ("name", "kind", "class_name"),
    [
        ("target", "dataset", "Target"),
        ("tensor", "task", "Tensor"),
        ("pooled-error", "task", "PooledError"),
        ("side", "dataset", "Side"),
        ("mixing", "unit", "MixingUnit"),
    ],
)
def test_a_class_does_not_take_a_name_that_its_module_needs(tmp_path, name, kind, class_name):
    with pytest.raises(InputError, match=f"{name!r} makes {class_name} a class"):
        write(name, Kind(kind), tmp_path)
    assert not any(tmp_path.iterdir())


def test_nothing_is_left_of_a_plugin_that_could_not_be_written(tmp_path, monkeypatch):
    written, real = [], Path.write_text

    def failing(path: Path, *words: Any, **named: Any) -> int:
        written.append(path)
        if len(written) == 4:
            raise OSError("no space left")
        return real(path, *words, **named)

    monkeypatch.setattr(Path, "write_text", failing)
    with pytest.raises(OSError, match="no space left"):
        write("roughness", Kind.task, tmp_path)
    assert len(written) == 4
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("there", ["folder", "file", "link"])
def test_nothing_is_overwritten(tmp_path, there):
    place = tmp_path / "roughness"
    {"folder": place.mkdir, "file": place.touch, "link": lambda: place.symlink_to("nowhere")}[there]()
    with pytest.raises(InputError, match="roughness is there already; choose another name"):
        write("roughness", Kind.task, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["roughness"]


def test_folders_on_the_way_are_made_and_anyone_may_read_what_is_in_them(tmp_path):
    folder = write("roughness", Kind.unit, tmp_path / "of" / "mine")
    assert folder == tmp_path / "of" / "mine" / "roughness"
    assert folder.stat().st_mode & 0o777 == (tmp_path / "of" / "mine").stat().st_mode & 0o777

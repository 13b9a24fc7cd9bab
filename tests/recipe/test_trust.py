"""A recipe is data until its reader says otherwise."""

import sys
from pathlib import Path

import pytest

from stitchkit.errors import InputError
from stitchkit.recipe import load

NETS = """
from pathlib import Path
from torch import nn

Path("sprung").touch()

def small():
    return nn.Sequential(nn.Conv2d(3, 4, 3, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 3, 2, 1))
"""
RECIPE = """\
data: {type: rooms, train: 2, test: 2, size: [32, 32], processes: 1}
tasks:
  normals: {type: normals}
backbone: {type: "python:trusted_nets.small", taps: ["1", "2"]}
training: {size: [32, 32]}
methods:
  one_task:
    iterations: {normals: 1}
profiles:
  safe:
    backbone: {type: "stitchkit:caffenet"}
"""
LINE = (
    "recipe.yaml:4:18: backbone.type: 'python:trusted_nets.small' is code that would run here, not data;"
    " read it, then allow it with --trust"
)
pytestmark = pytest.mark.usefixtures("real_plugins")


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "trusted_nets.py").write_text(NETS)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "trusted_nets", raising=False)
    monkeypatch.setenv("STITCHKIT_CACHE", str(tmp_path / "cache"))
    return Path("recipe.yaml")


def test_code_that_a_recipe_names_does_not_run_unless_trusted(recipe: Path) -> None:
    with pytest.raises(InputError) as error:
        load(recipe)
    assert str(error.value) == LINE
    with pytest.raises(InputError, match="--trust"):
        load(recipe, "safe", ["backbone.type=python:trusted_nets.small"])
    assert not Path("sprung").exists()


def test_trusted_code_is_imported_from_the_current_folder(recipe: Path) -> None:
    block = load(recipe, trust=True).recipe.backbone
    assert block.options().model_dump()["taps"] == ["1", "2"]
    assert Path("sprung").exists()


def test_a_profile_that_names_no_code_needs_no_trust(recipe: Path) -> None:
    assert load(recipe, "safe").recipe.backbone.type == "stitchkit:caffenet"
    assert not Path("sprung").exists()


def test_the_command_line_asks_for_trust(recipe: Path, stitchkit_command) -> None:
    for command in ("run", "check"):
        assert stitchkit_command(command, recipe) == (2, "", f"stitchkit: {LINE}\n")
    assert not Path("sprung").exists()
    code, output, errors = stitchkit_command("check", recipe, "--trust")
    assert code == 0, errors
    assert "is in order" in output

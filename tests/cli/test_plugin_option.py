"""``--plugin FILE`` and ``plugins:``: a class of one's own from end to end."""

import json

import glow
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("toy_plugins", "plugin_files")


@pytest.fixture
def recipe(toy_recipe):
    text = toy_recipe.read_text().replace("bright: {type: brightness}", "bright: {type: glow}")
    toy_recipe.write_text(text.replace("training: {", "training: {size: [8, 10], "))
    return toy_recipe


def test_every_command_that_needs_a_file_takes_it(stitchkit_command, recipe, tmp_path):
    file = glow.write(tmp_path / "my_task.py")
    code, _, errors = stitchkit_command("plan", recipe, "--out", tmp_path / "runs")
    assert (code, "unknown task plugin 'glow'" in errors) == (2, True)
    for command in ("plan", "check", "run"):
        code, _, errors = stitchkit_command(command, recipe, "--out", tmp_path / "runs", "--plugin", file)
        assert code == 0, errors
    study, picture = tmp_path / "runs" / "toy" / "default", tmp_path / "picture.png"
    Image.new("RGB", (10, 8)).save(picture)
    code, _, errors = stitchkit_command("predict", study, picture, "--plugin", file)
    assert code == 0, errors
    weights = tmp_path / "bright.safetensors"
    code, _, errors = stitchkit_command(
        "export", study, "--safetensors", weights, "--task", "bright", "--plugin", file
    )
    assert code == 0, errors


def test_a_recipe_that_names_its_file_asks_for_trust_and_so_does_its_study(
    stitchkit_command, recipe, tmp_path, monkeypatch
):
    glow.write(tmp_path / "my_task.py")
    recipe.write_text("plugins: [./my_task.py]" + recipe.read_text())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    out = tmp_path / "runs"
    code, _, errors = stitchkit_command("run", recipe, "--out", out)
    assert code == 2
    assert errors == (
        f"stitchkit: {recipe}:1:11: plugins: './my_task.py' is code that would run here, not data; "
        "read it, then allow it with --trust\n"
    )
    code, _, errors = stitchkit_command("run", recipe, "--out", out, "--trust")
    assert code == 0, errors
    study, weights = out / "toy" / "default", tmp_path / "bright.safetensors"
    words = ("export", study, "--safetensors", weights, "--task", "bright")
    code, _, errors = stitchkit_command(*words)
    assert (code, "--trust" in errors) == (2, True)
    code, _, errors = stitchkit_command(*words, "--trust")
    assert code == 0, errors


def test_a_file_that_prints_spoils_no_list(stitchkit_command, tmp_path):
    file = glow.write(tmp_path / "my_task.py", 'print("a plugin that prints")\n')
    code, output, errors = stitchkit_command("plugins", "tasks", "--json", "--plugin", file)
    assert code == 0
    assert next(plugin for plugin in json.loads(output) if plugin["name"] == "glow")["distribution"] == str(
        file
    )
    assert "a plugin that prints" in errors


@pytest.mark.parametrize("command", ["run", "check", "plan", "predict", "export", "taps", "plugins"])
def test_a_file_that_is_not_there_is_one_line(stitchkit_command, command, tmp_path):
    words = {"run": ["x.yaml"], "check": ["x.yaml"], "plan": ["x.yaml"], "predict": ["x", "y"]}
    given = words.get(command, ["x"] if command in ("export", "taps") else [])
    code, output, errors = stitchkit_command(command, *given, "--plugin", tmp_path / "none.py")
    assert (code, output) == (2, "")
    assert errors == (
        f"stitchkit: plugin file {tmp_path}/none.py is no file; give a Python file that registers plugins\n"
    )

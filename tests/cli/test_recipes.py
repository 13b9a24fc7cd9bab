"""Recipes that come with stitchkit, found by name, shown and copied; and completion, which offers them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stitchkit.errors import InputError
from stitchkit.recipe import dump, load
from stitchkit.recipe.shipped import named, recipe_path, shipped

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A working folder that is no checkout."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_recipe_of_the_repository_has_a_name(elsewhere):
    wanted = {path.relative_to(RECIPES).with_suffix("").as_posix(): path for path in RECIPES.rglob("*.yaml")}
    assert {name: recipe.path for name, recipe in shipped().items()} == wanted


def test_a_recipe_is_found_by_its_name_by_the_last_part_of_it_and_by_its_path(elsewhere):
    path = RECIPES / "paper" / "table5_nyu.yaml"
    assert recipe_path(Path("paper/table5_nyu")) == recipe_path(Path("table5_nyu")) == path
    assert recipe_path(path) == path
    assert recipe_path(Path("mine.yaml")) == Path("mine.yaml")
    (elsewhere / "table5_nyu").write_text("a file of the user's")
    assert recipe_path(Path("table5_nyu")) == Path("table5_nyu")


def test_an_unknown_name_has_close_ones(elsewhere):
    with pytest.raises(InputError, match=r"unknown recipe 'tabel5_nyu'; did you mean '.*table5_nyu'"):
        named("tabel5_nyu")


def test_a_name_that_several_recipes_end_with_wants_more(monkeypatch, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.yaml").touch()
    monkeypatch.setattr("stitchkit.recipe.shipped._folder", lambda: tmp_path)
    with pytest.raises(InputError, match=r"several recipes are called 'same': a/same, b/same"):
        named("same")
    assert named("b/same").path == tmp_path / "b" / "same.yaml"


def test_in_the_package_they_are_found_where_the_wheel_has_them(tmp_path):
    """As a wheel has it: recipes inside the package, no checkout around."""
    package = tmp_path / "stitchkit"
    shutil.copytree(RECIPES.parent / "stitchkit", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(RECIPES, package / "recipes")
    program = (
        "from pathlib import Path\n"
        "from stitchkit.recipe.shipped import named\n"
        "from stitchkit.recipe.sources import read_sources\n"
        "print(*(source.path for source in read_sources(named('table5_nyu').path)[0]), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=RECIPES.parent.parent,
    )
    assert [Path(line) for line in done.stdout.splitlines()] == [
        package / "recipes" / "nyu_alexnet.yaml",
        package / "recipes" / "paper" / "table5_nyu.yaml",
    ]


def test_the_list_has_titles_and_profiles_and_json_has_the_same(stitchkit_command, elsewhere):
    code, output, _ = stitchkit_command("recipes")
    assert code == 0
    lines = output.splitlines()
    assert lines[0].split() == ["name", "title", "profiles"]
    assert len(lines) == 1 + len(shipped())
    code, output, _ = stitchkit_command("recipes", "--json")
    assert code == 0
    for line, facts in zip(lines[1:], json.loads(output), strict=True):
        loaded = YAML(typ="safe", pure=True).load(Path(facts["path"]))
        assert facts["profiles"][0] == "default"
        assert set(loaded.get("profiles", ())) <= set(facts["profiles"])
        assert facts["title"] == loaded.get("title", facts["title"]) != ""
        assert line.split()[0] == facts["name"]
        assert facts["title"] in line


def test_show_prints_the_file_and_with_whole_what_is_in_force(stitchkit_command, elsewhere):
    code, output, _ = stitchkit_command("recipes", "show", "rooms_three_tasks")
    assert code == 0
    assert output == (RECIPES / "rooms_three_tasks.yaml").read_text()
    words = ("recipes", "show", "paper/table4_alphas", "--whole", "--profile", "sample")
    code, output, errors = stitchkit_command(*words)
    assert code == 0, errors
    assert output == dump(load(RECIPES / "paper" / "table4_alphas.yaml", "sample").recipe)


def test_a_copy_has_its_bases_beside_it_and_means_the_same(stitchkit_command, elsewhere):
    code, output, errors = stitchkit_command("recipes", "copy", "table1_alpha_init", "--to", "mine.yaml")
    assert code == 0, errors
    files = {path.name for path in elsewhere.iterdir()}
    assert files == {"mine.yaml", "table5_nyu.yaml", "nyu_alexnet.yaml"}
    assert all(name in output for name in files)
    theirs = RECIPES / "paper" / "table1_alpha_init.yaml"
    mine = load(elsewhere / "mine.yaml", "sample")
    assert mine.recipe == load(theirs, "sample").recipe
    lines = zip(
        theirs.read_text().splitlines(), (elsewhere / "mine.yaml").read_text().splitlines(), strict=True
    )
    changed = [pair for pair in lines if pair[0] != pair[1]]
    assert all(line.startswith("base: ") for pair in changed for line in pair)

    code, _, errors = stitchkit_command("recipes", "copy", "table2_lr_scale", "--to", elsewhere)
    assert code == 0, errors  # the bases are there already, and the same
    assert (elsewhere / "table2_lr_scale.yaml").is_file()


def test_a_copy_overwrites_nothing(stitchkit_command, elsewhere):
    (elsewhere / "nyu_alexnet.yaml").write_text("title: mine\n")
    for words in (("nyu_alexnet",), ("table5_nyu", "--to", "other.yaml")):
        code, _, errors = stitchkit_command("recipes", "copy", *words)
        assert code == 2
        assert (
            errors
            == "stitchkit: nyu_alexnet.yaml is there already and is not overwritten; give another --to\n"
        )
    assert [path.name for path in elsewhere.iterdir()] == ["nyu_alexnet.yaml"]
    code, _, errors = stitchkit_command("recipes", "copy", "table5_nyu", "--to", "mine.txt")
    assert code == 2
    assert "must end in .yaml or .yml" in errors


def test_run_and_check_take_a_name(stitchkit_command, elsewhere):
    for command in ("run", "check"):
        code, _, errors = stitchkit_command(command, "tabel5_nyu")
        assert code == 2
        assert "unknown recipe 'tabel5_nyu'; did you mean" in errors
        assert len(errors.splitlines()) == 1
    code, _, errors = stitchkit_command("check", "table5_nyu", "--profile", "smal")
    assert code == 2
    assert f"{RECIPES / 'paper' / 'table5_nyu.yaml'}: unknown profile 'smal'; did you mean 'small'" in errors


def completed(words: str, folder: Path) -> list[str]:
    """What bash is offered for the last of some words."""
    program = "import sys; sys.argv[0] = 'stitchkit'; from stitchkit.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=folder,
        env={
            **os.environ,
            "_STITCHKIT_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
    )
    assert "Traceback" not in done.stderr
    return done.stdout.split()


def test_words_are_completed(tmp_path):
    (tmp_path / "mine.yaml").touch()
    (tmp_path / "results.json").write_text(json.dumps({"rows": {"split": {}, "cross_stitch": {}}}))
    assert completed("stitchkit run paper/table5", tmp_path) == ["paper/table5_nyu"]
    assert completed("stitchkit run mi", tmp_path) == ["mine.yaml"]
    assert completed("stitchkit run table5_nyu --profile sm", tmp_path) == ["small"]
    assert completed("stitchkit predict . --row c", tmp_path) == ["cross_stitch"]
    assert completed("stitchkit predict . a.png --proposals win", tmp_path) == ["windows"]
    assert completed("stitchkit run nowhere --profile s", tmp_path) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(stitchkit_command, shell):
    code, output, _ = stitchkit_command("completion", shell)
    assert code == 0
    assert "_STITCHKIT_COMPLETE" in output
    assert f"complete_{shell}" in output or "complete_zsh" in output
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=output, text=True).returncode == 0


@pytest.mark.parametrize("command", ["predict", "export", "recipes", "completion"])
def test_help_imports_no_torch_and_has_examples(command):
    program = (
        f"import sys; sys.argv = ['stitchkit', {command!r}, '--help']\n"
        "from stitchkit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print({'torch', 'mmengine', 'timm', 'PIL', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
    assert "Examples:" in done.stdout

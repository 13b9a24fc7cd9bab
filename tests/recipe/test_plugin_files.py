"""Plugin files that a recipe names: found from its folder, run only where they are trusted."""

from pathlib import Path
from textwrap import dedent

import pytest

from stitchkit.errors import InputError
from stitchkit.recipe import dump, load

RECIPE = """\
plugins: [./lab/{file}.py]
data: {{type: squares}}
tasks:
  one: {{type: {task}}}
backbone: {{type: tiny}}
methods:
  one_task:
    iterations: {{one: 1}}
"""
PLUGIN = """\
from pathlib import Path

import stitchkit as sk
from toys import Brightness

Path("sprung").touch()

@sk.task("{task}")
class {task}(Brightness):
    '''A task.'''
"""
NOT_TRUSTED = "is code that would run here, not data; read it, then allow it with --trust"

pytestmark = pytest.mark.usefixtures("real_plugins", "toy_plugins", "plugin_files")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a recipe with its plugin file, and beside it the current one."""
    study, here = tmp_path / "study", tmp_path / "here"
    (study / "lab").mkdir(parents=True)
    here.mkdir()
    monkeypatch.chdir(here)
    (study / "x.yaml").write_text(RECIPE.format(file="first", task="first"))
    (study / "lab" / "first.py").write_text(PLUGIN.format(task="first"))
    return study


def test_files_do_not_run_unless_trusted_and_each_is_named_in_its_place(folder: Path) -> None:
    with pytest.raises(InputError) as error:
        load(folder / "x.yaml")
    assert str(error.value) == f"{folder}/x.yaml:1:11: plugins: './lab/first.py' {NOT_TRUSTED}"
    assert not Path("sprung").exists()


def test_other_mistakes_are_told_with_those_of_files(folder: Path) -> None:
    with pytest.raises(InputError) as error:
        load(folder / "x.yaml", overrides=["training.lr=fast"])
    assert [line.split(": ")[1] for line in str(error.value).splitlines()] == ["plugins", "training.lr"]


def test_a_trusted_file_is_found_from_the_recipes_folder(folder: Path) -> None:
    recipe = load(folder / "x.yaml", trust=True).recipe
    assert Path("sprung").exists()
    assert recipe.plugins == [folder / "lab" / "first.py"]
    assert recipe.tasks["one"].plugin().__name__ == "first"


def test_what_is_written_is_read_back_from_another_folder(folder: Path, tmp_path: Path) -> None:
    recipe = load(folder / "x.yaml", trust=True).recipe
    written = tmp_path / "runs" / "x" / "recipe.yaml"
    written.parent.mkdir(parents=True)
    written.write_text(dump(recipe, written.parent))
    assert "../../study/lab/first.py" in written.read_text()
    again = load(written, trust=True).recipe
    assert again.plugins == recipe.plugins
    assert dump(again, written.parent) == written.read_text()


def test_files_of_a_base_are_found_from_its_own_folder_and_come_first(folder: Path) -> None:
    inner = folder / "inner"
    (inner / "lab").mkdir(parents=True)
    (inner / "lab" / "second.py").write_text(PLUGIN.format(task="second"))
    top = "base: ../x.yaml\nplugins: [lab/second.py, ../lab/first.py]\ntasks: {one: {type: second}}\n"
    (inner / "y.yaml").write_text(top)
    with pytest.raises(InputError) as error:
        load(inner / "y.yaml")
    places = [line.split(": ")[0] for line in str(error.value).splitlines()]
    assert places == [f"{folder}/x.yaml:1:11", f"{inner}/y.yaml:2:11", f"{inner}/y.yaml:2:26"]
    recipe = load(inner / "y.yaml", trust=True).recipe
    assert recipe.plugins == [folder / "lab" / "first.py", inner / "lab" / "second.py"]
    assert recipe.tasks["one"].type == "second"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ("lab/first.py", ":1:10: plugins: must be a list of Python files, but got 'lab/first.py'"),
        ("[lab]", ":1:11: plugins.0: must be a .py file, named from this recipe's folder, but got 'lab'"),
        ("[3]", ":1:11: plugins.0: must be a .py file, named from this recipe's folder, but got 3"),
        ("[lab/none.py]", "/lab/none.py is no file; give a Python file that registers plugins"),
        ("[lab/broken.py]", "/lab/broken.py:2: NameError: name 'oops' is not defined; mend the file"),
    ],
)
def test_a_mistake_is_one_line_in_its_place(folder: Path, files: str, message: str) -> None:
    (folder / "lab" / "broken.py").write_text(
        dedent("""\
        import stitchkit as sk
        oops
        """)
    )
    text = (folder / "x.yaml").read_text().replace("[./lab/first.py]", files)
    (folder / "x.yaml").write_text(text.replace("type: first", "type: brightness"))
    with pytest.raises(InputError) as error:
        load(folder / "x.yaml", trust=True)
    assert len(str(error.value).splitlines()) == 1
    assert str(error.value).startswith(f"{folder}/x.yaml:1:1")
    assert str(error.value).endswith(message)


def test_files_stand_at_the_top_alone(folder: Path) -> None:
    with pytest.raises(InputError, match=r"plugin files are named in a recipe's file.*--plugin"):
        load(folder / "x.yaml", overrides=["plugins=[a.py]"], trust=True)
    with (folder / "x.yaml").open("a") as file:
        file.write("profiles:\n  short:\n    plugins: [lab/first.py]\n")
    with pytest.raises(InputError, match=r"x\.yaml:11:5: .*stands at the top of a recipe, not in a profile"):
        load(folder / "x.yaml", trust=True)

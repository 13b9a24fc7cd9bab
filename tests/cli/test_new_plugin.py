"""``stitchkit new-plugin``, typed."""

import subprocess
import sys

import pytest

from stitchkit.skeletons import Kind


@pytest.mark.parametrize("kind", Kind)
def test_the_files_and_the_next_commands_are_shown(stitchkit_command, tmp_path, kind):
    code, output, errors = stitchkit_command("new-plugin", "my-first", "--kind", kind, "--to", tmp_path)
    assert (code, errors) == (0, "")
    folder = tmp_path / "my-first"
    tree, _, commands = output.rstrip().partition("\n\n")
    first, *lines = tree.splitlines()
    assert first == str(folder)
    shown = {line.lstrip("│├└─ ") for line in lines}
    assert shown == {f"{path.name}/" if path.is_dir() else path.name for path in folder.rglob("*")}
    assert {"my_first/", f"{kind}.py", f"test_{kind}.py", ".gitignore"} <= shown
    assert [line.strip() for line in commands.splitlines()] == [
        f"cd {folder} && pip install -e '.[test]'",
        "pytest",
        "stitchkit run recipe.yaml",
    ]


def test_it_is_written_here_unless_said_otherwise(stitchkit_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output, _ = stitchkit_command("new-plugin", "my-first", "--kind", "unit")
    assert code == 0
    assert output.startswith("my-first\n")
    assert (tmp_path / "my-first" / "my_first" / "unit.py").is_file()


def test_a_folder_with_a_space_can_be_copied_from_the_output(stitchkit_command, tmp_path):
    to = tmp_path / "of [mine]"
    code, output, _ = stitchkit_command("new-plugin", "my-first", "--kind", "unit", "--to", to)
    assert code == 0
    assert output.startswith(f"{to}/my-first\n")
    assert f"  cd '{to}/my-first' && pip install" in output


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("my plugin", "unit", "a plugin's name must be a letter, then letters, digits and hyphens"),
        ("stitchkit-nddr", "unit", "unit plugin 'nddr' is of stitchkit "),
        ("torch", "unit", "the package 'torch' is installed already; choose another name"),
        ("taken", "unit", "taken is there already; choose another name, or another folder with --to"),
    ],
)
def test_bad_input_is_one_clear_line(stitchkit_command, tmp_path, name, kind, message):
    (tmp_path / "taken").mkdir()
    code, output, errors = stitchkit_command("new-plugin", name, "--kind", kind, "--to", tmp_path)
    assert (code, output) == (2, "")
    assert errors.startswith("stitchkit: ")
    assert message in errors
    assert len(errors.splitlines()) == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["taken"]


@pytest.mark.parametrize("words", [("--kind", "sampler"), ()], ids=["unknown", "missing"])
def test_a_kind_is_wanted_and_those_known_are_named(stitchkit_command, tmp_path, words):
    code, _, errors = stitchkit_command("new-plugin", "my-first", *words, "--to", tmp_path)
    assert code == 2
    assert "--kind" in errors
    assert all(kind in errors for kind in Kind) or words == ()
    assert not any(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_no_traceback(stitchkit_command, tmp_path):
    (tmp_path / "file").touch()
    code, _, errors = stitchkit_command("new-plugin", "my-first", "--kind", "unit", "--to", tmp_path / "file")
    assert code == 1
    assert errors.startswith("stitchkit: ")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("words", ["new-plugin --help", "new-plugin my-first --kind task"])
def test_neither_help_nor_writing_imports_torch(tmp_path, words):
    program = (
        f"import sys; sys.argv = ['stitchkit', *{words.split()}]\n"
        "from stitchkit.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "sys.exit(bool({'torch', 'mmengine'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "stitchkit new-plugin" in done.stdout or (tmp_path / "my-first").is_dir()

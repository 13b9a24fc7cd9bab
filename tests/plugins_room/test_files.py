import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from textwrap import dedent

import pytest

from stitchkit import plugins
from stitchkit.errors import InputError
from stitchkit.plugins.files import fingerprint

SOME = """
    import stitchkit as sk
    from stitchkit.samplers import Sampler

    @sk.sampler("some")
    class Some(Sampler):
        pass
    """


@pytest.fixture(autouse=True)
def _nothing_loaded() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for module in set(sys.modules) - before:
        if module.startswith("stitchkit.plugins.files."):
            del sys.modules[module]


def write(path: Path, code: str = SOME) -> Path:
    path.write_text(dedent(code), encoding="utf-8")
    return path


def test_a_file_registers_its_plugins(tmp_path):
    plugins.load_file(write(tmp_path / "my_task.py"))
    some = plugins.find("samplers", "some")
    assert some.__name__ == "Some"
    assert getattr(sys.modules[some.__module__], "Some") is some  # noqa: B009


def test_a_file_is_run_once_by_whichever_path(tmp_path, monkeypatch):
    file = write(tmp_path / "my_task.py")
    (tmp_path / "link.py").symlink_to(file)
    plugins.load_file(file)
    some = plugins.find("samplers", "some")
    monkeypatch.chdir(tmp_path)
    for path in ("my_task.py", "../" + tmp_path.name + "/my_task.py", "link.py"):
        plugins.load_file(Path(path))
    assert plugins.find("samplers", "some") is some


@pytest.mark.parametrize("name", ["os.py", "two words.py", "a.b.py", "größe.py", "stitchkit.py", "a_62.py"])
def test_any_name_of_a_file_will_do_and_none_clashes(tmp_path, name):
    (tmp_path / "other").mkdir()
    before = sys.modules.get(name.removesuffix(".py"))
    plugins.load_file(write(tmp_path / name))
    plugins.load_file(write(tmp_path / "other" / name, SOME.replace('"some"', '"other"')))
    assert plugins.find("samplers", "some") is not plugins.find("samplers", "other")
    assert sys.modules.get(name.removesuffix(".py")) is before


def test_the_same_class_of_two_files_is_two_classes(tmp_path):
    plugins.load_file(write(tmp_path / "a.py"))
    with pytest.raises(InputError) as caught:
        plugins.load_file(write(tmp_path / "b.py"))
    assert str(caught.value) == (
        f"{tmp_path}/b.py:5: sampler plugin 'some' is Some of {tmp_path}/a.py already; "
        f"give Some of {tmp_path}/b.py another name; mend the file"
    )


def test_a_file_cannot_take_a_built_in_plugins_name(tmp_path):
    file = write(tmp_path / "a.py", SOME.replace('"some"', '"whole_images"'))
    with pytest.raises(
        InputError, match=r"a.py:5: sampler plugin 'whole_images' is stitchkit.samplers:Whole"
    ):
        plugins.load_file(file)


@pytest.mark.parametrize(
    ("code", "line", "cause"),
    [
        ("x = 1\nimport nothing_like_it", 2, "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("def f():\n    1 / 0\n\nf()", 2, "ZeroDivisionError: division by zero"),
        ("import json\n\njson.loads('')", 3, "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
        ("x = 1\ny = (", 2, "SyntaxError: '(' was never closed"),
        ("\nraise SystemExit", 2, "SystemExit"),
    ],
)
def test_a_file_that_fails_is_named_with_the_line(tmp_path, code, line, cause):
    file = write(tmp_path / "a.py", code)
    with pytest.raises(InputError) as caught:
        plugins.load_file(file)
    assert re.sub(r" \(a.py, line \d+\)", "", str(caught.value)) == f"{file}:{line}: {cause}; mend the file"


def test_what_a_failed_file_registered_is_forgotten_and_the_file_run_again(tmp_path):
    file = write(tmp_path / "a.py", SOME + "\n    raise ValueError('half way')\n")
    with pytest.raises(InputError, match=r"a.py:9: ValueError: half way; mend the file"):
        plugins.load_file(file)
    assert "some" not in plugins.names("samplers")
    write(file)
    plugins.load_file(file)
    assert "some" in plugins.names("samplers")


def test_a_file_without_plugins_is_an_error_each_time(tmp_path):
    file = write(tmp_path / "a.py", "x = 1")
    for _ in range(2):
        with pytest.raises(InputError, match=r'a.py registers nothing; put @sk.task\("name"\), or another'):
            plugins.load_file(file)


def test_what_is_no_python_file_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"^plugin file nowhere.py is no file; give a Python file"):
        plugins.load_file(Path("nowhere.py"))
    with pytest.raises(InputError, match="is no file; give a Python file"):
        plugins.load_file(tmp_path)
    with pytest.raises(InputError, match=r"must be a Python file, with a name that ends in .py"):
        plugins.load_file(write(tmp_path / "a.txt"))


CHEAP = """
    import stitchkit as sk
    from stitchkit.plugins import registered

    registered.check = lambda *values: None  # a class that costs no import of torch

    @sk.sampler("cheap")
    class Cheap:
        def answer(self):
            return 42
    """


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_other_processes_find_the_classes_of_a_file(tmp_path, monkeypatch, start):
    monkeypatch.setattr("stitchkit.plugins.registered.check", lambda *values: None)
    plugins.load_file(write(tmp_path / "cheap.py", CHEAP))
    from stitchkit.plugins.registered import registered

    cheap = registered("samplers")["cheap"]
    with get_context(start).Pool(1) as pool:
        assert pool.apply(cheap().answer) == 42


def test_an_unpickled_object_brings_its_file(tmp_path):
    plugins.load_file(write(tmp_path / "a.py"))
    some = plugins.find("samplers", "some")
    written = pickle.dumps(some(some.Config()))
    code = (
        "import pickle, sys\n"
        "some = pickle.loads(sys.stdin.buffer.read())\n"
        "from stitchkit import plugins\n"
        "assert plugins.find('samplers', 'some') is type(some)\n"
    )
    subprocess.run([sys.executable, "-c", code], input=written, check=True)


def test_the_fingerprint_of_a_class_is_that_of_its_files_as_they_were_loaded(tmp_path):
    file = write(tmp_path / "a.py")
    plugins.load_file(file)
    some = plugins.find("samplers", "some")
    before = fingerprint(some)
    assert re.fullmatch("[0-9a-f]{64}", before)
    file.write_text(file.read_text() + "# more\n")
    assert fingerprint(some) == before
    del sys.modules[some.__module__]
    plugins.load_file(file)
    assert fingerprint(plugins.find("samplers", "some")) not in ("", before)
    assert fingerprint(type("Derived", (some,), {})) != ""
    assert fingerprint(plugins.find("samplers", "whole_images")) == ""


@pytest.mark.parametrize("name", ["nothing", "a_b", "_", "a_6x", "a_626"])
def test_there_are_no_other_submodules(name):
    with pytest.raises(ModuleNotFoundError):
        import_module(f"stitchkit.plugins.files.{name}")

import json
import subprocess
import sys

import pytest
from distributions import install

BUILT_IN = {"segmentation", "nyuv2", "rooms", "cross_stitch", "stitchkit:caffenet", "one_task_longer"}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    (tmp_path / "lab_of_the_command.py").write_text(
        "print('hello')\nfrom stitchkit.samplers import Sampler\n"
        "class Some(Sampler):\n    '''Some of [the] pixels.'''\n"
    )
    install(
        tmp_path, "lab", samplers={"some": "lab_of_the_command:Some", "broken": "lab_of_the_command:Same"}
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("lab_of_the_command", None)


def test_the_table_says_what_each_plugin_is_and_whose(stitchkit_command):
    code, output, errors = stitchkit_command("plugins")
    assert (code, errors) == (0, "")
    assert set(output.split()) >= BUILT_IN
    row = next(line for line in output.splitlines() if " cross_stitch " in line)
    assert row.split()[:4] == ["units", "cross_stitch", "stitchkit", row.split()[3]]
    assert row.rstrip().endswith("each network goes on with a linear combination of all.")
    assert "broken" not in output


@pytest.mark.usefixtures("lab")
def test_broken_plugins_are_marked_with_the_causes_below(stitchkit_command):
    code, output, errors = stitchkit_command("plugins", "samplers")
    assert code == 0
    assert errors == "hello\n"
    head, *rows, cause = map(str.rstrip, output.splitlines())
    assert head.split() == ["kind", "name", "distribution", "version"]
    assert [row.split(maxsplit=4) for row in rows][:1] == [["samplers", "broken", "lab", "1.0", "broken"]]
    assert rows[-2].split(maxsplit=4) == ["samplers", "some", "lab", "1.0", "Some of [the] pixels."]
    assert cause == (
        "broken: sampler plugin 'broken' of lab 1.0 cannot be loaded: AttributeError: "
        "module 'lab_of_the_command' has no attribute 'Same'; mend or uninstall it"
    )


@pytest.mark.usefixtures("lab")
def test_json_is_a_list_of_objects_whatever_plugins_print(stitchkit_command):
    code, output, _ = stitchkit_command("plugins", "samplers", "--json")
    assert code == 0
    found = {plugin["name"]: plugin for plugin in json.loads(output)}
    assert found.keys() == {"broken", "roi", "some", "whole_images"}
    assert found["some"] == {
        "kind": "samplers",
        "name": "some",
        "distribution": "lab",
        "version": "1.0",
        "summary": "Some of [the] pixels.",
        "status": "",
    }
    assert found["broken"]["status"].startswith("broken: sampler plugin 'broken' of lab 1.0 cannot be loaded")


def test_an_unknown_kind_is_an_error_of_the_user(stitchkit_command):
    code, output, errors = stitchkit_command("plugins", "task")
    assert (code, output) == (2, "")
    assert errors.startswith("stitchkit: unknown kind of plugin 'task'; did you mean 'tasks'")


def test_help_says_what_the_exit_code_means_and_imports_no_torch():
    program = (
        "import sys; sys.argv = ['stitchkit', 'plugins', '--help']\n"
        "from stitchkit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'torch', 'entrypoints'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0
    assert "exit code is 0" in " ".join(done.stdout.replace("│", " ").split())

import subprocess
import sys

import pytest

COMMANDS = [(), ("run",), ("check",), ("taps",), ("plugins",), ("report",), ("data", "prepare")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_exists_with_examples(stitchkit_command, command):
    code, output, _ = stitchkit_command(*command, "--help")
    assert code == 0
    assert "Usage: stitchkit" in output
    if command:
        assert "Examples:" in output
        assert f"stitchkit {' '.join(command)}" in output


def test_help_imports_neither_torch_nor_mmengine():
    program = (
        "import sys; sys.argv = ['stitchkit', 'run', '--help']\n"
        "from stitchkit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'torch', 'mmengine', 'timm', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0


def test_a_misspelt_command_is_an_error_of_the_user(stitchkit_command):
    code, _, errors = stitchkit_command("rnu")
    assert code == 2
    assert "Did you mean 'run'" in errors


def test_plugins_lists_what_is_installed(stitchkit_command):
    code, output, _ = stitchkit_command("plugins")
    assert code == 0
    assert {"segmentation", "normals", "nyuv2", "rooms", "cross_stitch", "stitchkit:caffenet"} <= set(
        output.split()
    )


def test_taps_lists_names_and_shapes(stitchkit_command):
    code, output, _ = stitchkit_command("taps", "timm:resnet18", "--size", "64")
    assert code == 0
    row = next(line for line in output.splitlines() if line.startswith("layer2 "))
    assert "1x128x8x8" in row
    assert "stages" in row


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "nothing.yaml"), "nothing.yaml"),
        (("check", "nothing.yaml"), "nothing.yaml"),
        (("report", "nowhere"), "nowhere/results.json does not exist"),
        (("taps", "timm:resnet81"), "unknown timm model 'resnet81'; did you mean"),
        (("taps", "torchvision:alexnit"), "unknown torchvision model 'alexnit'; did you mean 'alexnet'"),
        (("taps", "resnet18"), "unknown backbone plugin 'resnet18'; known: python:*, stitchkit:caffenet"),
        (
            ("taps", "timm:resnet18", "--size", "big"),
            "--size must be a number or height,width, but got 'big'",
        ),
        (("data", "prepare", "nyu"), "unknown dataset plugin 'nyu'; did you mean 'nyuv2'?"),
        (("data", "prepare", "rooms"), "data set 'rooms' needs no preparation"),
        (("data", "prepare", "nyuv2", "--from", "x"), "--splits: field required; --classes: field required"),
        (("data", "prepare", "nyuv2", "--form", "x"), "--form: extra inputs are not permitted"),
        (("data", "prepare", "nyuv2", "--from"), "--from lacks a value"),
        (("data", "prepare", "nyuv2", "stray"), "unexpected 'stray'"),
    ],
)
def test_bad_input_is_one_clear_line(stitchkit_command, words, message):
    code, _, errors = stitchkit_command(*words)
    assert code == 2
    assert message in errors
    assert len(errors.splitlines()) == 1
    assert errors.startswith("stitchkit: ")


def test_a_folder_that_cannot_be_written_is_no_traceback(stitchkit_command, tmp_path, toy_recipe):
    (tmp_path / "file").touch()
    code, _, errors = stitchkit_command("run", toy_recipe, "--out", tmp_path / "file" / "runs")
    assert code == 1
    assert errors.splitlines()[-1].startswith("stitchkit: Not a directory")


def test_results_that_are_none_are_refused(stitchkit_command, tmp_path):
    (tmp_path / "results.json").write_text('{"recipe": 1}')
    code, _, errors = stitchkit_command("report", tmp_path)
    assert code == 2
    assert "is not a study's results" in errors

import json

import pytest

pytestmark = pytest.mark.usefixtures("toy_plugins")


def test_check_tells_data_runs_costs_and_taps_and_trains_nothing(stitchkit_command, toy_recipe, tmp_path):
    code, output, errors = stitchkit_command("check", toy_recipe, "--out", tmp_path)
    assert code == 0, errors
    rows = [line.split() for line in output.splitlines()]
    assert ["12", "0", "12", "8x10", "as", "they", "are"] in rows
    assert ["depth", "depth", "bright,", "dim", "made", "up"] in rows
    assert ["cross_stitch", "bright,", "dim", "0", "3", "one_task", "to", "do"] in rows
    assert ["cross_stitch", "bright,", "dim", "58", "0.000", "0.000"] in rows
    assert ["cross_stitch", "first", "1x4x8x10", "1x4x8x10", "CrossStitchUnit", "4x2x2", "16"] in rows
    assert "limits of the data: Squares say nothing of the world." in output
    assert "to do: 3 runs, 11 iterations" in output
    assert output.endswith("profile 'default' is in order\n")
    assert not (tmp_path / "networks").exists()


def test_times_are_told_where_they_are_asked_for(stitchkit_command, toy_recipe, tmp_path):
    code, output, errors = stitchkit_command("check", toy_recipe, "--out", tmp_path, "--time")
    assert code == 0, errors
    assert "seconds a step" in output
    assert "time (h:m:s)" in output
    assert "to do: 3 runs, 11 iterations, about 0:00:0" in output
    assert not (tmp_path / "networks").exists()


def test_programs_get_one_object(stitchkit_command, toy_recipe, tmp_path):
    code, output, errors = stitchkit_command("check", toy_recipe, "--out", tmp_path, "--json")
    assert code == 0, errors
    found = json.loads(output)
    assert list(found) == ["recipe", "title", "profile", "data", "networks", "taps", "runs", "to_do"]
    assert found["data"]["train"] == 12
    assert [network["row"] for network in found["networks"]] == ["one_task", "one_task", "cross_stitch"]
    assert all(network["memory"] > network["parameters"] * 12 for network in found["networks"])
    (tap,) = found["taps"]
    assert tap["maps"]["dim"] == {"tap": "first", "shape": [1, 4, 8, 10]}
    assert found["to_do"] == {"runs": 3, "iterations": 11, "seconds": None}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.track=[wandb]", "training.track: wandb is not installed; run: pip install"),
        ("training.track=[wandbb]", "training.track.0: must be 'tensorboard', 'wandb' or 'mlflow', but got"),
        ("training.track=[wandb,wandb]", "training.track: must be distinct"),
        ("methods.cross_stitch.taps=[first,frist]", "'frist'"),
        ("methods.split={iterations: 2, at: [first, last]}", "training.validation.fraction is 0; give 0.1"),
        ("training.validation.fraction=0.99", "leaves none to train on"),
    ],
)
def test_mistakes_are_found_before_anything_trains(
    stitchkit_command, toy_recipe, tmp_path, monkeypatch, override, message
):
    monkeypatch.setattr("stitchkit.training.tracking.find_spec", lambda name: None if name == "wandb" else "")
    code, _, errors = stitchkit_command("check", toy_recipe, override, "--out", tmp_path)
    assert code == 2
    assert message in errors
    assert len(errors.splitlines()) == 1
    assert not (tmp_path / "networks").exists()

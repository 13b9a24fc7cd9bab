"""Predicting pictures of one's own, on a study of toys."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

pytestmark = pytest.mark.usefixtures("toy_plugins")

GREY = 100


@pytest.fixture
def no_data(monkeypatch):
    """From here on the data set cannot be opened."""

    def never(*_):
        raise AssertionError("the data set was opened")

    monkeypatch.setattr("toys.Squares.__init__", never)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (30, 20), (GREY,) * 3).save(folder / "grey.png")
    Image.new("L", (7, 11), 200).save(folder / "light.jpg")
    return folder


def test_every_task_is_drawn_at_the_size_of_the_picture(stitchkit_command, study, photos, no_data):
    code, output, errors = stitchkit_command("predict", study, photos, "--raw", "--device", "cpu")
    assert code == 0, errors
    folder = study / "predictions" / "cross_stitch-seed0"
    assert "2 pictures: bright, dim; row cross_stitch, seed 0" in output
    assert str(folder) in output
    for name, size in (("grey", (30, 20)), ("light", (7, 11))):
        files = {"bright.png", "dim.png", "overview.png", "bright.npy", "dim.npy"}
        assert {file.name for file in (folder / name).iterdir()} == files
        values = np.load(folder / name / "bright.npy")
        assert values.shape == size[::-1]
        with Image.open(folder / name / "bright.png") as picture:
            assert picture.size == size
            drawn = np.asarray(picture)[..., 0]
        np.testing.assert_array_equal(drawn, (values.clip(0, 1) * 255).astype(np.uint8))
    with Image.open(folder / "grey" / "overview.png") as overview:
        assert overview.width > 3 * 30
        assert np.asarray(overview)[30, 5].tolist() == [GREY] * 3


def by_hand(weights: dict[str, torch.Tensor]) -> float:
    """What `toys.TinyNet` says of a grey picture, without PyTorch's modules."""
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (GREY / 255 - mean) / std
    w = {name: value.flatten(1) if value.ndim > 1 else value for name, value in weights.items()}
    hidden = (w["first.weight"] @ x + w["first.bias"]).clamp(min=0)
    return float(w["last.weight"] @ hidden + w["last.bias"])


def weights_of(study: Path, start: str) -> list[dict[str, torch.Tensor]]:
    folders = sorted((study.parents[1] / "networks").glob(f"{start}*"))
    return [load_file(folder / "network.safetensors") for folder in folders]


def test_one_task_networks_and_ensembles_say_what_their_weights_say(
    stitchkit_command, study, photos, tmp_path, no_data
):
    members = [by_hand(weights) for weights in weights_of(study, "one_task-bright")]
    first = by_hand(*weights_of(study, "one_task-bright-seed0-"))
    assert len(members) == 2
    for row, wanted in (("one_task", first), ("ensemble", sum(members) / 2)):
        to = tmp_path / row
        code, _, errors = stitchkit_command(
            "predict", study, photos / "grey.png", "--row", row, "--to", to, "--raw"
        )
        assert code == 0, errors
        np.testing.assert_allclose(np.load(to / "grey" / "bright.npy"), wanted, rtol=1e-5)


def test_the_constant_row_needs_no_network(stitchkit_command, study, photos, tmp_path, no_data):
    code, _, _ = stitchkit_command(
        "predict", study, photos / "grey.png", "--row", "constant", "--to", tmp_path, "--raw"
    )
    assert code == 0
    np.testing.assert_allclose(np.load(tmp_path / "grey" / "dim.npy"), 0.5)


def test_a_row_of_a_sweep_is_built_as_its_point_says(stitchkit_command, toy_recipe, photos, tmp_path):
    sweep = "sweep.methods.cross_stitch.unit.granularity=[channel, layer]"
    code, _, errors = stitchkit_command("run", toy_recipe, sweep, "--out", tmp_path / "runs")
    assert code == 0, errors
    study = tmp_path / "runs" / "toy" / "default"
    rows = [row for row in json.loads((study / "results.json").read_text())["rows"] if "layer" in row]
    assert len(rows) == 1
    code, output, errors = stitchkit_command("predict", study, photos, "--row", rows[0], "--json")
    assert code == 0, errors
    assert json.loads(output)["row"] == rows[0]


def test_an_unreadable_picture_is_named_and_the_rest_goes_on(stitchkit_command, study, photos):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    (photos / "notes.txt").write_text("no picture")
    code, output, errors = stitchkit_command("predict", study, photos, "--json")
    assert code == 1
    told = [line for line in errors.splitlines() if line.startswith("stitchkit: ")]
    assert len(told) == 1
    assert str(photos / "broken.jpg") in told[0]
    found = json.loads(output)
    assert list(found["pictures"]) == ["grey", "light"]
    assert list(found["failed"]) == [str(photos / "broken.jpg")]
    assert not (Path(found["folder"]) / "broken").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.png"], "nowhere.png: no such picture or folder"),
        (["*.none"], "no picture matches '*.none'"),
        (["PHOTOS", "--row", "cros_stitch"], "unknown row 'cros_stitch'; did you mean 'cross_stitch'"),
        (["PHOTOS", "--seed", "7"], "row 'cross_stitch' has no seed 7; it has 0"),
        (["PHOTOS", "--device", "quantum"], "device 'quantum' is not there"),
        (["PHOTOS", "--proposals", "window"], "did you mean 'windows'"),
    ],
)
def test_a_mistake_is_one_clear_line(stitchkit_command, study, photos, words, message):
    given = [photos if word == "PHOTOS" else word for word in words]
    code, output, errors = stitchkit_command("predict", study, *given)
    told = [line for line in errors.splitlines() if not line.startswith("read: ")]
    assert (code, output) == (2, "")
    assert len(told) == 1
    assert message in told[0]


def test_what_is_missing_in_the_study_is_named(stitchkit_command, study, photos, tmp_path):
    def told() -> str:
        code, _, errors = stitchkit_command("predict", study, photos)
        assert code == 2
        return errors.splitlines()[-1]

    runs = study.parents[1]
    (network,) = (runs / "networks").glob("cross_stitch-*")
    network_file = network / "network.safetensors"
    whole = network_file.read_bytes()
    network_file.write_bytes(whole[: len(whole) // 2])
    assert "network.safetensors is broken" in told()
    network_file.unlink()
    assert "holds no network.safetensors; run the recipe again" in told()
    record = json.loads((network / "run.json").read_text())
    (network / "run.json").write_text(json.dumps({**record, "seed": 5}))
    assert "is not the run that stands in its place" in told()
    (network / "run.json").write_text("{}")
    assert "does not fit the recipe" in told()
    (network / "run.json").write_text(json.dumps(record))
    shutil.rmtree(runs / "tasks")
    assert "lacks what task 'bright' learned" in told()
    assert stitchkit_command("predict", tmp_path, photos)[2].startswith(
        f"stitchkit: {tmp_path / 'results.json'} does not exist"
    )


def test_regions_are_proposed_and_attributes_told_of_detections(stitchkit_command, objects_study, tmp_path):
    study, frames = objects_study
    drawn = next(study.parents[1].glob("networks/cross_stitch-*/pictures/*"))
    frame = frames / f"{drawn.name}.jpg"
    code, _, errors = stitchkit_command("predict", study, frame, "--to", tmp_path, "--raw", "--device", "cpu")
    assert code == 0, errors
    folder = tmp_path / frame.stem
    with Image.open(drawn / "detection.prediction.png") as then, Image.open(folder / "detection.png") as now:
        np.testing.assert_array_equal(np.asarray(now), np.asarray(then))  # as when the study measured it
    with np.load(folder / "detection.npz") as found, np.load(folder / "attributes.npz") as told:
        shown = int((found["scores"] >= 0.3).sum()) or 3
        np.testing.assert_array_equal(told["boxes"], found["boxes"][:shown])
        assert told["scores"].shape == (shown, 64)

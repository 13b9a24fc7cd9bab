"""The shipped recipe from beginning to end, as small as it gets."""

import json
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from stitchkit.backbones import CaffeNet
from stitchkit.methods.cross_stitch import CrossStitchConfig
from stitchkit.networks import stitch
from stitchkit.recipe import load
from stitchkit.units import CrossStitch

RECIPE = Path(__file__).parents[2] / "recipes" / "nyu_alexnet.yaml"
TINY = (
    "backbone.width=0.05",
    "training.size=[60,80]",
    "training.batch=4",
    "training.log_every=1",
    "methods.one_task.iterations={segmentation: 3, normals: 3}",
    "methods.one_task_longer=null",
    "methods.cross_stitch.iterations=2",
    "evaluation.pictures=2",
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def tiny_rooms(cache, monkeypatch):
    """Overrides for a handful of small rooms, rendered once into a cache of their own."""
    monkeypatch.setenv("STITCHKIT_CACHE", str(cache))
    return ("data.train=8", "data.test=4", "data.size=[60,80]", "data.processes=1")


def test_the_sample_profile_end_to_end(stitchkit_command, tmp_path, tiny_rooms):
    words = ("run", RECIPE, *TINY, *tiny_rooms, "--profile", "sample", "--out", tmp_path)
    code, output, errors = stitchkit_command(*words)
    assert code == 0, errors
    for row in ("Constant prediction", "One-task", "Cross-stitch"):
        assert row in output
    folder = tmp_path / "nyu_alexnet" / "sample"
    results = json.loads((folder / "results.json").read_text())
    assert results["recipe"] == "nyu_alexnet"
    assert results["data"]["name"] == "rooms"
    for method in ("one_task", "cross_stitch"):
        figures = results["rows"][method]["figures"]
        assert {"pixacc", "miu", "fwiu"} <= figures["segmentation"].keys()
        angles = {"mean", "median", "rmse", "within_11.25", "within_22.5", "within_30"}
        assert angles <= figures["normals"].keys()
        assert {"mean", "std", "seeds"} == figures["normals"]["median"].keys()

    (stitched,) = (run for run in results["runs"] if run["row"] == "cross_stitch")
    alphas = load_file(folder / stitched["folder"] / "alphas.safetensors")
    assert list(alphas) == sorted(["pool1", "pool2", "pool5", "fc6", "fc7"])
    assert all(alpha.shape[1:] == (2, 2) for alpha in alphas.values())
    network = load_file(folder / stitched["folder"] / "network.safetensors")
    assert {name.split(".")[0] for name in network} == {"nets", "units"}

    page = (folder / "report.html").read_text()
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page), "the page must not need a network"
    assert page.count("data:image") >= 2 * (1 + 2 * 3), "two frames: image, and per task truth and methods"

    code, again, errors = stitchkit_command(*words)
    assert code == 0
    assert "to do" not in again
    assert errors == ""


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("backbone.weights=missing.caffemodel", "missing.caffemodel"),
        ("methods.cross_stitch.taps=[pool3]", "pool3"),
        ("tasks.normals.decode=triangular", "tasks.normals.decode"),
        ("tasks.segmentation.target=lables", "lables"),
        ("data.root=/proc/nowhere", "/proc/nowhere"),
    ],
)
def test_a_mistake_is_one_line_with_the_place(stitchkit_command, tmp_path, tiny_rooms, override, message):
    words = ("check", RECIPE, *TINY, *tiny_rooms, override, "--profile", "sample", "--out", tmp_path)
    code, _, errors = stitchkit_command(*words)
    assert code == 2
    assert message in errors
    assert len(errors.splitlines()) == 1


def test_missing_data_is_one_line_with_the_remedy(stitchkit_command, tmp_path, monkeypatch):
    monkeypatch.setenv("STITCHKIT_DATA", str(tmp_path))
    code, _, errors = stitchkit_command("check", RECIPE, "--profile", "small")
    assert code == 2
    assert "stitchkit data prepare nyuv2" in errors
    assert len(errors.splitlines()) == 1


def test_real_frames(stitchkit_command, tmp_path, real_data, monkeypatch):
    monkeypatch.setenv("STITCHKIT_DATA", str(real_data("nyuv2").parent))
    words = ("run", RECIPE, *TINY, "training.cache=false", "evaluation.limit=6", "--profile", "small")
    code, _, errors = stitchkit_command(*words, "--out", tmp_path)
    assert code == 0, errors
    results = json.loads((tmp_path / "nyu_alexnet" / "small" / "results.json").read_text())
    assert results["data"]["train_frames"] == 795
    assert results["data"]["test_frames"] == 6
    assert "plane fits" in results["tasks"]["normals"]["source"]
    assert not results["tasks"]["normals"]["published"]


def test_the_default_profile_is_the_papers_pair():
    recipe = load(RECIPE).recipe
    method = recipe.methods["cross_stitch"].options()
    assert isinstance(method, CrossStitchConfig)
    assert recipe.training.batch == 20
    assert recipe.methods["one_task"].model_extra == {
        "iterations": {"segmentation": 25_000, "normals": 15_000}
    }
    assert method.iterations == 10_000

    backbone = CaffeNet(
        CaffeNet.Config.model_validate({**(recipe.backbone.model_extra or {}), "weights": None})
    )
    unit = method.unit.options()
    assert isinstance(unit, CrossStitch)
    net = stitch(
        {"segmentation": backbone.dense(40), "normals": backbone.dense(20)},
        taps=method.taps,
        unit=unit,
        example=torch.zeros(1, 3, 425, 560),
    )
    alphas = {tap: module.get_parameter("alpha") for tap, module in net.units.items()}
    assert {tap: len(alpha) for tap, alpha in alphas.items()} == {
        "pool1": 96,
        "pool2": 256,
        "pool5": 256,
        "fc6": 4096,
        "fc7": 4096,
    }
    assert sum(alpha.numel() for alpha in alphas.values()) == 35_200
    assert torch.equal(alphas["fc7"][7], torch.tensor([[0.9, 1 - 0.9], [1 - 0.9, 0.9]]))

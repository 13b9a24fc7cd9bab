"""Detection and attributes from beginning to end, as small as it gets."""

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

RECIPE = Path(__file__).parents[2] / "recipes" / "voc_alexnet.yaml"
TINY = (
    "backbone.width=0.05",
    "sampler.rois=16",
    "proposals={type: windows, limit: 200}",
    "training.batch=2",
    "training.log_every=1",
    "training.cache=false",
    "methods.one_task.iterations={detection: 3, attributes: 3}",
    "methods.one_task_longer=null",
    "methods.cross_stitch.iterations=2",
    "evaluation.pictures=2",
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def tiny_things(cache, monkeypatch):
    """Overrides for a handful of small pictures, drawn once into a cache of their own."""
    monkeypatch.setenv("STITCHKIT_CACHE", str(cache))
    return ("data.train=8", "data.test=4", "data.size=[80,100]", "data.processes=1", "training.size=[80,100]")


def test_the_sample_profile_end_to_end(stitchkit_command, tmp_path, tiny_things):
    words = ("run", RECIPE, *TINY, *tiny_things, "--profile", "sample", "--out", tmp_path)
    code, output, errors = stitchkit_command(*words)
    assert code == 0, errors
    assert "recall" in errors
    for row in ("Constant prediction", "One-task", "Cross-stitch"):
        assert row in output
    folder = tmp_path / "voc_alexnet" / "sample"
    results = json.loads((folder / "results.json").read_text())
    for method in ("one_task", "cross_stitch"):
        figures = results["rows"][method]["figures"]
        assert {"map_11", "map_all"} <= figures["detection"].keys()
        assert {"map_11", "map_all", "map_11_rarest_10"} <= figures["attributes"].keys()

    (stitched,) = (run for run in results["runs"] if run["row"] == "cross_stitch")
    alphas = load_file(folder / stitched["folder"] / "alphas.safetensors")
    assert sorted(alphas) == sorted(["pool1", "pool2", "roi_pool5", "fc6", "fc7"])
    assert all(alpha.shape == (1, 2, 2) for alpha in alphas.values())

    page = (folder / "report.html").read_text()
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page), "the page must not need a network"
    assert page.count("data:image") >= 2 * (1 + 2 * 3), "two frames: image, and per task truth and methods"

    code, again, _ = stitchkit_command(*words)
    assert code == 0
    assert "to do" not in again


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sampler=null", "sampler"),
        ("sampler={type: whole_images}", "tasks.detection: 'detection' needs rois, roi_object, roi_overlap"),
        ("proposals=null", "proposals"),
        ("proposals.type=window", "did you mean 'windows'"),
        ("backbone={type: 'timm:resnet18', head: fcm}", "backbone.head"),
        ("training.size={shorter: 300, longer: 200}", "longer must be more than shorter, 300, but got 200"),
        ("methods.cross_stitch.taps=[pool5]", "pool5"),
    ],
)
def test_a_mistake_is_one_line_with_the_place(stitchkit_command, tmp_path, tiny_things, override, message):
    block = re.split(r"\W", override)[0]
    tiny = [word for word in TINY if not word.startswith(block)]
    words = ("check", RECIPE, *tiny, *tiny_things, override, "--profile", "sample", "--out", tmp_path)
    code, _, errors = stitchkit_command(*words)
    told = [line for line in errors.splitlines() if not line.startswith("proposals: recall")]
    assert code == 2
    assert message in errors
    assert len(told) == 1


def test_missing_data_is_one_line_with_the_remedy(stitchkit_command, tmp_path, monkeypatch):
    monkeypatch.setenv("STITCHKIT_DATA", str(tmp_path))
    code, _, errors = stitchkit_command("check", RECIPE, "--profile", "small")
    assert code == 2
    assert "stitchkit data prepare voc2008" in errors
    assert len(errors.splitlines()) == 1


def test_real_frames(stitchkit_command, tmp_path, real_data, monkeypatch):
    monkeypatch.setenv("STITCHKIT_DATA", str(real_data("voc2008").parent))
    size = "training.size={shorter: 96, longer: 160}"
    words = ("run", RECIPE, *TINY, size, "evaluation.limit=6", "--profile", "small", "--out", tmp_path)
    code, _, errors = stitchkit_command(*words)
    assert code == 0, errors
    results = json.loads((tmp_path / "voc_alexnet" / "small" / "results.json").read_text())
    assert (results["data"]["train_frames"], results["data"]["test_frames"]) == (498, 6)
    assert not any(task["published"] for task in results["tasks"].values())
    assert results["published"] is None or not results["published"]["rows"]


def test_another_backbone_takes_the_place_of_caffenet(stitchkit_command, tmp_path, tiny_things):
    tiny = tuple(word for word in TINY if not word.startswith("backbone"))
    timm = "backbone={type: 'timm:test_resnet', fc_width: 16}"
    taps = "methods.cross_stitch.taps=null"
    words = ("run", RECIPE, *tiny, *tiny_things, timm, taps, "--profile", "sample", "--out", tmp_path)
    code, output, errors = stitchkit_command(*words)
    assert code == 0, errors
    assert "Cross-stitch" in output


def test_the_default_profile_is_the_papers_pair():
    recipe = load(RECIPE).recipe
    method = recipe.methods["cross_stitch"].options()
    assert isinstance(method, CrossStitchConfig)
    backbone = CaffeNet(
        CaffeNet.Config.model_validate({**(recipe.backbone.model_extra or {}), "weights": None})
    )
    unit = method.unit.options()
    assert isinstance(unit, CrossStitch)
    net = stitch(
        {
            "detection": backbone.regional({"scores": 21, "deltas": 84}),
            "attributes": backbone.regional({"attributes": 64}),
        },
        taps=method.taps,
        unit=unit,
        example={"image": torch.zeros(1, 3, 600, 800), "rois": torch.tensor([[0.0, 0, 0, 99, 99]])},
    )
    assert list(net.units) == ["pool1", "pool2", "roi_pool5", "fc6", "fc7"]
    assert sum(unit.get_parameter("alpha").numel() for unit in net.units.values()) == 20

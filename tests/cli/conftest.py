import shutil
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[2] / "recipes"

SMALLEST = (
    "data.train=6",
    "data.test=3",
    "data.size=[80,100]",
    "data.processes=1",
    "proposals={type: windows, limit: 200}",
    "sampler.rois=16",
    "backbone.width=0.05",
    "training.size=[80,100]",
    "training.batch=2",
    "training.cache=false",
    "training.workers=0",
    "methods.one_task.iterations={detection: 2, attributes: 2}",
    "methods.one_task_longer=null",
    "methods.cross_stitch.iterations=2",
    "evaluation={pictures: 1, resamples: 0}",
)


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """A folder for what the tests of this session share."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def study(stitchkit_command, toy_recipe, kept, tmp_path):
    """A copy of a finished study on toys: one-task, stitched and split networks, and an ensemble."""
    runs = kept / "toys"
    if not runs.exists():
        further = ("methods.ensemble={}", "methods.split={iterations: 2, at: [last]}")
        code, _, errors = stitchkit_command("run", toy_recipe, *further, "--out", runs)
        assert code == 0, errors
    shutil.copytree(runs, tmp_path / "runs")
    return tmp_path / "runs" / "toy" / "default"


@pytest.fixture
def objects_study(stitchkit_command, kept, monkeypatch):
    """A finished study of detection and attributes on drawn things, and the folder of its pictures."""
    monkeypatch.setenv("STITCHKIT_CACHE", str(kept / "cache"))
    runs = kept / "objects"
    if not runs.exists():
        words = ("run", RECIPES / "voc_alexnet.yaml", *SMALLEST, "--profile", "sample", "--out", runs)
        code, _, errors = stitchkit_command(*words)
        assert code == 0, errors
    (frames,) = (kept / "cache").glob("things/*/JPEGImages")
    return runs / "voc_alexnet" / "sample", frames

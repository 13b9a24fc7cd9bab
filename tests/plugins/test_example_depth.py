"""A stranger's plugin is built, installed and used as its author would, beside stitchkit's own wheel."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "plugins" / "example_depth"
RECIPE = EXAMPLE / "recipes" / "rooms_depth.yaml"
SHORT = (
    "data.train=6",
    "data.test=3",
    "data.size=[48,64]",
    "data.processes=1",
    "training.size=[48,64]",
    "training.batch=2",
    "backbone.width=0.05",
    "tasks.normals.codebook=8",
    "methods.one_task.iterations={segmentation: 2, normals: 2, depth: 2}",
    "methods.one_task_longer.iterations=2",
    "methods.cross_stitch.iterations=2",
    "evaluation.pictures=1",
    "evaluation.resamples=20",
)

Run = Callable[..., str]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run Python where both wheels are installed in a folder of their own, away from this checkout."""
    folder = tmp_path_factory.mktemp("installed")

    def pip(command: str, *words: object) -> None:
        quietly = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", command]
        subprocess.run([*quietly, "--no-deps", "--no-index", *map(str, words)], check=True)

    for source in (ROOT, EXAMPLE):
        pip("wheel", "--no-build-isolation", "--wheel-dir", folder / "wheels", source)
    wheels = sorted((folder / "wheels").glob("*.whl"))
    assert [wheel.name.partition("-")[0] for wheel in wheels] == ["stitchkit", "stitchkit_example_depth"]
    pip("install", "--target", folder / "site", *wheels)
    surroundings = {
        **os.environ,
        "PYTHONPATH": str(folder / "site"),
        "STITCHKIT_CACHE": str(folder / "cache"),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "160",
    }

    def python(*words: object) -> str:
        command = [sys.executable, *map(str, words)]
        done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return python


def stitchkit(run: Run, *words: object) -> str:
    return run("-c", "from stitchkit.cli import main; main()", *words)


def test_nothing_of_it_is_in_stitchkit_s_own_wheel(run: Run) -> None:
    code = "import stitchkit, example_depth; print(stitchkit.__file__); print(example_depth.__file__)"
    found = [Path(line) for line in run("-c", code).split()]
    assert [path.parents[1].name for path in found] == ["site", "site"]
    record = next(found[0].parents[1].glob("stitchkit-*.dist-info/RECORD")).read_text("utf-8")
    assert "stitchkit/testing/__init__.py" in record
    assert "example_depth" not in record


def test_its_task_stands_beside_the_built_in_ones(run: Run) -> None:
    lines = [line.split() for line in stitchkit(run, "plugins").splitlines()]
    (line,) = (line for line in lines if line[:2] == ["tasks", "depth"])
    assert line[2].replace("_", "-") == "stitchkit-example-depth"


def test_its_own_tests_pass(run: Run) -> None:
    assert " passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLE)


def test_its_recipe_joins_it_with_built_in_tasks(run: Run, tmp_path: Path) -> None:
    output = stitchkit(run, "run", RECIPE, *SHORT, "--profile", "sample", "--out", tmp_path)
    assert "RMSE" in output
    (written,) = tmp_path.rglob("results.json")
    results = json.loads(written.read_text("utf-8"))
    assert {"segmentation", "normals", "depth"} <= set(results["tasks"])
    assert list(tmp_path.rglob("depth.prediction.png"))

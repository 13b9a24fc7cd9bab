"""Where a new plugin is installed its own tests pass, its recipe runs and its types are right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stitchkit.skeletons import Kind

ROOT = Path(__file__).parents[2]
QUICK = (Kind.unit,)
SHORT = (
    "data.train=6",
    "data.test=3",
    "training.batch=2",
    "evaluation={pictures: 1, resamples: 20}",
    "methods.cross_stitch.iterations=2",
)
FURTHER: dict[Kind, tuple[str, ...]] = {
    Kind.unit: ("methods.skeleton_of_unit.iterations=2",),
    Kind.backbone: ("methods.split.iterations=2",),
    Kind.method: ("methods.skeleton_of_method.iterations=2",),
}


def python(folder: Path, *words: str) -> str:
    """Run Python in a plugin's folder, where it is installed beside stitchkit."""
    surroundings = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (folder, ROOT))),
        "STITCHKIT_CACHE": str(folder.parent / "cache"),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in QUICK else pytest.mark.slow) for kind in Kind]
)
def test_its_own_tests_pass(made, kind):
    output = python(made(f"skeleton-of-{kind}", kind), "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in output
    assert "failed" not in output


@pytest.mark.slow
@pytest.mark.parametrize("kind", Kind)
def test_its_recipe_runs(made, kind):
    folder = made(f"skeleton-of-{kind}", kind)
    tasks = ("normals", "skeleton_of_task" if kind is Kind.task else "segmentation")
    words = (*SHORT, *FURTHER.get(kind, ()), f"methods.one_task.iterations={{{tasks[0]}: 2, {tasks[1]}: 2}}")
    output = python(
        folder, "-c", "from stitchkit.cli import main; main()", "run", "recipe.yaml", *words, "--out", "runs"
    )
    assert "Cross-stitch" in output
    assert (folder / "runs" / "recipe" / "default" / "results.json").is_file()


@pytest.mark.slow
def test_its_types_are_right(made):
    pytest.importorskip("mypy")
    for kind in Kind:
        folder = made(f"skeleton-of-{kind}", kind)
        output = python(folder, "-m", "mypy", "--cache-dir", str(folder.parent / "mypy"))
        assert output.startswith("Success: no issues found")

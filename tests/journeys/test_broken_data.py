"""Broken files of a data set: one line that names the file, exit code 2, before or during a run."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stitchkit.data import FrameWriter

CLASSES = ("wall", "floor", "bed")
SIZE = (48, 64)

RECIPE = """
data: {{type: frames, root: "{root}"}}
tasks:
  segmentation: {{type: segmentation}}
  normals: {{type: normals, codebook: 4, manhattan: false}}
backbone: {{type: "stitchkit:caffenet", width: 0.02, first_padding: 4, fc6_padding: 3, init: he}}
training: {{batch: 2, workers: {workers}}}
methods:
  one_task: {{iterations: {{segmentation: 2, normals: 2}}}}
  cross_stitch: {{iterations: 2}}
evaluation: {{pictures: 0}}
"""


@pytest.fixture
def frames(tmp_path) -> Path:
    """Six frames of noise, four to train on."""
    random = np.random.default_rng(0)
    writer = FrameWriter(
        tmp_path / "frames", name="noise", classes=CLASSES, size=SIZE, normals_source="noise"
    )
    for number in range(1, 7):
        normals = random.normal(size=(*SIZE, 3)).astype(np.float32)
        writer.write(
            number,
            image=random.integers(0, 256, (*SIZE, 3), dtype=np.uint8),
            labels=random.integers(0, 4, SIZE, dtype=np.uint8),
            depth=np.ones(SIZE, np.float32),
            normals=normals / np.linalg.norm(normals, axis=-1, keepdims=True),
        )
    writer.finish({"train": [1, 2, 3, 4], "test": [5, 6]})
    return tmp_path / "frames"


@pytest.fixture
def run(stitchkit_command, frames, tmp_path):
    def command(workers: int = 0) -> tuple[int, list[str]]:
        recipe = tmp_path / "noise.yaml"
        recipe.write_text(RECIPE.format(root=frames, workers=workers))
        code, _, errors = stitchkit_command("run", recipe, "--out", tmp_path / "runs")
        return code, [line for line in errors.splitlines() if line.startswith("stitchkit: ")]

    return command


def test_sound_frames_run(run):
    assert run() == (0, [])


def truncate(frames: Path, number: int) -> str:
    path = next((frames / "image").glob(f"{number:04d}.*"))
    path.write_bytes(path.read_bytes()[:-200])
    return path.name


@pytest.mark.parametrize(("number", "workers"), [(2, 0), (5, 0), (5, 1)])
def test_a_truncated_picture(run, frames, number, workers):
    name = truncate(frames, number)
    code, lines = run(workers)
    assert code == 2
    assert len(lines) == 1
    assert f"image/{name}" in lines[0]


def test_a_label_out_of_range(run, frames):
    path = next((frames / "label").glob("0003.*"))
    labels = np.asarray(Image.open(path)).copy()
    labels[5, 6] = 9
    Image.fromarray(labels).save(path)
    code, lines = run()
    assert code == 2
    assert len(lines) == 1
    assert "0003" in lines[0]
    assert "9" in lines[0]


def test_a_missing_picture(run, frames):
    next((frames / "image").glob("0006.*")).unlink()
    code, lines = run()
    assert code == 2
    assert len(lines) == 1
    assert "0006" in lines[0]


def test_a_path_out_of_the_folder_is_refused(run, frames):
    path = frames / "dataset.json"
    description = json.loads(path.read_text())
    description["image"]["path"] = "../../{:04d}.png"
    path.write_text(json.dumps(description))
    code, lines = run()
    assert code == 2
    assert len(lines) == 1
    assert "dataset.json" in lines[0]


def test_weights_that_are_none(run, frames, tmp_path, stitchkit_command):
    weights = tmp_path / "weights.caffemodel"
    weights.write_bytes(b"not a network")
    recipe = tmp_path / "noise.yaml"
    recipe.write_text(RECIPE.format(root=frames, workers=0))
    code, _, errors = stitchkit_command(
        "run", recipe, f"backbone.weights={weights}", "--out", tmp_path / "runs"
    )
    assert code == 2
    assert len(errors.splitlines()) == 1
    assert "weights.caffemodel" in errors

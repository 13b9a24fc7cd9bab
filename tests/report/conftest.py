"""Made-up studies, and everything that their runs would leave."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from report.large_study import large_study
from report.studies import contents
from safetensors.numpy import save_file

from stitchkit.results import Results

GRADIENTS = [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L")]
PHOTOGRAPH = Image.merge("RGB", GRADIENTS).resize((800, 600))  # of more than 256 colours


def leave_files(results: Results, folder: Path, channels: int) -> None:
    """What training and evaluation leave in each run's folder."""
    random = np.random.default_rng(0)
    for record in results.runs:
        run = folder / record.folder
        (run / "pictures" / "frame10").mkdir(parents=True)
        (run / "pictures" / "frame2").mkdir()
        stitched = len(record.task_order) > 1
        with (run / "history.jsonl").open("w") as history:
            for iteration in (0, 10, 20):
                entry: dict[str, float] = {"iteration": iteration, "lr": 0.1}
                entry |= {f"loss.{task}": 2.0 - iteration / 20 for task in record.task_order}
                if stitched:
                    for tap in ("pool1", "layer1.0.relu"):
                        entry |= {f"alpha.{tap}.same": 0.9, f"alpha.{tap}.different": 0.1}
                if "seg" in record.task_order and iteration:
                    entry["validation.seg.miu"] = 10.0 + iteration
                history.write(json.dumps(entry) + "\n")
            history.write('{"iteration": 30, "loss.s')  # cut off in the middle of a line
        if stitched:
            alphas = random.normal(0.5, 0.2, (channels, 2, 2)).astype(np.float32)
            save_file({"layer1.0.relu": alphas, "pool1": alphas}, run / "alphas.safetensors")
        for frame in ("frame2", "frame10"):
            pictures = run / "pictures" / frame
            PHOTOGRAPH.save(pictures / "image.png", compress_level=1)
            for task in record.task_order:
                for name in ("truth", "prediction"):
                    Image.new("RGB", (8, 6), (1, 2, 3)).save(pictures / f"{task}.{name}.png")


@pytest.fixture
def data() -> dict[str, Any]:
    return contents()


@pytest.fixture
def results(data: dict[str, Any]) -> Results:
    return Results.model_validate(data)


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., tuple[Results, Path]]:
    """Results and the folder for ``results.json``, with the files of the runs unless told otherwise."""

    def build(
        data: dict[str, Any] | None = None, *, files: bool = True, channels: int = 5
    ) -> tuple[Results, Path]:
        results = Results.model_validate(data or contents())
        folder = tmp_path / "study"
        folder.mkdir()
        if files:
            leave_files(results, folder, channels)
        return results, folder

    return build


@pytest.fixture
def large() -> dict[str, Any]:
    """``results.json`` of a study with every kind of row."""
    return large_study()

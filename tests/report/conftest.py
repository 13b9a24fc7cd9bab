"""A made-up study: two tasks, three methods, two seeds, and everything that its runs would leave."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from stitchkit.results import Results

SNAPPED = "snapped to axes estimated from the prediction"
METRICS = {
    "seg": [
        {"name": "miu", "label": "mIU", "unit": "%", "higher_is_better": True, "note": "over present classes"}
    ],
    "sn": [
        {"name": "mean", "label": "Mean", "unit": "°", "higher_is_better": False},
        {"name": "within_30", "label": "<30°", "unit": "%", "higher_is_better": True},
        {
            "name": "manhattan_mean",
            "label": "Mean",
            "unit": "°",
            "higher_is_better": False,
            "note": SNAPPED,
        },
        {
            "name": "manhattan_within_30",
            "label": "<30°",
            "unit": "%",
            "higher_is_better": True,
            "note": SNAPPED,
        },
    ],
}
MEANS = {  # method -> task -> metric -> a figure for each seed
    "cross_stitch": {
        "seg": {"miu": [20.0, 22.0]},
        "sn": {
            "mean": [34.0, 35.0],
            "within_30": [60.0, 61.0],
            "manhattan_mean": [33.0, 33.0],
            "manhattan_within_30": [62.0, 62.0],
        },
    },
    "one_task": {
        "seg": {"miu": [19.0, 20.0]},
        "sn": {
            "mean": [33.0, 34.0],
            "within_30": [60.0, 61.0],
            "manhattan_mean": [34.0, 34.0],
            "manhattan_within_30": [61.0, 61.0],
        },
    },
    "constant": {
        "seg": {"miu": [1.0]},
        "sn": {"mean": [9.0], "within_30": [99.0], "manhattan_mean": [9.0], "manhattan_within_30": [99.0]},
    },
}

GRADIENTS = [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L")]
PHOTOGRAPH = Image.merge("RGB", GRADIENTS).resize((800, 600))  # of more than 256 colours


def summary(seeds: list[float]) -> dict[str, Any]:
    std = float(np.std(seeds, ddof=1)) if len(seeds) > 1 else None
    return {"mean": float(np.mean(seeds)), "std": std, "seeds": seeds}


def per_class(values: list[float | None]) -> dict[str, Any]:
    return {
        "per_class": {
            "names": ["wall", "$bag$", "lamp <i>"],
            "value": values,
            "metric": "IoU",
            "unit": "%",
            "train_count": [4_000_000, 10, 500],
            "count_unit": "pixels",
        }
    }


def contents() -> dict[str, Any]:
    """``results.json`` as plain data, for a test to change."""
    runs = []
    for seed in (3, 4):
        for method, tasks in (("one_task", ["seg"]), ("one_task", ["sn"]), ("cross_stitch", ["seg", "sn"])):
            key = f"{method}-{'-'.join(tasks)}-{seed}"
            values: list[float | None] = (
                [50.0, 10.0, None] if method == "one_task" else [49.0 + seed, 12.0, 7.0]
            )
            runs.append(
                {
                    "key": key,
                    "method": method,
                    "seed": seed,
                    "task_order": tasks,
                    "folder": f"../networks/{key}",
                    "iterations": 1000,
                    "seconds": 3725.4,
                    "parameters": 1_234_567,
                    "results": {
                        task: {"metrics": {}, "details": per_class(values) if task == "seg" else {}}
                        for task in tasks
                    },
                }
            )
    return {
        "recipe": "nyu",
        "title": "A made-up study",
        "profile": "sample",
        "overrides": ["training.lr=0.1"],
        "data": {
            "name": "rooms",
            "fingerprint": "0123456789abcdef",
            "limits": "Drawn rooms only.",
            "train_frames": 1000,
            "test_frames": 20,
        },
        "tasks": {
            task: {"type": task, "metrics": copy.deepcopy(metrics), "target": task}
            for task, metrics in METRICS.items()
        },
        "methods": {
            method: {
                task: {name: summary(seeds) for name, seeds in figures.items()}
                for task, figures in of_task.items()
            }
            for method, of_task in MEANS.items()
        },
        "published": {
            "source": "Misra et al. 2016, Table 5",
            "rows": {"cross_stitch": {"seg": {"miu": 19.3}, "sn": {"mean": 34.1}}},
        },
        "runs": runs,
        "seeds": [3, 4],
        "machine": "a test",
        "versions": {"stitchkit": "0"},
        "date": "2026-01-02",
    }


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

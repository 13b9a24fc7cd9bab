"""A small made-up study as ``results.json``: two tasks, three rows, two seeds."""

import copy
from typing import Any

import numpy as np

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
MEANS = {  # row -> task -> metric -> a figure for each seed
    "constant": {
        "seg": {"miu": [1.0]},
        "sn": {"mean": [9.0], "within_30": [99.0], "manhattan_mean": [9.0], "manhattan_within_30": [99.0]},
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
    "cross_stitch": {
        "seg": {"miu": [20.0, 22.0]},
        "sn": {
            "mean": [34.0, 35.0],
            "within_30": [60.0, 61.0],
            "manhattan_mean": [33.0, 33.0],
            "manhattan_within_30": [62.0, 62.0],
        },
    },
}

LABELS = {"constant": "Constant prediction", "one_task": "One-task", "cross_stitch": "Cross-stitch"}


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
                    "row": method,
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
        "rows": {
            row: {
                "label": LABELS[row],
                "method": row,
                "type": row,
                "figures": {
                    task: {name: summary(seeds) for name, seeds in figures.items()}
                    for task, figures in of_task.items()
                },
            }
            for row, of_task in MEANS.items()
        },
        "differences": [
            {
                "row": "cross_stitch",
                "against": "one_task",
                "task": task,
                "metric": metric,
                "mean": mean,
                "low": mean - 0.75,
                "high": mean + 0.75,
                "seeds": seeds,
            }
            for task, metric, mean, seeds in (
                ("seg", "miu", 1.5, [1.0, 2.0]),
                ("sn", "mean", 1.0, [1.0, 1.0]),
                ("sn", "within_30", 0.0, [0.0, 0.0]),
            )
        ],
        "resamples": 1000,
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


def add_row(data: dict[str, Any], name: str, like: str = "one_task", **also: object) -> dict[str, Any]:
    """A further row with the figures of another; what is given takes the place of the other's."""
    data["rows"][name] = copy.deepcopy(data["rows"][like]) | {"method": name, "type": name, "label": name}
    data["rows"][name] |= also
    return data["rows"][name]

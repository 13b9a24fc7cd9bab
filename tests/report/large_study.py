"""A made-up study of every kind of row: a sweep, candidates, three seeds, forty classes."""

from itertools import combinations
from typing import Any

import numpy as np

SEEDS = [0, 1, 2]
LAYERS = ["conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "score"]
SAME = [0.1, 0.5, 0.7, 0.9]
METRICS = {
    "segmentation": [("miu", "mIU", "%", True), ("pixacc", "pixacc", "%", True)],
    "normals": [("mean", "mean", "°", False), ("median", "median", "°", False)],
}
START = {"miu": 18.0, "pixacc": 47.0, "mean": 34.0, "median": 19.0}
GAINS = {  # row -> how much better than one-task, in points or degrees
    "one_task": 0.0,
    "one_task_longer": 0.1,
    "ensemble": 0.5,
    **{
        f"split {layer}": gain
        for layer, gain in zip(LAYERS, (-0.3, 0.1, 0.6, 0.2, -0.4, -0.2, -1.1), strict=True)
    },
    "mtl_shared": -1.5,
    **{f"cross_stitch same={same}": gain for same, gain in zip(SAME, (0.2, 0.3, 0.7, 0.9), strict=True)},
}
LABELS = {
    "one_task": "One-task",
    "one_task_longer": "One-task trained longer",
    "ensemble": "Ensemble",
    "mtl_shared": "MTL-shared",
}
CLASSES = 40


def large_study() -> dict[str, Any]:
    """``results.json`` as plain data: 10 rows, of which 4 are points of a sweep, and 7 candidates."""
    random = np.random.default_rng(0)
    seeds = {
        name: {
            metric: [
                round(START[metric] + (gain if up else -gain) + random.normal(0, 0.25), 3) for _ in SEEDS
            ]
            for metrics in METRICS.values()
            for metric, _, _, up in metrics
        }
        for name, gain in GAINS.items()
    }
    rows = {"constant": _row("constant", {"miu": [0.6], "pixacc": [23.4], "mean": [45.9], "median": [45.7]})}
    for name, figures in seeds.items():
        if name == "split conv2":
            rows["split"] = _row("split conv4", seeds["split conv4"])
            rows["split"] |= {"label": "Split conv4, best of 7 on validation frames", "picked": "split conv4"}
        rows[name] = _row(name, figures)
        if name.startswith("split "):
            rows[name] |= {"candidate": name.split()[1], "validation_delta_m": GAINS[name] * 3 + 0.2}
    return {
        "recipe": "everything",
        "title": "Every row of the comparison, made up",
        "profile": "default",
        "data": {
            "name": "nowhere",
            "fingerprint": "fedcba9876543210",
            "limits": "Invented figures.",
            "train_frames": 795,
            "validation_frames": 80,
            "test_frames": 654,
        },
        "tasks": {
            task: {
                "type": task,
                "target": task,
                "metrics": [
                    {"name": name, "label": label, "unit": unit, "higher_is_better": up}
                    for name, label, unit, up in metrics
                ],
            }
            for task, metrics in METRICS.items()
        },
        "rows": rows,
        "runs": [run for name in seeds for seed in SEEDS for run in _runs(name, seed, random)],
        "differences": _differences(seeds),
        "resamples": 1000,
        "seeds": SEEDS,
        "date": "2026-01-02",
    }


def _row(name: str, figures: dict[str, list[float]]) -> dict[str, Any]:
    method, _, rest = name.partition(" ")
    row: dict[str, Any] = {
        "label": LABELS.get(method, f"{method.capitalize().replace('_', '-')}"),
        "method": method,
        "type": method,
        "figures": {
            task: {metric: _summary(figures[metric]) for metric, *_ in metrics}
            for task, metrics in METRICS.items()
        },
    }
    if method == "constant":
        return row | {"label": "Constant prediction"}
    if method == "cross_stitch":
        value = float(rest.removeprefix("same="))
        row |= {"label": f"Cross-stitch, {rest}", "settings": {"methods.cross_stitch.unit.same": value}}
    elif rest:
        row["label"] += f" {rest}"
    gain = 2 * GAINS[name]
    networks = 4 if method == "ensemble" else 1 if method == "split" else 2
    return row | {
        "delta_m": _summary([gain - 0.2, gain, gain + 0.2]),
        "cost": {
            "parameters": 57_000_000 * networks,
            "flops": 10_600_000_000 * networks,
            "seconds": 3725.4 * networks,
            "memory": 2_340_000_000 * networks,
        },
    }


def _summary(seeds: list[float]) -> dict[str, Any]:
    std = float(np.std(seeds, ddof=1)) if len(seeds) > 1 else None
    return {"mean": float(np.mean(seeds)), "std": std, "seeds": seeds}


def _runs(name: str, seed: int, random: np.random.Generator) -> list[dict[str, Any]]:
    alone = name.startswith("one_task")
    tasks = [[task] for task in METRICS] if alone else [list(METRICS)]
    return [
        {
            "key": f"{name}-{'-'.join(of)}-{seed}".replace(" ", "-"),
            "row": name,
            "seed": seed,
            "task_order": of,
            "folder": f"../networks/{name.replace(' ', '-')}-{'-'.join(of)}-{seed}",
            "iterations": 0 if name == "ensemble" else 10_000,
            "seconds": 3725.4,
            "parameters": 57_000_000 * len(of),
            "results": {
                task: {"metrics": {}, "details": _details(name, random) if task == "segmentation" else {}}
                for task in of
            },
        }
        for of in tasks
    ]


def _details(name: str, random: np.random.Generator) -> dict[str, Any]:
    """Frequent classes are found more often, and rare ones are taken for the three most frequent."""
    frequent = np.arange(CLASSES)[::-1]  # class 0 is the most frequent
    found = np.clip(0.1 + 0.02 * frequent + 0.01 * GAINS[name] + random.normal(0, 0.02, CLASSES), 0.02, 0.95)
    confusion = random.integers(0, 8, (CLASSES, CLASSES)).astype(float)
    confusion[:, :3] += 150 * (1 - found)[:, None]
    np.fill_diagonal(confusion, 1000 * found)
    return {
        "per_class": {
            "names": [f"a class called {i}" if i % 7 == 3 else f"class {i}" for i in range(CLASSES)],
            "value": (100 * found).round(2).tolist(),
            "metric": "IoU",
            "unit": "%",
            "train_count": (1000 * 1.2**frequent).astype(int).tolist(),
            "count_unit": "pixels",
        },
        "confusion": confusion.astype(int).tolist(),
    }


def _differences(seeds: dict[str, dict[str, list[float]]]) -> list[dict[str, Any]]:
    found = []
    for (earlier, theirs), (later, ours) in combinations(seeds.items(), 2):
        for task, metrics in METRICS.items():
            for metric, *_ in metrics:
                each = [a - b for a, b in zip(ours[metric], theirs[metric], strict=True)]
                mean = float(np.mean(each))
                names = {"row": later, "against": earlier, "task": task, "metric": metric}
                found.append(names | {"mean": mean, "low": mean - 0.45, "high": mean + 0.45, "seeds": each})
    return found

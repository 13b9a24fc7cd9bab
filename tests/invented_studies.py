"""Studies that nobody ran: every figure in them is invented, unless a test says that it is the paper's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from stitchkit.claims.study import NYU, Study
from stitchkit.results import Results

FIGURES = {  # task -> metric, label, unit, whether higher is better
    "segmentation": [("pixacc", "pixacc", "%", True), ("miu", "mIU", "%", True), ("fwiu", "fwIU", "%", True)],
    "normals": [
        ("mean", "mean", "°", False),
        ("median", "median", "°", False),
        *((f"within_{limit}", f"<{limit}°", "%", True) for limit in ("11.25", "22.5", "30")),
    ],
    "detection": [("map_11", "mAP", "%", True)],
    "attributes": [("map_11", "mAP", "%", True)],
}


@dataclass(frozen=True)
class Invented:
    """A row.

    Attributes:
        quality: How good it is; more is better, whatever the figure. By metric or by task where they differ.
        settings: Of a sweep of cross_stitch, its keys without ``methods.cross_stitch``.
        candidate: Of ``split``.
        diverged: Seeds.
        alphas: Tap to alphas [seeds, C, 2, 2].
        per_class: Figure of each class in each seed [seeds, classes], of the task that has classes.
    """

    quality: float | Mapping[str, float] = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    candidate: str = ""
    diverged: Sequence[int] = ()
    alphas: Mapping[str, Any] = field(default_factory=dict)
    per_class: Any = None

    def of(self, task: str, metric: str) -> float:
        """Its quality in one figure."""
        if isinstance(self.quality, Mapping):
            return self.quality.get(metric, self.quality.get(task, 0.0))
        return self.quality


def splits(**quality: float | Mapping[str, float]) -> dict[str, Invented]:
    """Candidates of ``split``: ``splits(conv4=0.3)``."""
    return {f"split {layer}": Invented(good, candidate=layer) for layer, good in quality.items()}


def invent(
    folder: Path,
    rows: Mapping[str, Any],
    *,
    recipe: str = "table5_nyu",
    pair: Sequence[str] = NYU,
    profile: str = "default",
    picked: str = "",
    seeds: Sequence[int] = (0, 1, 2),
    offsets: Sequence[float] = (0.0, 0.05, -0.05),
    width: float | None = 0.1,
    train_count: Sequence[int] = (),
    **changes: Any,
) -> Study:
    """A study, in ``folder/recipe/profile``. The first word of a row's name is its method.

    The difference of two rows is that of their qualities.

    Args:
        folder: Of studies; alphas are written, ``results.json`` is not.
        rows: By name: `Invented`, or the quality alone.
        recipe: Its name.
        pair: Its tasks, each named after its kind.
        profile: Of the recipe.
        picked: The candidate that the row ``split`` stands for.
        seeds: Of the study.
        offsets: From the mean of a difference to that of each seed.
        width: Half of the interval of each difference; None for no intervals.
        train_count: Of each class.
        **changes: Fields of `stitchkit.results.Results`.
    """
    given = {name: row if isinstance(row, Invented) else Invented(row) for name, row in rows.items()}
    folder = folder / recipe / profile
    pairs = combinations([name for name in given if not given[name].diverged], 2)
    listed = {name: _row(name, row) for name, row in given.items()}
    if picked:
        listed["split"] = {**listed[f"split {picked}"], "candidate": "", "picked": f"split {picked}"}
    data = {"name": "invented", "fingerprint": "0123456789abcdef", "limits": "Nobody measured anything."}
    results = {
        "recipe": recipe,
        "path": f"recipes/paper/{recipe}.yaml",
        "profile": profile,
        "data": {**data, "train_frames": 10, "test_frames": 5},
        "tasks": {task: {"type": task, "target": task, "metrics": _infos(task)} for task in pair},
        "rows": listed,
        "runs": [
            _run(name, row, place, seeds, tasks, folder, train_count)
            for name, row in given.items()
            for place in range(len(seeds))
            for tasks in ([[task] for task in pair] if name.startswith("one_task") else [list(pair)])
        ],
        "differences": [
            _difference(
                later, given[later], earlier, given[earlier], task, figure, offsets[: len(seeds)], width
            )
            for earlier, later in pairs
            for task in pair
            for figure in FIGURES[task]
        ],
        "resamples": 0 if width is None else 1000,
        "seeds": list(seeds),
    }
    return Study(Results.model_validate({**results, **changes}), folder)


def write(study: Study) -> Path:
    """Write ``results.json``; its folder."""
    study.folder.mkdir(parents=True, exist_ok=True)
    (study.folder / "results.json").write_text(study.results.model_dump_json(), encoding="utf-8")
    return study.folder


def _row(name: str, row: Invented) -> dict[str, Any]:
    method = name.split()[0]
    return {
        "label": name.replace("_", " ").capitalize(),
        "method": method,
        "type": method,
        "settings": {f"methods.cross_stitch.{key}": value for key, value in row.settings.items()},
        "candidate": row.candidate,
        "diverged": list(row.diverged),
    }


def _infos(task: str) -> list[dict[str, Any]]:
    keys = ("name", "label", "unit", "higher_is_better")
    return [dict(zip(keys, figure, strict=True)) for figure in FIGURES[task]]


def _run(
    name: str,
    row: Invented,
    place: int,
    seeds: Sequence[int],
    tasks: list[str],
    folder: Path,
    train_count: Sequence[int],
) -> dict[str, Any]:
    run = Path("runs", f"{name} {'+'.join(tasks)} {seeds[place]}")
    if row.alphas:
        (folder / run).mkdir(parents=True, exist_ok=True)
        alphas = {tap: np.array(alpha, dtype=np.float32)[place] for tap, alpha in row.alphas.items()}
        save_file(alphas, folder / run / "alphas.safetensors")
    details: dict[str, Any] = {}
    if row.per_class is not None:
        value = [None if np.isnan(x) else float(x) for x in np.asarray(row.per_class, dtype=float)[place]]
        names = [f"class {i}" for i in range(len(value))]
        details["per_class"] = {"names": names, "value": value, "train_count": list(train_count)}
    return {
        "key": run.name,
        "row": name,
        "seed": seeds[place],
        "task_order": tasks,
        "folder": run,
        "iterations": 500,
        "seconds": 1.0,
        "parameters": 1,
        "diverged": 7 if seeds[place] in row.diverged else None,
        "results": {task: {"metrics": {}, "details": details} for task in tasks},
    }


def _difference(
    later: str,
    ours: Invented,
    earlier: str,
    theirs: Invented,
    task: str,
    figure: tuple[str, str, str, bool],
    offsets: Sequence[float],
    width: float | None,
) -> dict[str, Any]:
    metric, _, _, up = figure
    sign = 1 if up else -1
    mean = sign * (ours.of(task, metric) - theirs.of(task, metric))
    return {
        "row": later,
        "against": earlier,
        "task": task,
        "metric": metric,
        "mean": mean,
        "low": None if width is None else mean - width,
        "high": None if width is None else mean + width,
        "seeds": [mean + offset for offset in offsets],
    }

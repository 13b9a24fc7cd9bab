"""What a study writes down: the schema of ``results.json``."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MetricInfo(_Record):
    """How to read one figure; the same fields as `stitchkit.tasks.Metric`."""

    name: str
    label: str
    unit: str
    higher_is_better: bool
    note: str = ""


class TaskInfo(_Record):
    """A task of the study: its plugin and its figures, the headline first."""

    type: str
    metrics: list[MetricInfo]
    target: str
    source: str = ""  # of the ground truth
    published: bool = False  # whether published figures were measured on this ground truth


class Summary(_Record):
    """A figure over the study's seeds; ``std`` is the sample deviation, null for a single seed.

    A figure is null where no pixel of the test split had ground truth.
    """

    mean: float | None
    std: float | None
    seeds: list[float | None]


class TaskResult(_Record):
    """One run's figures on the test split for one task.

    ``details`` may hold ``"per_class": {"names": [str], "value": [float | null], "metric": str, "unit": str,
    "train_count": [int], "count_unit": str, "kind": str, "higher_is_better": bool}``, the last two optional
    (``"class"`` and true), and whatever else the task's accumulator gives.
    """

    metrics: dict[str, float | None]
    details: dict[str, Any] = {}


class RunRecord(_Record):
    """One trained network.

    Attributes:
        key: Hash of what determines the result.
        folder: Of the run, relative to the folder of ``results.json``. It holds ``network.safetensors``,
            ``history.jsonl`` (one object a logged iteration: ``iteration``, ``loss.<task>``, ``lr``,
            ``alpha.<tap>.same``, ``alpha.<tap>.different``, ``validation.<task>.<metric>``, each optional),
            ``alphas.safetensors`` (tap -> [C or 1, N, N], stitched networks only) and
            ``pictures/<frame>/{image,<task>.truth,<task>.prediction}.png``.
        task_order: Names of the tasks in the order of alpha's axes.
    """

    key: str
    method: str
    seed: int
    task_order: list[str]
    folder: Path
    iterations: int
    seconds: float
    parameters: int
    results: dict[str, TaskResult]


class DataInfo(_Record):
    """The data set of a study."""

    name: str
    fingerprint: str
    limits: str
    train_frames: int
    test_frames: int


class PublishedRows(_Record):
    """Rows of a publication: shown where ``reason`` is empty, else the reason why they are not."""

    source: str
    rows: dict[str, dict[str, dict[str, float]]]
    reason: str = ""


class Results(_Record):
    """Everything a table or a report needs; written as ``results.json``.

    ``methods[METHOD][TASK][METRIC]``; ``METHOD`` is ``constant`` (the best constant prediction, nothing
    trained), ``one_task``, ``one_task_longer`` or ``cross_stitch``.
    """

    format: Literal[1] = 1
    recipe: str
    path: str = ""  # of the recipe, as it was given
    title: str = ""
    profile: str
    overrides: list[str] = []
    data: DataInfo
    tasks: dict[str, TaskInfo]
    methods: dict[str, dict[str, dict[str, Summary]]]
    published: PublishedRows | None = None
    runs: list[RunRecord]
    seeds: list[int]
    machine: str = ""
    versions: dict[str, str] = {}
    date: str = ""

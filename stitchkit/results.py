"""What a study writes down: the schema of ``results.json``, and how it is read back."""

import json
import shlex
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from stitchkit.errors import InputError

FILE = "results.json"


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

    A figure is null where no pixel of the test split had ground truth, or where training diverged.
    """

    mean: float | None
    std: float | None
    seeds: list[float | None]


class Cost(_Record):
    """What a row costs, all of its networks together.

    Attributes:
        parameters: Of the networks that predict.
        flops: Floating-point operations of one test image through them.
        seconds: Training time, that of the networks it begins from included; mean over the seeds.
        memory: Bytes that a training step holds: parameters, gradients, optimiser state and activations; the
            largest of its runs; null where not known.
    """

    parameters: int
    flops: int | None = None
    seconds: float | None = None
    memory: int | None = None


class Row(_Record):
    """A row of the table: a method, one point of a sweep, or one of the candidates of a method.

    Attributes:
        label: For people: ``"Cross-stitch, same=0.5"``.
        method: Name of the method in the recipe: ``"cross_stitch"``.
        type: Its plugin.
        settings: Keys of the recipe that a sweep has set for it, with their values; empty without.
        candidate: What a method tried here, among other candidates of its own, for example ``"conv4"``.
        picked: Of a method with candidates: the row that it stands for, picked on validation frames.
        figures: Task to metric to figure.
        delta_m: Mean over the tasks of the headline figure's relative gain over the one-task networks, in
            percent (Maninis et al., CVPR 2019); null where it is not defined.
        validation_delta_m: Of a candidate: the same on validation frames, by which it is picked.
        cost: Null where nothing was trained.
        diverged: Seeds whose training diverged.
    """

    label: str
    method: str
    type: str
    settings: dict[str, Any] = {}
    candidate: str = ""
    picked: str = ""
    figures: dict[str, dict[str, Summary]] = {}
    delta_m: Summary | None = None
    validation_delta_m: float | None = None
    cost: Cost | None = None
    diverged: list[int] = []


class Difference(_Record):
    """One figure of one row minus that of another, over the seeds that both have.

    Attributes:
        mean: Over the seeds.
        low: Lower limit of the 95 % interval of a paired bootstrap over test images; null without.
        high: Upper limit.
        seeds: The difference of each seed.
    """

    row: str
    against: str
    task: str
    metric: str
    mean: float
    low: float | None = None
    high: float | None = None
    seeds: list[float]

    @property
    def certain(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class TaskResult(_Record):
    """One run's figures on the test split for one task.

    ``details`` may hold ``"per_class": {"names": [str], "value": [float | null], "metric": str, "unit": str,
    "train_count": [int], "count_unit": str, "kind": str, "higher_is_better": bool}``, the last two optional
    (``"class"`` and true), and whatever else the task's accumulator gives.
    """

    metrics: dict[str, float | None]
    details: dict[str, Any] = {}


class RunRecord(_Record):
    """One trained network, or what several say together.

    Attributes:
        key: Hash of what determines the result.
        row: Row of the table, or of a candidate. What only starts other runs, as an ensemble's further
            members do, is not recorded.
        folder: Of the run, relative to the folder of ``results.json``. It holds ``network.safetensors``,
            ``history.jsonl`` (one object a logged iteration: ``iteration``, ``loss.<task>``, ``lr``,
            ``alpha.<tap>.same``, ``alpha.<tap>.different``, ``validation.<task>.<metric>``, each optional),
            ``alphas.safetensors`` (tap -> [C or 1, N, N], stitched networks only) and
            ``pictures/<frame>/{image,<task>.truth,<task>.prediction}.png``.
        task_order: Names of the tasks in the order of alpha's axes.
        iterations: Of this run alone; 0 where nothing is trained.
        diverged: Iteration at which its loss was no longer finite; null otherwise.
    """

    key: str
    row: str
    seed: int
    task_order: list[str]
    folder: Path
    iterations: int
    seconds: float
    parameters: int
    diverged: int | None = None
    results: dict[str, TaskResult]


class DataInfo(_Record):
    """The data set of a study; validation frames are held out of its training split."""

    name: str
    fingerprint: str
    limits: str
    train_frames: int
    validation_frames: int = 0
    test_frames: int


class PublishedRows(_Record):
    """Rows of a publication: shown where ``reason`` is empty, else the reason why they are not."""

    source: str
    rows: dict[str, dict[str, dict[str, float]]]
    reason: str = ""


class Results(_Record):
    """Everything a table or a report needs; written as ``results.json``.

    Attributes:
        rows: By name, in the order of the table: ``constant``, the best constant prediction, and then the
            recipe's methods. A point of a sweep is named after its method and what it sets,
            ``"cross_stitch same=0.5"``; a candidate after its method, ``"split conv4"``.
        runs: What was measured, each once.
        differences: Of every two rows, the later minus the earlier.
        resamples: Of the bootstrap.
    """

    format: Literal[2] = 2
    recipe: str
    path: str = ""  # of the recipe, as it was given
    title: str = ""
    profile: str
    overrides: list[str] = []
    data: DataInfo
    tasks: dict[str, TaskInfo]
    rows: dict[str, Row]
    published: PublishedRows | None = None
    runs: list[RunRecord]
    differences: list[Difference] = []
    resamples: int = 0
    seeds: list[int]
    machine: str = ""
    versions: dict[str, str] = {}
    date: str = ""

    def runs_of(self, row: str) -> list[RunRecord]:
        """The runs of a row; those of the candidate that it picked."""
        named = self.rows[row].picked or row
        return [run for run in self.runs if run.row == named]

    def shown(self) -> list[str]:
        """Names of the rows of the table: all but candidates."""
        return [name for name, row in self.rows.items() if not row.candidate]

    def difference(self, row: str, against: str, task: str, metric: str) -> Difference | None:
        """Figure of ``row`` minus that of ``against``; None where one of them has none."""
        row, against = self.rows[row].picked or row, self.rows[against].picked or against
        for found in self.differences:
            if (found.task, found.metric) != (task, metric):
                continue
            if (found.row, found.against) == (row, against):
                return found
            if (found.against, found.row) == (row, against):
                return found.model_copy(
                    update={
                        "row": row,
                        "against": against,
                        "mean": -found.mean,
                        "low": None if found.high is None else -found.high,
                        "high": None if found.low is None else -found.low,
                        "seeds": [-seed for seed in found.seeds],
                    }
                )
        return None


def results_in(folder: Path) -> Results:
    """The results of the study in a folder.

    Raises:
        InputError: There are none, or they cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        raise InputError(f"{path} does not exist; give the folder that `stitchkit run` named at its end")
    return read_results(path)


def read_results(path: Path) -> Results:
    """The results in a file.

    Raises:
        InputError: It is not readable, or of another version of stitchkit.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and {"recipe", "profile"} <= content.keys():
            _check_format(content, path)
        return Results.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        cause = ": ".join([".".join(map(str, first["loc"])), first["msg"].lower()]).removeprefix(": ")
    except InputError:
        raise
    except ValueError as error:  # no JSON, or no UTF-8
        cause = str(error)
    raise InputError(f"{path} is not a study's results ({cause}); run the recipe again")


def _check_format(content: dict[str, Any], path: Path) -> None:
    written, expected = content.get("format", 1), Results.model_fields["format"].default
    if written != expected:
        recipe, profile = (
            content.get("path") or f"{content['recipe']}.yaml",
            content.get("profile", "default"),
        )
        again = shlex.join(["stitchkit", "run", str(recipe), "--profile", str(profile)])
        raise InputError(f"{path} is of format {written}, where {expected} is read; write it anew: `{again}`")

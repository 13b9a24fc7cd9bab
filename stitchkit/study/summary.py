"""From finished runs to `Results`: means over seeds, and what a reader must know beside them."""

import dataclasses
import datetime
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import torch

from stitchkit.processes import cores
from stitchkit.recipe.schema import Loaded
from stitchkit.results import (
    DataInfo,
    MetricInfo,
    PublishedRows,
    Results,
    RunRecord,
    Summary,
    TaskInfo,
    TaskResult,
)
from stitchkit.study.materials import Materials
from stitchkit.study.plan import Run
from stitchkit.study.store import Store


def summarise(
    loaded: Loaded,
    materials: Materials,
    runs: Sequence[Run],
    evaluations: Mapping[str, Mapping[str, TaskResult]],
    store: Store,
    folder: Path,
) -> Results:
    """Everything a table or a report needs.

    Args:
        loaded: The recipe.
        materials: Of the study.
        runs: All of them, finished.
        evaluations: Results of each run by its key and task.
        store: Holds the runs.
        folder: Of ``results.json``; runs are named relative to it.
    """
    recipe = loaded.recipe
    limit = recipe.evaluation.limit
    return Results(
        recipe=loaded.name,
        path=loaded.path.as_posix(),
        title=recipe.title,
        profile=loaded.profile,
        overrides=list(loaded.overrides),
        data=DataInfo(
            name=recipe.data.type,
            fingerprint=materials.test.fingerprint,
            limits=materials.test.limits,
            train_frames=len(materials.train),
            test_frames=min(len(materials.test), limit or len(materials.test)),
        ),
        tasks={
            name: TaskInfo(
                type=recipe.tasks[name].type,
                metrics=[MetricInfo(**dataclasses.asdict(metric)) for metric in task.metrics_info],
                target=task.target,
                source=materials.test.targets[task.target].source,
                published=materials.test.targets[task.target].published,
            )
            for name, task in materials.tasks.items()
        },
        methods=_methods(runs, evaluations),
        published=_published(loaded, materials),
        runs=[_record(run, evaluations[run.key], store, folder) for run in runs],
        seeds=recipe.seeds,
        machine=machine(),
        versions={name: version(name) for name in ("stitchkit", "torch", "torchvision", "timm", "mmengine")},
        date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )


def _record(run: Run, results: Mapping[str, TaskResult], store: Store, folder: Path) -> RunRecord:
    facts = store.facts(run)
    return RunRecord(
        key=run.key,
        method=run.method,
        seed=run.seed,
        task_order=list(run.tasks),
        folder=Path(os.path.relpath(store.folder(run), folder)),
        iterations=run.iterations,
        seconds=facts["seconds"],
        parameters=facts["parameters"],
        results=dict(results),
    )


def machine() -> str:
    """The processor count and the accelerator, in words."""
    words = f"{platform.system()} {platform.machine()}, {cores()} processor cores"
    return f"{words}, {torch.cuda.get_device_name()}" if torch.cuda.is_available() else words


def _methods(
    runs: Sequence[Run], evaluations: Mapping[str, Mapping[str, TaskResult]]
) -> dict[str, dict[str, dict[str, Summary]]]:
    values: dict[str, dict[str, dict[str, list[float | None]]]] = {}
    for run in runs:
        for task, result in evaluations[run.key].items():
            for metric, value in result.metrics.items():
                values.setdefault(run.method, {}).setdefault(task, {}).setdefault(metric, []).append(value)
    return {
        method: {
            task: {metric: _summary(seeds) for metric, seeds in metrics.items()}
            for task, metrics in tasks.items()
        }
        for method, tasks in values.items()
    }


def _summary(seeds: list[float | None]) -> Summary:
    known = [value for value in seeds if value is not None]
    return Summary(
        mean=statistics.fmean(known) if known else None,
        std=statistics.stdev(known) if len(known) > 1 else None,
        seeds=seeds,
    )


def _published(loaded: Loaded, materials: Materials) -> PublishedRows | None:
    published = loaded.recipe.published
    if published is None:
        return None
    if loaded.changes_protocol:
        reason = "the profile or an override departs from the published protocol"
        return PublishedRows(source=published.source, rows={}, reason=reason)
    comparable = {
        name
        for name, task in materials.tasks.items()
        if materials.test.targets[task.target].published and materials.train.targets[task.target].published
    }
    rows = {
        method: {task: figures for task, figures in tasks.items() if task in comparable}
        for method, tasks in published.rows.items()
    }
    reason = "" if comparable else "the ground truth here is not the one they were measured on"
    return PublishedRows(source=published.source, rows=rows if comparable else {}, reason=reason)

"""From finished runs to `Results`: means over seeds, and what a reader must know beside them."""

import dataclasses
import datetime
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import torch

from stitchkit.data import carve
from stitchkit.processes import cores
from stitchkit.recipe.schema import Loaded
from stitchkit.results import (
    DataInfo,
    MetricInfo,
    PublishedRows,
    Results,
    RunRecord,
    TaskInfo,
    TaskResult,
)
from stitchkit.study.differences import differences
from stitchkit.study.materials import Materials
from stitchkit.study.plan import Plan
from stitchkit.study.rows import Rows
from stitchkit.study.store import Store


def summarise(
    loaded: Loaded,
    plan: Plan,
    evaluations: Mapping[str, Mapping[str, TaskResult]],
    store: Store,
    folder: Path,
) -> Results:
    """Everything a table or a report needs.

    Args:
        loaded: The recipe.
        plan: Of the study; all of its runs are finished and measured.
        evaluations: Results of each measured run, by its key and task.
        store: Holds the runs.
        folder: Of ``results.json``; runs are named relative to it.
    """
    recipe, materials = loaded.recipe, plan.materials[plan.runs[0].key]
    limit = recipe.evaluation.limit
    metrics = {name: task.metrics_info for name, task in materials.tasks.items()}
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
            train_frames=len(carve(materials.train, recipe.training.validation.fraction)[0]),
            validation_frames=len(carve(materials.train, recipe.training.validation.fraction)[1]),
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
        rows=Rows(plan, evaluations, store, metrics).all(),
        published=_published(loaded, materials),
        runs=_records(plan, evaluations, store, folder),
        differences=differences(plan, evaluations, store, recipe.evaluation.resamples),
        resamples=recipe.evaluation.resamples,
        seeds=recipe.seeds,
        machine=machine(),
        versions={name: version(name) for name in ("stitchkit", "torch", "torchvision", "timm", "mmengine")},
        date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )


def _records(
    plan: Plan, evaluations: Mapping[str, Mapping[str, TaskResult]], store: Store, folder: Path
) -> list[RunRecord]:
    records = []
    for row in plan.rows:
        for run in row.all_runs:
            facts = store.facts(run)
            records.append(
                RunRecord(
                    key=run.key,
                    row=row.name,
                    seed=run.seed,
                    task_order=list(run.tasks),
                    folder=Path(os.path.relpath(store.folder(run), folder)),
                    iterations=run.iterations,
                    seconds=facts["seconds"],
                    parameters=facts["parameters"],
                    diverged=facts.get("diverged"),
                    results=dict(evaluations[run.key]),
                )
            )
    return records


def machine() -> str:
    """The processor count and the accelerator, in words."""
    words = f"{platform.system()} {platform.machine()}, {cores()} processor cores"
    return f"{words}, {torch.cuda.get_device_name()}" if torch.cuda.is_available() else words


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

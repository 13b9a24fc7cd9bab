"""From a recipe to the runs it needs: which networks, in which order, started from which."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stitchkit.recipe.schema import Recipe
from stitchkit.study.materials import Materials
from stitchkit.study.store import digest

FORMAT = 1  # raised when training changes so that old results no longer stand for it

WITHOUT_EFFECT = {"workers", "cache", "checkpoint_every", "log_every"}  # on what a run results in


@dataclass(frozen=True)
class Run:
    """One network to train and measure.

    Attributes:
        method: Row of the table it belongs to.
        seed: Of this run.
        tasks: Names, in the order of the network's outputs.
        iterations: Training steps; 0 for what needs no training.
        settings: All else that determines the result, as plain data.
        starts: Runs whose networks this one begins with, one a task.
    """

    method: str
    seed: int
    tasks: tuple[str, ...]
    iterations: int
    settings: Mapping[str, Any] = field(hash=False)
    starts: tuple["Run", ...] = ()

    @functools.cached_property
    def key(self) -> str:
        """Hash of everything that determines the result."""
        return digest(
            {
                "format": FORMAT,
                "method": self.method,
                "seed": self.seed,
                "tasks": self.tasks,
                "iterations": self.iterations,
                "settings": self.settings,
                "starts": [run.key for run in self.starts],
            }
        )

    @property
    def name(self) -> str:
        """Name of the run's folder: readable, and unique by the key."""
        return f"{self.method}-{'+'.join(self.tasks)}-seed{self.seed}-{self.key[:10]}"


def plan(materials: Materials) -> list[Run]:
    """All runs of a study, each after those it starts from."""
    recipe, runs = materials.recipe, []
    names = tuple(recipe.tasks)
    runs.append(Run("constant", 0, names, 0, _settings(materials, names, training=False)))
    for seed in recipe.seeds:
        one_task = {
            name: Run(
                "one_task",
                seed,
                (name,),
                recipe.methods.one_task.iterations[name],
                _settings(materials, (name,)),
            )
            for name in names
        }
        runs += one_task.values()
        runs += _longer(recipe, one_task)
        runs += _stitched(recipe, materials, one_task, seed)
    return runs


def _longer(recipe: Recipe, one_task: Mapping[str, Run]) -> list[Run]:
    method = recipe.methods.one_task_longer
    if method is None:
        return []
    return [
        Run(
            "one_task_longer",
            start.seed,
            start.tasks,
            method.iterations,
            {**start.settings, "method": method.model_dump(mode="json")},
            (start,),
        )
        for start in one_task.values()
    ]


def _stitched(recipe: Recipe, materials: Materials, one_task: Mapping[str, Run], seed: int) -> list[Run]:
    method = recipe.methods.cross_stitch
    if method is None:
        return []
    settings = {
        **_settings(materials, tuple(recipe.tasks)),
        "method": {**method.model_dump(mode="json"), "unit": _plugin(method.unit)},
    }
    starts = tuple(one_task.values()) if method.start == "one_task" else ()
    return [Run("cross_stitch", seed, tuple(recipe.tasks), method.iterations, settings, starts)]


def _settings(materials: Materials, tasks: tuple[str, ...], training: bool = True) -> dict[str, Any]:
    recipe = materials.recipe
    settings: dict[str, Any] = {
        "data": materials.train.fingerprint,
        "tasks": {
            name: {**_plugin(recipe.tasks[name]), "weight": recipe.tasks[name].weight} for name in tasks
        },
    }
    if training:
        settings["backbone"] = {"type": recipe.backbone.type, "fingerprint": materials.backbone.fingerprint}
        if recipe.sampler.type != "whole_images":
            settings["sampler"] = _plugin(recipe.sampler)
        settings["training"] = recipe.training.model_dump(mode="json", exclude=WITHOUT_EFFECT)
        settings["training"]["validation"].pop("every")
    return settings


def _plugin(block: Any) -> dict[str, Any]:
    return {"type": block.type, "options": block.options().model_dump(mode="json")}

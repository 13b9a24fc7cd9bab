"""From a recipe to the rows of its table and the runs they need, each after those it starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stitchkit.errors import InputError
from stitchkit.keys import digest
from stitchkit.methods import Plans, Run
from stitchkit.recipe.naming import words
from stitchkit.recipe.schema import Loaded, MethodBlock, PluginBlock, Recipe
from stitchkit.study.materials import Materials

WITHOUT_EFFECT = {"workers", "cache", "checkpoint_every", "log_every", "track"}  # on what a run results in

CONSTANT = "constant"  # the first row of every table; no recipe needs to name it


@dataclass(frozen=True)
class PlannedRow:
    """A row of the table, or one of the candidates of a method.

    Attributes:
        name: In ``results.json``.
        label: For people.
        method: Name of the method in the recipe.
        type: Its plugin.
        settings: What a sweep sets for it; empty where it is the same for all points.
        candidate: Name of the candidate; empty for a method without any.
        runs: By seed; those of a seed predict each task once between them.
    """

    name: str
    label: str
    method: str
    type: str
    settings: Mapping[str, Any] = field(hash=False)
    candidate: str
    runs: Mapping[int, Sequence[Run]] = field(hash=False)

    @property
    def all_runs(self) -> list[Run]:
        """Of all seeds."""
        return [run for runs in self.runs.values() for run in runs]


@dataclass(frozen=True)
class Plan:
    """All that a study does.

    Attributes:
        rows: In the order of the table.
        runs: Each once, after those it starts from.
        materials: Of each run, by its key.
        swept: Whether there are several points of a sweep.
    """

    rows: Sequence[PlannedRow]
    runs: Sequence[Run]
    materials: Mapping[str, Materials]
    swept: bool

    @property
    def measured(self) -> list[Run]:
        """Runs that stand in a row; others only start them."""
        keys = {run.key for row in self.rows for run in row.all_runs}
        return [run for run in self.runs if run.key in keys]

    def names(self) -> dict[str, str]:
        """The row of each run, by its key; of further members of an ensemble, the method."""
        names = {run.key: run.type for run in self.runs}
        return names | {run.key: row.name for row in self.rows for run in row.all_runs}


def kind(run: Run) -> str:
    """The same for runs that differ in seed, length and starts alone: their networks are alike."""
    return digest([run.type, run.tasks, run.settings])


def plan(loaded: Loaded, materials: Sequence[Materials]) -> Plan:
    """The rows and runs of a study.

    Args:
        loaded: The recipe.
        materials: Of each of its variants.

    Raises:
        InputError: A method lacks what it begins with, or is to be picked without validation frames.
    """
    rows: list[PlannedRow] = []
    origin: dict[str, Materials] = {}
    for name, block in {CONSTANT: MethodBlock(type=CONSTANT), **loaded.recipe.methods}.items():
        found: dict[str, list[tuple[Mapping[str, Any], PlannedRow]]] = {}  # by the runs' keys
        for variant, own in zip(loaded.variants, materials, strict=True):
            for row in _rows(name, own):
                for run in row.all_runs:
                    _remember(run, own, origin)
                keys = " ".join(run.key for run in row.all_runs)
                found.setdefault(keys, []).append((variant.settings, row))
        rows += _named(block, list(found.values()), loaded)
    runs: dict[str, Run] = {}
    for row in rows:
        for run in row.all_runs:
            _add(run, runs)
    return Plan(rows, list(runs.values()), origin, len(loaded.variants) > 1)


def _rows(name: str, materials: Materials) -> list[PlannedRow]:
    """The rows of one method at one point of a sweep, not yet named."""
    recipe = materials.recipe
    blocks = {CONSTANT: MethodBlock(type=CONSTANT), **recipe.methods}
    block = blocks[name]

    def settings(tasks: tuple[str, ...], training: bool) -> dict[str, Any]:
        return _settings(materials, tasks, training)

    by_candidate: dict[str, dict[int, Sequence[Run]]] = {}
    for seed in [0] if name == CONSTANT else recipe.seeds:
        plans = Plans(tuple(recipe.tasks), seed, blocks, name, settings)
        for candidate, runs in block.method().candidates(plans).items():
            by_candidate.setdefault(candidate, {})[seed] = runs
    if len(by_candidate) > 1 and not recipe.training.validation.fraction:
        raise InputError(
            f"methods.{name} picks the best of {len(by_candidate)} networks on frames held out of the "
            "training split, but training.validation.fraction is 0; give 0.1, say"
        )
    return [
        PlannedRow("", "", name, block.type, {}, candidate, runs) for candidate, runs in by_candidate.items()
    ]


def _named(
    block: MethodBlock, found: Sequence[Sequence[tuple[Mapping[str, Any], PlannedRow]]], loaded: Loaded
) -> list[PlannedRow]:
    """Rows by what sets them apart: the settings that all points with the same runs have in common."""
    named = []
    alone = len({row.candidate for same in found for _, row in same}) == len(found)
    for same in found:
        row = same[0][1]
        settings: dict[str, Any] = {}
        if not alone:
            first, *others = [setting for setting, _ in same]
            settings = {
                key: value
                for key, value in first.items()
                if all(key in o and o[key] == value for o in others)
            }
        point = words(settings, [variant.settings for variant in loaded.variants]) if settings else ""
        name = " ".join(filter(None, [row.method, point, row.candidate]))
        label = ", ".join(filter(None, [f"{_label(row.method, block)} {row.candidate}".strip(), point]))
        named.append(
            PlannedRow(name, label, row.method, row.type, settings, row.candidate, row.runs),
        )
    return named


def _label(name: str, block: MethodBlock) -> str:
    if block.label:
        return block.label
    return block.plugin().label if name == block.type else name.replace("_", " ").capitalize()


def _remember(run: Run, materials: Materials, origin: dict[str, Materials]) -> None:
    origin.setdefault(run.key, materials)
    for start in run.starts:
        _remember(start, materials, origin)


def _add(run: Run, runs: dict[str, Run]) -> None:
    for start in run.starts:
        _add(start, runs)
    runs.setdefault(run.key, run)


def _settings(materials: Materials, tasks: tuple[str, ...], training: bool) -> dict[str, Any]:
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
    if code := _code(recipe, tasks, training):
        settings["code"] = code
    return settings


def _code(recipe: Recipe, tasks: tuple[str, ...], training: bool) -> list[str]:
    """Hashes of the plugin files that a run depends on, beside that of its method."""
    blocks: list[PluginBlock | None] = [recipe.data, recipe.proposals]
    blocks += [recipe.tasks[name] for name in tasks]
    if training:
        blocks += [recipe.backbone, recipe.sampler]
    return [code for block in blocks if block is not None for code in block.code()]


def _plugin(block: Any) -> dict[str, Any]:
    return {"type": block.type, "options": block.options().model_dump(mode="json")}

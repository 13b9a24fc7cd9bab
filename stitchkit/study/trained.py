"""One row of a finished study, opened again without its data: networks, fitted tasks, what made them."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn

from stitchkit.backbones import Backbone
from stitchkit.data import Blank, TrainingFrames
from stitchkit.errors import InputError, unknown
from stitchkit.evaluation import Predictor
from stitchkit.methods import Bench, Run
from stitchkit.recipe import load
from stitchkit.recipe.schema import MethodBlock, Recipe
from stitchkit.results import FILE, Results, results_in
from stitchkit.samplers import Sampler
from stitchkit.study.execute import build
from stitchkit.study.materials import Materials, fitted_key
from stitchkit.study.plan import CONSTANT
from stitchkit.study.store import Store
from stitchkit.tasks import Task

DEFAULT_ROW = "cross_stitch"


@dataclass(frozen=True)
class TrainedRow:
    """A row of the table, of one seed.

    Attributes:
        name: Of the row; that of the candidate where the row picked one.
        seed: Of its runs.
        recipe: Of the row's point, if the study is a sweep.
        runs: Between them they predict each task once.
        tasks: By name, fitted.
        backbone: Makes its networks, without trained weights.
        sampler: Of the study.
        store: Has the weights.
    """

    name: str
    seed: int
    recipe: Recipe
    runs: Sequence[Run]
    tasks: Mapping[str, Task]
    backbone: Backbone
    sampler: Sampler
    store: Store

    def network(self, run: Run, size: tuple[int, int]) -> nn.Module:
        """The trained network of a run, ready to predict.

        Args:
            run: Of the row, or one that such a run starts from.
            size: Height and width of an image, by which shapes in the network are known.

        Raises:
            InputError: The network's file is missing or broken, or another version of a library makes a
                network of another form.
        """
        blank, folder = Blank(size), self.store.folder(run)
        frames = TrainingFrames(blank, ())
        materials = Materials(self.recipe, blank, frames, blank, self.tasks, self.backbone, self.sampler)
        network = build(run, materials, self.store, trained_starts=False)
        try:
            network.load_state_dict(self.store.network(run))
        except FileNotFoundError:
            raise InputError(f"{folder} holds no network.safetensors; run the recipe again") from None
        except (SafetensorError, RuntimeError) as error:
            raise InputError(
                f"{folder / 'network.safetensors'} is broken, or of a network of another form "
                f"({' '.join(str(error).split())[:200]}); run the recipe again"
            ) from None
        return network.eval()

    def predictors(self, size: tuple[int, int], device: torch.device) -> dict[str, Predictor]:
        """What predicts each task; raises `InputError` as `network` does."""
        network = functools.partial(self.network, size=size)
        bench = Bench(self.tasks, self.backbone.preprocess, device, network)
        found: dict[str, Predictor] = {}
        for run in self.runs:
            found |= dict.fromkeys(run.tasks, run.method.predictor(run, bench))
        return {name: found[name] for name in self.tasks}


def open_row(
    folder: Path, row: str | None = None, seed: int | None = None, *, trust: bool = False
) -> TrainedRow:
    """Open a row of a finished study. Neither its data nor the weights it started from need be there.

    Args:
        folder: Holds ``results.json`` and ``recipe.yaml``; its runs lie where the results say.
        row: As in ``results.json``; None for ``cross_stitch``, or the only row of networks.
        seed: None for the first.
        trust: Whether code that the recipe names may be imported.

    Raises:
        InputError: There is no such study, row or seed, its training diverged, or a file is missing.
    """
    path, results = folder / FILE, results_in(folder)
    name = _row(results, row, path)
    records = results.runs_of(name)
    seeds = list(dict.fromkeys(record.seed for record in records))
    seed = seeds[0] if seed is None else seed
    if seed not in seeds:
        raise InputError(f"{path}: row {name!r} has no seed {seed}; it has {', '.join(map(str, seeds))}")
    records = [record for record in records if record.seed == seed]
    if any(record.diverged is not None for record in records):
        raise InputError(f"{path}: the training of row {name!r} diverged with seed {seed}; take another")
    recipe = _recipe(folder, results.rows[name].settings, trust)
    blocks = {CONSTANT: MethodBlock(type=CONSTANT), **recipe.methods}
    runs = [_run(folder / record.folder, blocks, results.rows[name].method, record.key) for record in records]
    store = Store((folder / records[0].folder).parent.parent)
    return TrainedRow(
        name=results.rows[name].picked or name,
        seed=seed,
        recipe=recipe,
        runs=runs,
        tasks=_tasks(recipe, runs, store),
        backbone=recipe.backbone.plugin().untrained(recipe.backbone.options()),
        sampler=recipe.sampler.plugin()(recipe.sampler.options()),
        store=store,
    )


def _row(results: Results, row: str | None, path: Path) -> str:
    if row is None:
        trained = [name for name, each in results.rows.items() if not each.candidate and name != CONSTANT]
        row = DEFAULT_ROW if DEFAULT_ROW in results.rows or len(trained) != 1 else trained[0]
    if row not in results.rows:
        raise unknown("row", row, results.rows, str(path))
    return row


def _recipe(folder: Path, settings: Mapping[str, Any], trust: bool) -> Recipe:
    """The study's recipe at the point of a sweep that a row stands for."""
    for variant in load(folder / "recipe.yaml", trust=trust).variants:
        given = json.loads(json.dumps(variant.settings))
        if all(given.get(key) == value for key, value in settings.items()):
            return variant.recipe
    raise InputError(f"{folder / 'recipe.yaml'} is not the recipe of results.json; run the recipe again")


def _run(
    folder: Path, blocks: Mapping[str, MethodBlock], method: str | None = None, key: str | None = None
) -> Run:
    """A finished run as it was planned, after those that it starts from.

    Args:
        folder: Of the run.
        blocks: All methods, by name.
        method: Name of the run's; None for the first that is of its type.
        key: Of the run; None where its folder's name is trusted to tell.
    """
    path = folder / "run.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        block = blocks[method] if method else next(b for b in blocks.values() if b.type == facts["method"])
        run = Run(
            block.method(),
            facts["method"],
            facts["seed"],
            tuple(facts["tasks"]),
            facts["iterations"],
            facts["settings"],
            tuple(_run(folder.parent / Path(start).name, blocks) for start in facts["starts"]),
        )
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; run the recipe again") from None
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, StopIteration) as error:
        raise InputError(f"{path} does not fit the recipe ({error!r}); run the recipe again") from None
    if run.name != folder.name or run.key != (key or run.key):
        raise InputError(f"{path} is not the run that stands in its place; run the recipe again")
    return run


def _tasks(recipe: Recipe, runs: Sequence[Run], store: Store) -> dict[str, Task]:
    """The tasks that runs predict, as they were fitted to the training split."""
    tasks = {}
    named = {name: run for run in runs for name in run.tasks}
    for name, block in recipe.tasks.items():
        if name not in named:
            continue
        task: Task = block.plugin()(name, block.options())
        state = store.fitted(fitted_key(task, block.type, named[name].settings["data"]))
        if state is None:
            raise InputError(
                f"{store.root / 'tasks'} lacks what task {name!r} learned from the training split; "
                "run the recipe again"
            )
        task.load_state(state)
        tasks[name] = task
    return tasks

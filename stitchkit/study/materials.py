"""What all runs of a study share: the data, the fitted tasks, the backbone."""

from collections.abc import Mapping
from dataclasses import dataclass

from stitchkit.backbones import Backbone
from stitchkit.data import Dataset, TrainingFrames
from stitchkit.errors import InputError
from stitchkit.recipe.schema import Recipe
from stitchkit.study.store import Store, digest
from stitchkit.tasks import Task

FIT_SEED = 0  # one codebook for all seeds of a study, so that their figures differ by training alone


@dataclass(frozen=True)
class Materials:
    """Opened once, used by every run.

    Attributes:
        recipe: The study's.
        train: Training split.
        frames: The training split, resized.
        test: Test split.
        tasks: By name, fitted to the training split.
        backbone: Makes the networks.
    """

    recipe: Recipe
    train: Dataset
    frames: TrainingFrames
    test: Dataset
    tasks: Mapping[str, Task]
    backbone: Backbone


def gather(recipe: Recipe, store: Store) -> Materials:
    """Open the data and fit the tasks, or take from ``store`` what an earlier study fitted.

    Raises:
        InputError: Data or weights are missing, or the data set lacks a task's target.
    """
    backbone = recipe.backbone.plugin()(recipe.backbone.options())
    data, options = recipe.data.plugin(), recipe.data.options()
    train, test = data(options, "train"), data(options, "test")
    tasks = {}
    for name, block in recipe.tasks.items():
        task: Task = block.plugin()(name, block.options())
        if task.target not in train.targets:
            raise InputError(
                f"tasks.{name}.target: the data set {recipe.data.type!r} has no {task.target!r}; "
                f"it has {', '.join(train.targets)}"
            )
        key = digest(
            {"data": train.fingerprint, "task": block.type, "options": _plain(task), "seed": FIT_SEED}
        )
        state = store.fitted(key)
        if state is None:
            task.fit(train, FIT_SEED)
            store.save_fitted(key, task.state())
        else:
            task.load_state(state)
        tasks[name] = task
    targets = {task.target for task in tasks.values()}
    frames = TrainingFrames(train, targets, size=recipe.training.size, cache=recipe.training.cache)
    return Materials(recipe, train, frames, test, tasks, backbone)


def _plain(task: Task) -> dict[str, object]:
    return task.config.model_dump(mode="json")

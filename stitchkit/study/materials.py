"""What all runs of a study share: the data, the fitted tasks, the backbone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stitchkit.backbones import Backbone
from stitchkit.data import Dataset, TrainingFrames
from stitchkit.errors import InputError
from stitchkit.keys import digest
from stitchkit.plugins.files import fingerprint
from stitchkit.recipe.schema import Recipe, Variant
from stitchkit.samplers import Sampler
from stitchkit.study.store import Store
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
        sampler: Makes the mini-batches.
    """

    recipe: Recipe
    train: Dataset
    frames: TrainingFrames
    test: Dataset
    tasks: Mapping[str, Task]
    backbone: Backbone
    sampler: Sampler


def gather(recipe: Recipe, store: Store) -> Materials:
    """Open the data and fit the tasks, or take from ``store`` what an earlier study fitted.

    Raises:
        InputError: Data or weights are missing, or the data set lacks a task's target.
    """
    backbone = recipe.backbone.plugin()(recipe.backbone.options())
    data, options = recipe.data.plugin(), recipe.data.options()
    train, test = data(options, "train"), data(options, "test")
    if recipe.proposals is not None:
        from stitchkit.proposals import Proposed

        proposals = recipe.proposals.plugin()(recipe.proposals.options())
        for split in (train, test):
            proposals.prepare(split)
        train, test = Proposed(train, proposals), Proposed(test, proposals)
    sampler: Sampler = recipe.sampler.plugin()(recipe.sampler.options())
    tasks = {}
    for name, block in recipe.tasks.items():
        task: Task = block.plugin()(name, block.options())
        if task.target not in train.targets:
            raise InputError(
                f"tasks.{name}.target: the data set {recipe.data.type!r} has no {task.target!r}; "
                f"it has {', '.join(train.targets)}"
            )
        missing = [name for name in task.needs if name not in sampler.provides]
        if missing:
            raise InputError(
                f"tasks.{name}: {block.type!r} needs {', '.join(missing)} in a mini-batch, which sampler"
                f" {recipe.sampler.type!r} does not provide; name one that does, as sampler: {{type: roi}}"
            )
        key = fitted_key(task, block.type, train.fingerprint)
        state = store.fitted(key)
        if state is None:
            task.fit(train, FIT_SEED)
            store.save_fitted(key, task.state())
        else:
            task.load_state(state)
        tasks[name] = task
    kept = {*sampler.reads, *(key for task in tasks.values() for key in task.reads)}
    frames = TrainingFrames(train, kept, size=recipe.training.size, cache=recipe.training.cache)
    return Materials(recipe, train, frames, test, tasks, backbone, sampler)


def gather_all(variants: Sequence[Variant], store: Store) -> list[Materials]:
    """The materials of each point of a sweep; those that differ in their methods alone are opened once.

    Raises:
        InputError: As `gather`.
    """
    opened: dict[str, Materials] = {}
    found = []
    for variant in variants:
        key = digest(variant.recipe.model_dump(mode="json", exclude={"methods", "sweep"}))
        if key not in opened:
            opened[key] = gather(variant.recipe, store)
        found.append(replace(opened[key], recipe=variant.recipe))
    return found


def fitted_key(task: Task, type_: str, data: str) -> str:
    """Under which the store has a fitted task.

    Args:
        task: With its options.
        type_: Its plugin.
        data: Fingerprint of the training split.
    """
    options = task.config.model_dump(mode="json")
    key = {"data": data, "task": type_, "options": options, "seed": FIT_SEED}
    if code := fingerprint(type(task)):
        key["code"] = code
    return digest(key)

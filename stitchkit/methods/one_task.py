"""One network a task, trained alone: the baseline, and the start of other methods."""

from collections.abc import Iterator, Sequence

from pydantic import PositiveFloat, PositiveInt

from stitchkit.methods.base import Method, Plans, Run, unknown_tasks
from stitchkit.plugins import Config
from stitchkit.recipe.places import KeyPath


class OneTaskConfig(Config):
    """Options of ``one_task``."""

    iterations: dict[str, PositiveInt]  # for each task


class OneTask(Method):
    """One-task networks (paper, Section 5: "one-task")."""

    Config = OneTaskConfig
    config: OneTaskConfig
    label = "One-task"
    joins = False

    def problems(self, tasks: Sequence[str]) -> Iterator[tuple[KeyPath, str]]:
        """Each task needs its iterations."""
        yield from unknown_tasks(self.config.iterations, tasks, ("iterations",))
        for name in tasks:
            if name not in self.config.iterations:
                yield ("iterations",), f"missing key {name!r}; each task needs a number of iterations"

    def candidates(self, plans: Plans) -> dict[str, list[Run]]:
        """One run a task."""
        return {"": [plans.run((name,), self.config.iterations[name]) for name in plans.tasks]}


class OneTaskLongerConfig(Config):
    """Options of ``one_task_longer``."""

    iterations: PositiveInt | dict[str, PositiveInt]  # of all tasks, or for each
    lr: PositiveFloat | None = None  # learning rate of this stage; null: as in training


class OneTaskLonger(Method):
    """The one-task networks, trained on alone, as long as a joint network: what time alone gives."""

    Config = OneTaskLongerConfig
    config: OneTaskLongerConfig
    label = "One-task trained longer"
    joins = False
    starts_from_one_task = True

    def problems(self, tasks: Sequence[str]) -> Iterator[tuple[KeyPath, str]]:
        """Where iterations are given for each task, no task may be missing."""
        if isinstance(self.config.iterations, dict):
            yield from OneTask(OneTaskConfig(iterations=self.config.iterations)).problems(tasks)

    def candidates(self, plans: Plans) -> dict[str, list[Run]]:
        """One run a task, each from the one-task network."""
        given, options = self.config.iterations, self.config.model_dump(mode="json")
        return {
            "": [
                plans.run((name,), given[name] if isinstance(given, dict) else given, options, [start])
                for name, start in plans.one_task().items()
            ]
        }

    def rates(self) -> dict[str, float]:
        """Its own learning rate, if it has one."""
        return {} if self.config.lr is None else {"lr": self.config.lr}

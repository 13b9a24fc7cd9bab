"""Several one-task networks for each task, whose predictions are averaged."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from stitchkit.evaluation import NetworkPredictor, Predictor, on_processor
from stitchkit.methods.base import Bench, Method, Plans, Run
from stitchkit.plugins import Config
from stitchkit.tasks import Batch, Task


class EnsembleConfig(Config):
    """Options of ``ensemble``."""

    members: Annotated[int, Field(ge=2)] = 2  # networks for each task (Section 6.1)


class Ensemble(Method):
    """One-task networks of several seeds; with two for each task, twice the parameters of a stitched network.

    The first member is the one-task network of the row above; the others differ from it in their seed.
    """

    Config = EnsembleConfig
    config: EnsembleConfig
    label = "Ensemble"
    joins = False
    starts_from_one_task = True

    def candidates(self, plans: Plans) -> dict[str, list[Run]]:
        """One run with nothing to train, after all members."""
        members = [run for i in range(self.config.members) for run in plans.one_task(i).values()]
        return {"": [plans.run(plans.tasks, 0, starts=members)]}

    def predictor(self, run: Run, bench: Bench) -> Predictor:
        """The average of the members."""
        return _Average([bench.predictor(start) for start in run.starts])


class _Average:
    """Predictions of all the networks that a task has."""

    def __init__(self, members: Sequence[NetworkPredictor]) -> None:
        self.members = members

    def __call__(self, task: Task, batch: Batch) -> Any:
        of_task = [member for member in self.members if task.name in member.tasks]
        outputs = [member.outputs(task, batch) for member in of_task]
        return on_processor(task.predict_ensemble(outputs, batch))

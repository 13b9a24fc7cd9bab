"""The best constant prediction: without it, nobody can tell learning from luck."""

from stitchkit.evaluation import Predictor, constant_predictor
from stitchkit.methods.base import Bench, Method, Plans, Run


class Constant(Method):
    """What the best constant predictor says, fitted on the training frames; the first row of every table."""

    label = "Constant prediction"
    joins = False

    def candidates(self, plans: Plans) -> dict[str, list[Run]]:
        """One run, with nothing to train."""
        return {"": [plans.run(plans.tasks, 0)]}

    def predictor(self, run: Run, bench: Bench) -> Predictor:
        """The constants."""
        return constant_predictor

"""Split architectures: what all tasks share up to a layer, tried at every layer."""

from collections.abc import Mapping

from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.methods.base import Plans, Run
from stitchkit.methods.joint import JointConfig, JointMethod
from stitchkit.networks import split


class SplitConfig(JointConfig):
    """Options of ``split``."""

    at: list[str]  # first task-specific layer of each candidate, from least shared to most


class Split(JointMethod):
    """Networks that share everything before a layer (paper, Section 1.1 and Figure 2), by brute force.

    One network is trained for each layer in ``at``. The table has the one that is best on validation frames;
    test frames have no say in it.
    """

    Config = SplitConfig
    config: SplitConfig
    label = "Split"

    def candidates(self, plans: Plans) -> dict[str, list[Run]]:
        """One run for each layer."""
        options = {name: value for name, value in self.options().items() if name != "at"}
        return {
            layer: [plans.run(plans.tasks, self.config.iterations, {**options, "at": layer})]
            for layer in self.config.at
        }

    def build(self, run: Run, networks: dict[str, nn.Module], example: Mapping[str, Tensor]) -> nn.Module:
        """The network that is split at the run's layer."""
        layer = run.settings["method"]["at"]
        try:
            return split(networks, at=layer, example=dict(example))
        except InputError as error:
            raise InputError(f"methods.split.at, layer {layer!r}: {error}") from None

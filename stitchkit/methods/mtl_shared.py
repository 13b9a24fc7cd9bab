"""MTL-shared: all tasks' classifiers are combinations of one layer of latent tasks."""

from collections.abc import Mapping

from pydantic import PositiveInt
from torch import Tensor, nn

from stitchkit.methods.base import Plans, Run
from stitchkit.methods.joint import JointConfig, JointMethod, Weight
from stitchkit.networks import LatentNet, latent


class MTLSharedConfig(JointConfig):
    """Options of ``mtl_shared``."""

    width: PositiveInt = 1024  # latent tasks; the paper is silent on their number
    sparsity: Weight = 1e-5  # factor of the l1 norm of the combinations; the paper is silent on it
    at: dict[str, str | list[str]] | None = None  # last layers of each task's network; null: the backbone's


class MTLShared(JointMethod):
    """The MTL-shared row of Tables 5 and 6, after Abdulnabi et al. (IEEE Trans. Multimedia, 2015).

    One network a task, trained together end to end. Each last layer W is replaced by S L: a layer L of latent
    tasks that all share, and a sparse combination S of each task's own. The paper does not describe its
    adaptation to tasks of different kinds any further.
    """

    Config = MTLSharedConfig
    config: MTLSharedConfig
    label = "MTL-shared"

    def candidates(self, plans: Plans) -> dict[str, list[Run]]:
        """One run for all tasks."""
        return {"": [plans.run(plans.tasks, self.config.iterations, self.options())]}

    def build(self, run: Run, networks: dict[str, nn.Module], example: Mapping[str, Tensor]) -> nn.Module:
        """The networks with a shared latent layer."""
        return latent(networks, at=self.config.at, width=self.config.width, example=dict(example))

    def penalty(self, network: nn.Module) -> Tensor | None:
        """The l1 norm of the combinations."""
        assert isinstance(network, LatentNet)
        return self.config.sparsity * network.sparsity() if self.config.sparsity else None

"""Networks, tasks and the joint loss as the one module that mmengine's Runner trains."""

from collections.abc import Callable, Mapping

import torch
from mmengine.optim import OptimWrapper
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from stitchkit.backbones import Preprocess
from stitchkit.evaluation import task_outputs
from stitchkit.samplers import Sampler, WholeImages
from stitchkit.tasks import Batch, Task


class MultiTaskModel(nn.Module):
    """A network with what turns a batch into a joint loss.

    Only the network is in the state dict, under ``network.``.

    Args:
        network: Stitched, or for one task.
        tasks: By name.
        weights: Factor of each task's loss.
        preprocess: From uint8 images to the network's input.
        sampler: Makes of a batch of images what all tasks train on.
        penalty: Gives what is added to the joint loss, or None.
    """

    def __init__(
        self,
        network: nn.Module,
        tasks: Mapping[str, Task],
        weights: Mapping[str, float],
        preprocess: Preprocess,
        sampler: Sampler | None = None,
        penalty: Callable[[], Tensor | None] = lambda: None,
    ) -> None:
        super().__init__()
        self.penalty = penalty
        self.network = network
        self.tasks, self.weights, self.preprocess = dict(tasks), dict(weights), preprocess
        self.sampler = sampler or WholeImages(WholeImages.Config())

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Loss of each task, unweighted."""
        batch = self.sampler(batch)
        inputs = self.sampler.inputs(batch)
        outputs = task_outputs(self.network, batch, self.preprocess, inputs, self.tasks)
        return {name: task.loss(outputs[name], batch) for name, task in self.tasks.items()}

    def train_step(self, batch: Batch, optim_wrapper: OptimWrapper) -> dict[str, Tensor]:
        """One step on the joint loss; returns each task's loss detached, still on the device."""
        with optim_wrapper.optim_context(self):
            losses = self(self.on_device(batch))
            joint = self.joint(losses)
        optim_wrapper.update_params(joint)
        return {name: loss.detach() for name, loss in losses.items()}

    def on_device(self, batch: Batch) -> Batch:
        """A batch, moved to where the network is."""
        device = next(self.network.parameters()).device
        return tree_map_only(Tensor, lambda value: value.to(device, non_blocking=True), batch)

    def joint(self, losses: Mapping[str, Tensor]) -> Tensor:
        """The weighted sum of the tasks' losses, and the penalty."""
        joint = torch.stack([self.weights[name] * loss for name, loss in losses.items()]).sum()
        penalty = self.penalty()
        return joint if penalty is None else joint + penalty

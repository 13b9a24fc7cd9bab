"""The networks of a row as one module with plain inputs and outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from stitchkit.backbones import Preprocess
from stitchkit.networks import JointNet


class Deployed(nn.Module):
    """From images to the raw outputs of each task, by one network or several that see the same image.

    Args:
        networks: Each with the tasks that it predicts.
        preprocess: Applied to uint8 RGB images first; None where the images come as the networks take them.
        others: Names of what the networks take beside the image.
    """

    def __init__(
        self,
        networks: Mapping[tuple[str, ...], nn.Module],
        preprocess: Preprocess | None,
        others: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.tasks = list(networks)
        self.networks = nn.ModuleList(networks.values())
        self.preprocess = preprocess
        self.others = tuple(others)

    def forward(self, *inputs: Tensor) -> dict[str, Any]:
        """Raw outputs by task: a tensor, or a mapping of tensors.

        Args:
            *inputs: Images [B, 3, H, W], then the others in the order of their names.
        """
        image, *rest = inputs
        image = image if self.preprocess is None else self.preprocess(image)
        others = dict(zip(self.others, rest, strict=True))
        found: dict[str, Any] = {}
        for tasks, network in zip(self.tasks, self.networks, strict=True):
            outputs = network(image, **others)
            found |= outputs if isinstance(network, JointNet) else {tasks[0]: outputs}
        return found


def by_name(outputs: Mapping[str, Any]) -> dict[str, Tensor]:
    """Raw outputs under one name each: ``"normals"``, ``"detection.scores"``."""
    found: dict[str, Tensor] = {}
    for task, output in outputs.items():
        if isinstance(output, Mapping):
            found |= {f"{task}.{name}": value for name, value in output.items()}
        else:
            found[task] = output
    return found

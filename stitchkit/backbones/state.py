"""Trained tensors into a part of a network, by name."""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn

from stitchkit.errors import InputError

_PREFIXES = ("", "trunk.", "module.")  # as they are; from one of our one-task networks; from DataParallel
_COUNTER = "num_batches_tracked"  # absent in files older than the counter


def fill(net: nn.Module, given: Mapping[str, Tensor], source: str, without: Collection[str] = ()) -> None:
    """Load tensors by name; what else the source holds, such as a classifier, is left out.

    Args:
        net: All of its parameters and buffers are wanted.
        given: Tensors by name; or by the name after ``trunk.``, as in the networks of finished runs.
        source: What to call the tensors in messages.
        without: Names that keep their random start.

    Raises:
        InputError: A tensor is missing, has another shape, or holds a value that is not finite.
    """
    wanted = {name: value for name, value in net.state_dict().items() if name not in without}
    prefix = max(_PREFIXES, key=lambda prefix: sum(prefix + name in given for name in wanted))
    found: dict[str, Tensor] = {}
    for name, value in wanted.items():
        tensor = given.get(prefix + name)
        if tensor is None and name.endswith(_COUNTER):
            continue
        if tensor is None:
            have = ", ".join(map(repr, list(given)[:4])) or "none"
            raise InputError(f"{source}: no tensor {name!r} of the model; the first that it has are {have}")
        if tensor.shape != value.shape:
            raise InputError(
                f"{source}: {name!r} has shape {list(tensor.shape)} where the model has {list(value.shape)};"
                f" the options must be those of the trained model"
            )
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise InputError(
                f"{source}: {name!r} holds values that are no finite numbers; get the file again"
            )
        found[name] = tensor
    net.load_state_dict(found, strict=False)

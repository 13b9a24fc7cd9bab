"""What a network does with an example: the modules that are called, in order, and the shapes they return."""

import copy
import inspect
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeCopyMode, FakeTensorMode
from torch.utils._pytree import tree_leaves, tree_map_only

from stitchkit.errors import InputError

Shape = tuple[int, ...]

_FAKE_LOG = logging.getLogger("torch._subclasses.fake_tensor")


@dataclass(frozen=True)
class Call:
    """One call of a module in a network's forward pass.

    Attributes:
        path: Path of the module in the network.
        name: The path, followed by ``#1``, ``#2``, ... where the module is called more than once.
        shape: Shape of its output on the example, or None where that is not one tensor.
        channel_axis: 1 for channels first, -1 for channels last; None where there are none.
    """

    path: str
    name: str
    shape: Shape | None
    channel_axis: int | None


@dataclass(frozen=True)
class Observation:
    """What one run on an example showed.

    Attributes:
        calls: All calls of modules, in the order in which they returned.
        written: Names of the inputs that the network changes in place.
    """

    calls: tuple[Call, ...]
    written: frozenset[str]


def inputs_of(model: nn.Module, example: Any = None) -> dict[str, Any]:
    """Inputs of a network by the names of its parameters.

    Args:
        model: The network.
        example: A tensor, a tuple of inputs in order, or a mapping from parameter names to inputs (names that
            the network does not know are left out). None stands for two random images of the size that
            the network says it was made for, else 224 x 224; that needs a network with one input.

    Raises:
        InputError: An input without a default is missing.
    """
    known = {
        name: parameter
        for name, parameter in inspect.signature(model.forward).parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    required = [name for name, parameter in known.items() if parameter.default is parameter.empty]
    if example is None:
        given = {required[0]: _image(model)} if len(required) == 1 else {}
    elif isinstance(example, Mapping):
        given = {name: value for name, value in example.items() if name in known}
    else:
        values = example if isinstance(example, tuple | list) else (example,)
        given = dict(zip(known, values, strict=False))
    missing = [name for name in required if name not in given]
    if missing or not given:
        wanted = ", ".join(missing or known) or "no named input"
        raise InputError(f"{_kind(model)} takes {wanted}; pass example={{name: tensor}} with its inputs")
    return given


def observe(model: nn.Module, inputs: Mapping[str, Any]) -> Observation:
    """Run a copy of a network on fake tensors (shapes without values); where that fails, on real ones.

    The network itself, its mode and its batch-norm statistics stay as they are.

    Raises:
        InputError: The network does not run on these inputs.
    """
    try:
        return _observe(model, inputs, FakeTensorMode(allow_non_fake_inputs=True))
    except (
        Exception
    ):  # whatever fake tensors cannot do; the run on real ones tells if the network is to blame
        try:
            return _observe(model, inputs, None)
        except Exception as error:
            shapes = ", ".join(
                f"{name} {tuple(x.shape)}" for name, x in inputs.items() if isinstance(x, Tensor)
            )
            raise InputError(
                f"{_kind(model)} does not run on {shapes}: {first_line(error)};"
                " pass example= with inputs that it accepts"
            ) from error


def first_line(error: Exception) -> str:
    """Type and first line of an error, for use inside another message."""
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}".rstrip(": ")


def _observe(model: nn.Module, inputs: Mapping[str, Any], fake: FakeTensorMode | None) -> Observation:
    with FakeCopyMode(fake) if fake else nullcontext():
        twin = copy.deepcopy(model)
    returned: list[tuple[str, Shape | None]] = []
    for path, module in twin.named_modules():
        if path:
            module.register_forward_hook(partial(_record, returned, path))

    def run(change: Callable[[Tensor], Tensor]) -> set[str]:
        given = {name: tree_map_only(Tensor, change, x) for name, x in inputs.items()}
        if fake:
            given = {name: tree_map_only(Tensor, fake.from_tensor, x) for name, x in given.items()}
        before = {name: _versions(x) for name, x in given.items()}
        returned.clear()
        with fake or nullcontext():
            twin(**given)
        return {name for name, x in given.items() if _versions(x) != before[name]}

    with torch.no_grad(), torch.random.fork_rng(devices=[]), _quiet():
        twin.eval()
        written = run(Tensor.clone)
        calls = _numbered(returned)
        with suppress(Exception):  # a network of one image size: what ran before it noticed is still known
            run(_larger)
        larger = dict(_numbered(returned))
        twin.train()
        try:
            written |= run(Tensor.clone)
        except Exception:
            written |= set(inputs)  # not to be known: take care of all
    return Observation(
        tuple(
            Call(name.partition("#")[0], name, shape, _channel_axis(shape, larger.get(name)))
            for name, shape in calls
        ),
        frozenset(written),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep fake tensors from logging what they cannot do: it is expected here, and seen to."""
    before, _FAKE_LOG.disabled = _FAKE_LOG.disabled, True
    try:
        yield
    finally:
        _FAKE_LOG.disabled = before


def _record(
    returned: list[tuple[str, Shape | None]], path: str, module: nn.Module, args: Any, output: Any
) -> None:
    returned.append((path, tuple(output.shape) if isinstance(output, Tensor) else None))


def _numbered(returned: list[tuple[str, Shape | None]]) -> list[tuple[str, Shape | None]]:
    total, seen = Counter(path for path, _ in returned), Counter[str]()
    numbered = []
    for path, shape in returned:
        seen[path] += 1
        numbered.append((f"{path}#{seen[path]}" if total[path] > 1 else path, shape))
    return numbered


def _channel_axis(shape: Shape | None, larger: Shape | None) -> int | None:
    """The axis that stays when the image grows; where several do, the usual one for such a shape."""
    if shape is None or len(shape) < 2:
        return None
    stays = [
        axis
        for axis in range(1, len(shape))
        if larger and len(larger) == len(shape) and shape[axis] == larger[axis]
    ]
    stays = [axis for axis in stays if shape[axis] > 1] or stays
    if len(stays) == 1:
        axis = stays[0]
    elif len(shape) == 4:
        height_and_width_first = shape[1] == shape[2] != shape[3]
        axis = 3 if height_and_width_first else 1
    else:
        axis = 1 if len(shape) > 4 else len(shape) - 1
    return axis if axis == 1 else axis - len(shape)


def _image(model: nn.Module) -> Tensor:
    weight = next((p for p in model.parameters() if p.is_floating_point()), torch.empty(0))
    channels = next((m.in_channels for m in model.modules() if isinstance(m, nn.Conv2d)), 3)
    size = getattr(getattr(model, "patch_embed", None), "img_size", None)  # timm's transformers
    size = size or (getattr(model, "default_cfg", None) or {}).get("input_size", (224, 224))[-2:]  # timm
    return torch.rand(2, channels, *size, dtype=weight.dtype, device=weight.device)


def _larger(x: Tensor) -> Tensor:
    """Images of more rows and still more columns, so that no axis of theirs stays at any stride up to 64."""
    return x.new_zeros(*x.shape[:2], x.shape[2] + 64, x.shape[3] + 128) if x.dim() == 4 else x.clone()


def _versions(x: Any) -> list[int]:
    """Counters that PyTorch raises whenever a tensor or a view of it is changed in place."""
    return [leaf._version for leaf in tree_leaves(x) if isinstance(leaf, Tensor)]


def _kind(model: nn.Module) -> str:
    return type(model).__name__

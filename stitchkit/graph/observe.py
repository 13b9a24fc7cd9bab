"""What a network does with an example: the modules that are called, in order, and the shapes they return."""

import copy
import inspect
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_map_only

from stitchkit.errors import InputError
from stitchkit.graph.channels import Shape, channel_axis
from stitchkit.graph.fake import fake_copy, fake_tensor, is_meta, mode_of, quiet
from stitchkit.graph.watch import Watch


@dataclass(frozen=True)
class Call:
    """One call of a module in a network's forward pass.

    Attributes:
        path: Path of the module in the network.
        name: The path, followed by ``#1``, ``#2``, ... where the module is called more than once.
        shape: Shape of its output on the example, or None where that is not one tensor.
        channel_axis: 1 for channels first, -1 for channels last; None where there are none.
        keeps_shape: Whether the output is one tensor of the same shape as the first among its arguments.
        stand_ins: Where the output is several tensors: names of the calls that stand for them, in order; the
            call inside that made the tensor, else the first that takes it next.
    """

    path: str
    name: str
    shape: Shape | None
    channel_axis: int | None
    keeps_shape: bool = False
    stand_ins: tuple[str, ...] = ()


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

    The network itself, its mode and its batch-norm statistics stay as they are. A network made on the meta
    device or among fake tensors is observed as one with values; it needs no memory.

    Raises:
        InputError: The network does not run on these inputs.
    """
    try:
        return _observe(model, inputs, mode_of(model))
    except Exception as failed:  # whatever fake tensors cannot do; the run on real ones tells who is to blame
        cause = failed
    if not is_meta(model):
        try:
            return _observe(model, inputs, None)
        except Exception as failed:
            cause = failed
    shapes = ", ".join(f"{name} {tuple(x.shape)}" for name, x in inputs.items() if isinstance(x, Tensor))
    raise InputError(
        f"{_kind(model)} does not run on {shapes}: {first_line(cause)};"
        " pass example= with inputs that it accepts"
    ) from cause


def first_line(error: BaseException) -> str:
    """Type and first line of an error, for use inside another message."""
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}".rstrip(": ")


def _observe(model: nn.Module, inputs: Mapping[str, Any], fake: FakeTensorMode | None) -> Observation:
    with torch.no_grad(), torch.random.fork_rng(devices=[]), quiet(), fake or nullcontext():
        watch = Watch(fake_copy(model, fake) if fake else copy.deepcopy(model))
        start = tree_map_only(Tensor, partial(fake_tensor, mode=fake), dict(inputs)) if fake else inputs
        watch.network.eval()
        written = watch.run(start)
        names, returned = watch.names(), tuple(watch.returned)
        grown = _grown(watch, start)
        watch.network.train()
        try:
            written |= watch.run(start)
        except Exception:
            written |= set(inputs)  # not to be known: take care of all
    modules = dict(watch.network.named_modules())
    calls = (
        Call(
            path=call.path,
            name=name,
            shape=call.shape,
            channel_axis=channel_axis(modules[call.path], call.shape, grown.get(name)),
            keeps_shape=call.shape is not None and call.shape == call.taken,
            stand_ins=tuple(names[part] for _, part in sorted(call.parts.items())),
        )
        for name, call in zip(names, returned, strict=True)
    )
    return Observation(tuple(calls), frozenset(written))


def _grown(watch: Watch, inputs: Mapping[str, Any]) -> dict[str, Shape | None]:
    """Shapes on more and larger images by names of calls; a network of one size is given more of that size.

    What ran before a network noticed that it does not take larger images is known, too.
    """
    shapes: dict[str, Shape | None] = {}
    for change in (_more_and_larger, _more):
        try:
            watch.run(inputs, change)
            done = True
        except Exception:
            done = False
        shapes = {name: call.shape for name, call in zip(watch.names(), watch.returned, strict=True)} | shapes
        if done:
            break
    return shapes


def _image(model: nn.Module) -> Tensor:
    weight = next((p for p in model.parameters() if p.is_floating_point()), torch.empty(0))
    first = next((m.in_channels for m in model.modules() if isinstance(m, nn.Conv2d)), 3)
    channels = getattr(model, "in_chans", None) or first  # timm's; some of its stems rearrange pixels first
    size = getattr(getattr(model, "patch_embed", None), "img_size", None)  # timm's transformers
    size = size or (getattr(model, "default_cfg", None) or {}).get("input_size", (224, 224))[-2:]  # timm
    return torch.rand(2, channels, *size, dtype=weight.dtype, device=weight.device)


def _more(x: Tensor) -> Tensor:
    return torch.cat([x, x]) if x.dim() else x.clone()


def _more_and_larger(x: Tensor) -> Tensor:
    """Twice as many images, of a multiple of their size: no axis of theirs stays at any stride up to 64."""
    if x.dim() != 4:
        return _more(x)
    height, width = ((2 + 63 // side) * side for side in x.shape[2:])
    return x.new_zeros(2 * x.shape[0], x.shape[1], height, width)


def _kind(model: nn.Module) -> str:
    return type(model).__name__

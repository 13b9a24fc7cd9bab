"""What a network costs: parameters, operations of a prediction, memory that training holds."""

import copy
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._pytree import tree_map_only
from torch.utils.flop_counter import FlopCounterMode

_LOG = logging.getLogger("stitchkit")


def parameters(network: nn.Module) -> int:
    """Number of parameters, frozen ones among them; what several parts share counts once."""
    return sum(parameter.numel() for parameter in network.parameters())


def flops(network: nn.Module, example: Mapping[str, Tensor] | Tensor) -> int:
    """Floating-point operations of one forward pass in evaluation mode, two to a multiply-add.

    Counted are matrix products and convolutions, whatever device or kernel computes them. Not counted is
    elementwise work: biases, activations, normalisation, pooling (of regions, too), attention's softmax,
    and the mixing of cross-stitch units. So a network that is stitched by these counts as much as its parts.

    Args:
        network: In either mode and on any device, the meta device too; nothing about it changes.
        example: The input or, by name, the inputs; one image for the operations of one image. They are
            moved to the network's device.
    """
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    given = tree_map_only(
        Tensor, lambda x: x.to(device), dict(example) if isinstance(example, Mapping) else example
    )
    with (
        _left_as_it_was(network, training=False),
        torch.no_grad(),
        _attention_of_matrix_products(),
        FlopCounterMode(display=False) as counter,
    ):
        network(**given) if isinstance(given, Mapping) else network(given)
    return counter.get_total_flops()


def step_memory(
    network: nn.Module, optimizer: torch.optim.Optimizer, step: Callable[[], Tensor]
) -> int | None:
    """Bytes that a step of training holds: model states and activations.

    Model states are parameters and buffers, a gradient for each parameter that is trained, and what the
    optimiser keeps for these; activations are what the forward pass saves for the backward pass. The terms
    are those of Rajbhandari et al., "ZeRO", SC 2020, Section 3. What an operation needs only while it runs is
    left out: the peak of a GPU's allocator is a third higher for the paper's networks.

    The forward pass is run once, the backward pass and the optimiser's step are not. Parameters, buffers,
    modes, the optimiser and torch's random numbers are left as they were, so that training goes on as if
    nothing had been measured. A GPU keeps the masks of dropout in one byte a value where the CPU takes four,
    and attention may differ likewise; all else is the same on every device.

    Args:
        network: In either mode; it is measured in training mode.
        optimizer: Of the parameters that are trained, whether it has taken steps or not.
        step: Runs the forward pass on a mini-batch and returns the loss. It must not call ``backward``.

    Returns:
        None where it cannot be known: PyTorch does not show what is saved under ``torch.func``'s transforms,
        nor what an optimiser keeps that reads values or wants a closure. A step that fails gives None, too:
        training will say why. The reason is logged at debug level.
    """
    trained = [
        parameter
        for group in optimizer.param_groups
        for parameter in group["params"]
        if parameter.requires_grad
    ]
    try:
        with _left_as_it_was(network, training=True):
            activations = _saved_by(step)
            states = chain(network.parameters(), network.buffers(), trained)
            held = _bytes(chain(states, activations))
        gradients = sum(parameter.nbytes for parameter in trained)
        return held + gradients + _optimizer_bytes(optimizer)
    except (RuntimeError, TypeError) as error:
        _LOG.debug("the memory of a training step is not known", exc_info=error)
        return None


@dataclass(eq=False, slots=True, weakref_slot=True)
class _Saved:
    """A tensor in the place that autograd gave it: it lives as long as the loss can reach it."""

    tensor: Tensor


def _saved_by(step: Callable[[], Tensor]) -> list[Tensor]:
    """What autograd has saved when the loss is there; what the loss does not depend on is gone by then."""
    alive = WeakSet[_Saved]()

    def keep(tensor: Tensor) -> _Saved:
        saved = _Saved(tensor.detach())  # an output would hold its own graph, and never be freed
        alive.add(saved)
        return saved

    with torch.enable_grad(), saved_tensors_hooks(keep, lambda saved: saved.tensor):
        loss = step()
    tensors = [saved.tensor for saved in alive]
    del loss  # not before: it holds what was saved
    return tensors


def _optimizer_bytes(optimizer: torch.optim.Optimizer) -> int:
    """Bytes of an optimiser's state, by a step of its twin on parameters that have shapes and no values."""
    twins: dict[int, Any] = {id(optimizer.state): defaultdict(dict)}
    for parameter in chain.from_iterable(group["params"] for group in optimizer.param_groups):
        twin = nn.Parameter(torch.empty_like(parameter, device="meta"), parameter.requires_grad)
        twin.grad = torch.empty_like(twin) if parameter.requires_grad else None
        twins[id(parameter)] = twin
    rehearsal = copy.deepcopy(optimizer, twins)
    for group in rehearsal.param_groups:  # a fused step wants values; its state is that of a plain one
        group.update({kind: False for kind in ("fused", "foreach") if kind in group})
    rehearsal.step()
    states = chain.from_iterable(state.values() for state in rehearsal.state.values())
    return sum(value.nbytes for value in states if isinstance(value, Tensor))


def _bytes(tensors: Iterable[Tensor]) -> int:
    """Bytes of what tensors lie in; what several share counts once."""
    return sum(storage.nbytes() for storage in {tensor.untyped_storage() for tensor in tensors})


@contextmanager
def _left_as_it_was(network: nn.Module, training: bool) -> Iterator[None]:
    """A network in a mode, with copies of its buffers; then all is put back, random numbers too."""
    modes = {module: module.training for module in network.modules()}
    buffers = dict(network.named_buffers(remove_duplicate=False))
    copies = {id(buffer): buffer.clone() for buffer in buffers.values()}
    tensors = chain(network.parameters(), buffers.values())
    gpus = sorted({tensor.get_device() for tensor in tensors if tensor.is_cuda})
    try:
        with torch.random.fork_rng(devices=gpus):
            network.train(training)
            _put(network, {name: copies[id(buffer)] for name, buffer in buffers.items()})
            yield
    finally:
        _put(network, buffers)
        for module, mode in modes.items():
            module.training = mode


def _put(network: nn.Module, buffers: Mapping[str, Tensor]) -> None:
    for name, buffer in buffers.items():
        owner, _, own_name = name.rpartition(".")
        setattr(network.get_submodule(owner), own_name, buffer)


@contextmanager
def _attention_of_matrix_products() -> Iterator[None]:
    """Keep PyTorch from computing attention in single operations, whose work the counter does not know."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)

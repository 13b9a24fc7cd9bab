"""Networks and inputs without values: what a network does with shapes costs no memory and little time."""

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeCopyMode, FakeTensor, FakeTensorMode

_LOG = logging.getLogger("torch._subclasses.fake_tensor")


def mode_of(model: nn.Module) -> FakeTensorMode:
    """The mode in which a network was made, else a new one."""
    tensors = chain(model.parameters(), model.buffers())
    made_in = (tensor.fake_mode for tensor in tensors if isinstance(tensor, FakeTensor))
    return next(made_in, None) or FakeTensorMode(allow_non_fake_inputs=True)


def fake_copy(model: nn.Module, mode: FakeTensorMode) -> nn.Module:
    """A copy of a network whose parameters and buffers have shapes and no values."""
    tensors = chain(model.parameters(), model.buffers())
    known = {id(tensor): fake_tensor(tensor, mode) for tensor in tensors}
    with FakeCopyMode(mode):
        return copy.deepcopy(model, known)


def fake_tensor(like: Tensor, mode: FakeTensorMode) -> Tensor:
    """A tensor without values; one on the meta device comes to the CPU, where forward passes make theirs."""
    device = "cpu" if like.device.type == "meta" else like.device
    with mode, torch.no_grad():
        fake = torch.empty_strided(like.shape, like.stride(), dtype=like.dtype, device=device)
        return nn.Parameter(fake, like.requires_grad) if isinstance(like, nn.Parameter) else fake


def is_meta(model: nn.Module) -> bool:
    """Whether a network has shapes and no values, so that it cannot be run on real tensors."""
    return any(tensor.is_meta or isinstance(tensor, FakeTensor) for tensor in model.parameters())


@contextmanager
def quiet() -> Iterator[None]:
    """Keep fake tensors from logging what they cannot do: it is expected here, and seen to."""
    before, _LOG.disabled = _LOG.disabled, True
    try:
        yield
    finally:
        _LOG.disabled = before

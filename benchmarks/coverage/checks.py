"""What is asked of a stitched network. Every check returns what is wrong, nothing if all is well."""

import copy
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_leaves

from stitchkit.networks import StitchedNet
from stitchkit.units import MixingUnit

STEP = 0.5  # by which an alpha is changed
NOISE = 1e-3  # of the change that it makes, as the rounding of another order of the same sums


@dataclass(frozen=True)
class Alone:
    """What one network computes by itself.

    Attributes:
        evaluation: Its output for the first image, in evaluation mode.
        maps: Its maps at the taps, at the same time.
        training: Its output for all images, in training mode.
    """

    evaluation: Any
    maps: Mapping[str, Tensor]
    training: Any

    @classmethod
    def run(cls, net: nn.Module, taps: Collection[str], images: Tensor) -> "Alone":
        """Run a network by itself; its maps are read with forward hooks."""
        maps: dict[str, Tensor] = {}
        with torch.no_grad():
            with _hooked(net.eval(), {tap: partial(_note, maps, tap) for tap in taps}):
                evaluation = _seeded(net, images[:1])
            return cls(evaluation, maps, _seeded(net.train(), images))


def evaluation(net: StitchedNet, images: Tensor, alone: Mapping[str, Alone]) -> Iterator[str]:
    """With alpha the identity: the separate networks, bit for bit."""
    with torch.no_grad():
        together = net.eval()(images[:1])
    for name in net.nets:
        yield from _differs(name, together[name], alone[name].evaluation, "evaluation")


def training(net: StitchedNet, images: Tensor, alone: Mapping[str, Alone]) -> Iterator[str]:
    """The same in training mode; and a loss on all outputs gives every alpha a gradient."""
    with torch.no_grad():  # attention has other kernels where gradients are wanted, that round otherwise
        together = _seeded(net.train(), images)
    for name in net.nets:
        yield from _differs(name, together[name], alone[name].training, "training")
    yield from gradients(net, net(images))


def gradients(net: StitchedNet, outputs: Any) -> Iterator[str]:
    """A loss on all outputs gives every alpha a finite gradient, not all zero at any tap."""
    loss(outputs).backward()
    for tap in net.units:
        gradient = _alpha(net, tap).grad
        if gradient is None:
            yield f"tap {tap!r}: alpha gets no gradient"
        elif not torch.isfinite(gradient).all():
            yield f"tap {tap!r}: the gradient of alpha is not finite"
        elif not gradient.any():
            yield f"tap {tap!r}: the gradient of alpha is zero"


def alphas(net: StitchedNet, images: Tensor, alone: Mapping[str, Alone], every_tap: bool) -> Iterator[str]:
    """One alpha changed: its network's output changes as forward hooks on the separate networks make it.

    Every tap is tried, or as many as there are networks; each network in turn gets more of the next.
    """
    net.eval()
    names, taps = list(net.nets), list(net.taps)
    count = max(len(taps), len(names)) if every_tap else len(names)
    for i in range(count):
        tap, to, source = taps[i * len(taps) // count], i % len(names), (i + 1) % len(names)
        with changed(net, tap, to, source):
            together = net(images[:1])
        where = f"tap {tap!r}, alpha[:, {to}, {source}]"
        for name in names:
            if name != names[to] and not equal(together[name], alone[name].evaluation):
                yield f"{where} changes the output of {name}"
        mine, other = names[to], names[source]
        by_hand = mixed(net.nets[mine], net.taps[tap][mine], alone[other].maps[net.taps[tap][other]], images)
        effect = distance(by_hand, alone[mine].evaluation)
        if not effect > 0:
            yield f"{where} cannot change the output of {mine}: hooks do not either"
        elif not distance(together[mine], by_hand) <= NOISE * effect:
            yield f"{where} does not change {mine} as hooks on the separate networks do"


@contextmanager
def changed(net: StitchedNet, tap: str, to: int, source: int) -> Iterator[None]:
    """With one alpha of a tap raised by ``STEP``."""
    with torch.no_grad():
        alpha = _alpha(net, tap)[:, to, source]
        before = alpha.clone()
        alpha += STEP
        yield
        alpha.copy_(before)


def keys(net: StitchedNet, own: Mapping[str, list[str]]) -> Iterator[str]:
    """The state dict is that of the networks, each under its name, and the units."""
    wanted = {f"nets.{name}.{key}" for name, keys in own.items() for key in keys}
    there = {key for key in net.state_dict() if not key.startswith("units.")}
    if there != wanted:
        yield f"state dict: {sorted(there ^ wanted)[:3]} are too many or missing"
    if len(net.units.state_dict()) != len(net.units):
        yield "state dict: not one alpha for each unit"


def copies(net: StitchedNet, images: Tensor, alone: Mapping[str, Alone]) -> Iterator[str]:
    """A deep copy computes the same, takes the checkpoint of one network, and shares nothing."""
    first, *_, last = net.nets
    twin = copy.deepcopy(net).eval()
    with torch.no_grad():
        same = twin(images[:1])
        twin.nets[first].load_state_dict(net.nets[last].state_dict())
        twin.train().eval()  # some keep what they computed from parameters until they train again
        loaded = twin(images[:1])
        after = net.eval()(images[:1])
    for name in net.nets:
        if not equal(same[name], alone[name].evaluation):
            yield f"a deep copy does not compute what {name} does"
        if not equal(after[name], alone[name].evaluation):
            yield f"a deep copy shares values of {name} with the original"
    if not equal(loaded[first], alone[last].evaluation):
        yield f"with the checkpoint of {last}, {first} does not compute what {last} does"


def equal(a: Any, b: Any) -> bool:
    """Whether two outputs are the same tensors in the same places, bit for bit; any mapping is as good."""
    (a_leaves, a_form), (b_leaves, b_form) = tree_flatten(_plain(a)), tree_flatten(_plain(b))
    return a_form == b_form and all(
        torch.equal(x, y) if isinstance(x, Tensor) and isinstance(y, Tensor) else x == y
        for x, y in zip(a_leaves, b_leaves, strict=True)
    )


def distance(a: Any, b: Any) -> float:
    """Largest difference between two outputs of one form."""
    pairs = zip(_tensors(a), _tensors(b), strict=True)
    return max(float((x - y).abs().max()) for x, y in pairs)


def loss(outputs: Any) -> Tensor:
    """A scalar to which every element of every output adds, each with a weight of its own."""
    generator = torch.Generator().manual_seed(0)
    terms = [(torch.randn(x.shape, generator=generator).to(x) * x).mean() for x in _tensors(outputs)]
    return torch.stack(terms).sum()


def mixed(net: nn.Module, tap: str, other: Tensor, images: Tensor) -> Any:
    """The output of a network, for the first image, to whose map at a tap ``STEP * other`` is added."""
    with torch.no_grad(), _hooked(net, {tap: lambda value: value + STEP * other}):
        return net(images[:1])


@contextmanager
def _hooked(net: nn.Module, taps: Mapping[str, Callable[[Tensor], Tensor | None]]) -> Iterator[None]:
    calls = Counter[str]()

    def hook(path: str, module: nn.Module, args: Any, output: Tensor) -> Tensor | None:
        calls[path] += 1
        change = taps.get(f"{path}#{calls[path]}") or taps.get(path)
        return change(output) if change else None

    paths = dict.fromkeys(tap.partition("#")[0] for tap in taps)
    handles = [net.get_submodule(path).register_forward_hook(partial(hook, path)) for path in paths]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _differs(name: str, together: Any, alone: Any, mode: str) -> Iterator[str]:
    if not all(torch.isfinite(value).all() for value in _tensors(alone)):
        yield f"{name} is not finite in {mode}: nothing can be said of it"
    elif not equal(together, alone):
        yield f"with alpha the identity {name} is not the separate network in {mode}"


def _alpha(net: StitchedNet, tap: str) -> Tensor:
    unit = net.units[tap]
    assert isinstance(unit, MixingUnit)
    return unit.alpha


def _note(found: dict[str, Tensor], tap: str, value: Tensor) -> None:
    found[tap] = value.clone()


def _seeded(net: nn.Module, images: Tensor) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return net(images)


def _plain(outputs: Any) -> Any:
    """torch.fx makes a plain dict of an OrderedDict."""
    if isinstance(outputs, Mapping):
        return {key: _plain(value) for key, value in outputs.items()}
    return outputs


def _tensors(outputs: Any) -> list[Tensor]:
    return [x for x in tree_leaves(outputs) if isinstance(x, Tensor) and x.is_floating_point()]

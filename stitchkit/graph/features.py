"""From a network to the maps inside it: only what is needed for its tapped values, under the same paths."""

import copy
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from stitchkit.errors import InputError
from stitchkit.graph.fake import fake_copy, fake_tensor, mode_of, quiet
from stitchkit.graph.joint import parts
from stitchkit.graph.observe import inputs_of, observe
from stitchkit.graph.rewrite import Program, fresh
from stitchkit.graph.taps import observed_taps, select
from stitchkit.graph.trace import NotTraceable, Trace, trace


def features(model: nn.Module, taps: Sequence[str], example: Any = None) -> "FeatureNet | HookedNet":
    """A network that returns what a model computes at some taps: a list, one value for each tap in order.

    What comes after the taps is gone, modules and parameters alike. What remains is the model's own, not a
    copy, under its own paths, so that a state dict of the model loads by name. A tapped value that the
    model later overwrites in place is copied first. A model that cannot be traced is kept whole in a
    `HookedNet`, which stops it at the last tap.

    Args:
        model: A network with one input.
        taps: Names, patterns or presets, as for `stitchkit.stitch`.
        example: An input; None for an image of the model's own size (see `stitchkit.stitch`).

    Raises:
        InputError: The model does not run on the example, has more than one input, or has no such tap.
    """
    kind = type(model).__name__
    with torch.random.fork_rng(devices=[]):
        inputs = inputs_of(model, example)
    if len(inputs) > 1:
        raise InputError(f"{kind} takes {', '.join(inputs)}; features are taken of networks with one input")
    listed = observed_taps(model, observe(model, inputs))
    names = list(dict.fromkeys(tap.name for spec in taps for tap in select(spec, kind, model, listed)))
    written = _overwritten(model, names, inputs)
    try:
        traces = trace(model, [_path(name) for name in names], list(inputs), kind)
    except NotTraceable:
        return HookedNet(model, names, written)
    graphs = {training: _cut(traces[training], names, written, model) for training in (True, False)}
    return FeatureNet(model, {training: Program(graph) for training, graph in graphs.items()})


class FeatureNet(nn.Module):
    """The part of a network that leads to its taps: image [B, 3, H, W] to a list of the tapped values."""

    def __init__(self, model: nn.Module, programs: Mapping[bool, Program]) -> None:
        super().__init__()
        targets = {
            str(node.target): None
            for program in programs.values()
            for node in program.graph.nodes
            if node.op in ("call_module", "get_attr")
        }
        held = parts(model, targets)
        self._modules.update(held._modules)
        self._parameters.update(held._parameters)
        self._buffers.update(held._buffers)
        self._non_persistent_buffers_set |= held._non_persistent_buffers_set
        self._programs = dict(programs)
        self.training = model.training

    def forward(self, image: Tensor) -> list[Tensor]:
        """The tapped values, in the order of the taps."""
        program = self._programs[self.training]
        if isinstance(image, fx.Proxy):
            return _Retraced(self, graph=program.graph).run(image)
        return program.run(self, image)


class HookedNet(nn.Module):
    """A network that cannot be traced, run until its last tap: image [B, 3, H, W] to a list of values.

    Its parts are the model's: the two share them. The parts behind the last tap stay, unused.
    """

    def __init__(self, model: nn.Module, taps: Sequence[str], written: Collection[str]) -> None:
        super().__init__()
        for kind in ("_modules", "_parameters", "_buffers", "_non_persistent_buffers_set"):
            setattr(self, kind, getattr(model, kind))
        self._model = (model,)  # a tuple, so that the parts have one path
        self._taps, self._written = tuple(taps), frozenset(written)
        self.training = model.training

    def forward(self, image: Tensor) -> list[Tensor]:
        """The tapped values, in the order of the taps."""
        (model,) = self._model
        model.training = self.training
        found: dict[str, Tensor] = {}

        def keep(tap: str, value: Tensor) -> None:
            found[tap] = fresh(value) if tap in self._written else value
            if len(found) == len(self._taps):
                raise _AllFound

        with _told(model, self._taps, keep), suppress(_AllFound):
            model(image)
        return [found[tap] for tap in self._taps]


class _AllFound(Exception):
    """Ends a forward pass of which nothing more is wanted."""


class _Retraced(fx.Interpreter):
    """Writes a program into the graph of whoever traces the network that holds it."""

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        """A node for the function, which is not entered: it may branch on the values that it is given."""
        proxies: list[fx.Proxy] = []
        fx.node.map_aggregate((args, kwargs), lambda x: proxies.append(x) if isinstance(x, fx.Proxy) else x)
        if not proxies:
            return target(*args, **kwargs)
        return proxies[0].tracer.create_proxy("call_function", target, args, kwargs)


def _cut(found: Trace, taps: Sequence[str], written: Collection[str], model: nn.Module) -> fx.Graph:
    """The graph that ends with the tapped values."""
    graph, kind = found.graph, type(model).__name__
    nodes = {tap: found.node(tap, kind) for tap in taps}
    order = list(graph.nodes)
    last = max(order.index(node) for node in nodes.values())
    for node in reversed(order[last + 1 :]):
        if node.op != "placeholder":
            graph.erase_node(node)
    for tap in written:
        with graph.inserting_after(nodes[tap]):
            nodes[tap] = graph.call_function(fresh, (nodes[tap],))
    graph.output([nodes[tap] for tap in taps])
    for node in reversed(graph.nodes):
        if not node.users and _changes_nothing(node, model):
            graph.erase_node(node)
    return graph


def _changes_nothing(node: fx.Node, model: nn.Module) -> bool:
    """Whether a node can go when nothing uses its value: it is no check and does not work in place."""
    if node.op == "get_attr":
        return True
    if node.op == "call_module":
        inside = model.get_submodule(str(node.target)).modules()
        return not any(getattr(module, "inplace", False) for module in inside)
    if node.op not in ("call_function", "call_method"):
        return False
    name = str(getattr(node.target, "__name__", node.target))
    return not (name.endswith(("_", "setitem", "_assert")) or node.kwargs.get("inplace"))


def _overwritten(model: nn.Module, taps: Sequence[str], inputs: Mapping[str, Any]) -> set[str]:
    """The taps whose values the network changes in place afterwards."""
    try:
        return _run_and_compare(model, taps, inputs, mode_of(model))
    except Exception:  # whatever fake tensors cannot do
        return _run_and_compare(model, taps, inputs, None)


def _run_and_compare(
    model: nn.Module, taps: Sequence[str], inputs: Mapping[str, Any], fake: FakeTensorMode | None
) -> set[str]:
    values: dict[str, tuple[Tensor, int]] = {}

    def keep(tap: str, value: Tensor) -> None:
        values[tap] = (value, value._version)

    with torch.no_grad(), torch.random.fork_rng(devices=[]), quiet(), fake or nullcontext():
        twin = (fake_copy(model, fake) if fake else copy.deepcopy(model)).eval()
        given = {name: fake_tensor(x, fake) if fake else x.clone() for name, x in inputs.items()}
        with _told(twin, taps, keep):
            twin(**given)
    return {tap for tap, (value, version) in values.items() if value._version != version}


@contextmanager
def _told(model: nn.Module, taps: Sequence[str], keep: Callable[[str, Any], None]) -> Iterator[None]:
    """Hand each tap's value to ``keep`` while the network runs."""
    calls = Counter[str]()

    def note(path: str, module: nn.Module, args: Any, output: Any) -> None:
        calls[path] += 1
        for tap in taps:
            if _path(tap) == path and int(tap.partition("#")[2] or 1) == calls[path]:
                keep(tap, output)

    handles = [
        model.get_submodule(path).register_forward_hook(partial(note, path))
        for path in dict.fromkeys(map(_path, taps))
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _path(tap: str) -> str:
    return tap.partition("#")[0]

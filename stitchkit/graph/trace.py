"""From a module to a short graph: only the modules on the path to a tap are opened."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from torch import Tensor, fx, nn

from stitchkit.errors import InputError, unknown
from stitchkit.graph.checkpointing import UnderCheckpoint, inside_checkpoint, under_checkpoint
from stitchkit.graph.observe import first_line

Leaf = str | type[nn.Module]
"""A module that is to stay closed: its path, or its class."""


@dataclass(frozen=True)
class Trace:
    """The forward pass of a network in one mode.

    Attributes:
        graph: Its operations; targets are paths in the network.
        outputs: Nodes that hold what each tapped module returned, one for each of its calls.
    """

    graph: fx.Graph
    outputs: dict[str, list[fx.Node]]

    def node(self, tap: str, network: str) -> fx.Node:
        """The node of a tap, given by its name; raises `InputError` where this graph has none."""
        path, _, number = tap.partition("#")
        nodes = self.outputs.get(path, [])
        if len(nodes) < int(number or 1):
            raise InputError(
                f"network {network!r}: tap {tap!r} is not reached in every mode as a single tensor;"
                " choose another tap (sk.taps lists them)"
            )
        return nodes[int(number or 1) - 1]


@dataclass(frozen=True)
class Traces:
    """The forward pass of a network, which may differ between training and evaluation.

    Attributes:
        train: As traced in training mode.
        eval: As traced in evaluation mode.
        rung: Name of the first of `RUNGS` that worked.
        failed: The rungs before it, each with the cause that stopped it.
    """

    train: Trace
    eval: Trace
    rung: str
    failed: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, training: bool) -> Trace:
        return self.train if training else self.eval


class NotTraceable(InputError):
    """No rung works.

    Attributes:
        failed: All of `RUNGS`, each with the cause that stopped it.
    """

    def __init__(self, message: str, failed: dict[str, str]) -> None:
        super().__init__(message)
        self.failed = failed


def trace(
    model: nn.Module, taps: Sequence[str], inputs: Sequence[str], network: str, leaf: Sequence[Leaf] = ()
) -> Traces:
    """Trace a network to its taps by the first of `RUNGS` that works.

    Dropout, batch norm and whatever else a module does by its mode stay right inside the modules that remain
    closed. In those that are opened, one graph for each mode keeps it right. The network's modes are
    restored.

    Args:
        model: The network.
        taps: Paths of the modules whose outputs are wanted.
        inputs: Parameters of ``forward`` that are inputs of the graph; all others keep their defaults.
        network: Name of the network, for messages.
        leaf: Modules to keep closed, whatever a rung would open.

    Raises:
        NotTraceable: No rung works; the message has the cause that stopped the last one.
        InputError: A tap lies inside a module that is to stay closed, or under gradient checkpointing.
    """
    _check_leaves(model, taps, leaf, network)
    failed: dict[str, str] = {}
    for rung, tracer in RUNGS.items():
        try:
            return Traces(
                _in_mode(True, tracer, model, taps, inputs, leaf),
                _in_mode(False, tracer, model, taps, inputs, leaf),
                rung,
                failed,
            )
        except UnderCheckpoint as error:
            inside = [tap for tap in taps if f"{tap}.".startswith(f"{error.path}.")]
            if inside:
                raise inside_checkpoint(network, inside[0]) from None
            failed[rung] = first_line(error)
        except Exception as error:  # whatever the model's own code raises when it meets a symbolic value
            failed[rung] = first_line(error)
    raise NotTraceable(
        f"network {network!r} ({type(model).__name__}) cannot be traced to {', '.join(taps)}:"
        f" {failed[rung]}; choose outer modules as taps, name what must stay closed in leaf=, or mark the"
        " function at fault with torch.fx.wrap",
        failed,
    )


def _check_leaves(model: nn.Module, taps: Sequence[str], leaf: Sequence[Leaf], network: str) -> None:
    modules = dict(model.named_modules())
    for closed in leaf:
        if isinstance(closed, str) and closed not in modules:
            raise unknown("leaf", closed, list(modules)[1:], f"network {network!r}")
        if not isinstance(closed, str) and not (isinstance(closed, type) and issubclass(closed, nn.Module)):
            raise InputError(f"a leaf must be a module's path or class, but got {closed!r}")
    for tap in taps:
        for parent in _parents(tap):
            if parent in leaf or isinstance(modules[parent], _classes(leaf)):
                raise InputError(
                    f"network {network!r}: tap {tap!r} lies inside {parent!r}, which leaf= keeps closed;"
                    " tap that module itself, or take it out of leaf="
                )


def _classes(leaf: Sequence[Leaf]) -> tuple[type[nn.Module], ...]:
    return tuple(closed for closed in leaf if isinstance(closed, type))


def _in_mode(
    training: bool,
    tracer: Callable[..., "TapTracer"],
    model: nn.Module,
    taps: Sequence[str],
    inputs: Sequence[str],
    leaf: Sequence[Leaf],
) -> Trace:
    modes = {module: module.training for module in model.modules()}
    made = tracer(taps, inputs, leaf)
    try:
        model.train(training)
        graph = made.trace(model)
        missing = [tap for tap in taps if tap not in made.outputs]
        if missing:
            mode = "training" if training else "evaluation"
            raise NotImplementedError(f"{', '.join(missing)} not reached as a single value in {mode} mode")
        return Trace(graph, dict(made.outputs))
    finally:
        model.train(modes[model])
        for module, own in modes.items():  # some parts may have been in another mode than the whole
            module.training = own


class TapTracer(fx.Tracer):
    """Opens a module only if a tap lies inside it.

    Attributes:
        outputs: After `trace`: nodes of each tap, in the order of its calls.
    """

    param_shapes_constant = True
    proxy_buffer_attributes = True

    def __init__(
        self,
        taps: Sequence[str],
        inputs: Sequence[str],
        leaf: Sequence[Leaf] = (),
        functions: Sequence[Callable[..., Any]] = (),
    ) -> None:
        super().__init__(autowrap_functions=tuple(functions))
        self.taps = frozenset(taps)
        self.inputs = frozenset(inputs)
        self.closed = frozenset(closed for closed in leaf if isinstance(closed, str))
        self.closed_classes = _classes(leaf)
        self.opened = {parent for tap in taps for parent in _parents(tap)}
        self.outputs: dict[str, list[fx.Node]] = defaultdict(list)

    def trace(self, root: Any, concrete_args: dict[str, Any] | None = None) -> fx.Graph:
        """The graph of a network; raises whatever stops it."""
        if "forward" in vars(root) or root._forward_hooks or root._forward_pre_hooks:
            raise NotImplementedError(
                "the network has hooks or a forward of its own, which tracing would skip"
            )
        return super().trace(root, concrete_args)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether a module stays closed."""
        closed = module_qualified_name in self.closed or isinstance(m, self.closed_classes)
        return closed or not self.opens(m, module_qualified_name)

    def opens(self, m: nn.Module, path: str) -> bool:
        """Whether a module is opened unless it is to stay closed."""
        return path in self.opened

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Record a call, and its output where it is a tap."""
        path = self.path_of_module(m)
        if under_checkpoint():
            raise UnderCheckpoint(path)
        output = super().call_module(m, forward, args, kwargs)
        if path in self.taps and isinstance(output, fx.Proxy):
            self.outputs[path].append(output.node)
        return output

    def create_args_for_root(
        self, root_fn: Callable[..., Any], is_module: bool, concrete_args: Any = None
    ) -> tuple[Any, list[Any]]:
        """Symbolic values for the inputs; for other parameters their defaults, such as None for a mask."""
        _, *parameters = inspect.signature(root_fn).parameters.values()
        positional: list[Any] = [self.root]
        keywords = {}
        for parameter in parameters:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            value = parameter.default
            if parameter.name in self.inputs:
                default = () if value is parameter.empty else (value,)
                value = self.create_proxy("placeholder", parameter.name, default, {})
            if parameter.kind is parameter.KEYWORD_ONLY:
                keywords[parameter.name] = value
            else:
                positional.append(value)
        return partial(root_fn, **keywords), positional

    def create_arg(self, a: Any) -> Any:
        """Refuse tensors made while tracing: they would be frozen, on this device, as the network's own."""
        if isinstance(a, Tensor):
            known = a in self.tensor_attrs or any(
                a is own for own in chain(self.root.parameters(), self.root.buffers())
            )
            if not known:
                raise NotImplementedError(
                    f"its forward makes a tensor of shape {tuple(a.shape)} from no input"
                )
        return super().create_arg(a)


class DeepTracer(TapTracer):
    """Opens all modules but PyTorch's own: for modules that hand on lists, whose length a leaf would hide."""

    def opens(self, m: nn.Module, path: str) -> bool:
        """Whether a module is opened unless it is to stay closed."""
        return path in self.opened or not fx.Tracer.is_leaf_module(self, m, path)


def _with_timm(tracer: type[TapTracer]) -> Callable[..., TapTracer]:
    def make(taps: Sequence[str], inputs: Sequence[str], leaf: Sequence[Leaf] = ()) -> TapTracer:
        from timm.models import get_notrace_functions, get_notrace_modules  # slow to import

        return tracer(taps, inputs, (*leaf, *get_notrace_modules()), get_notrace_functions())

    return make


RUNGS: dict[str, Callable[[Sequence[str], Sequence[str], Sequence[Leaf]], TapTracer]] = {
    "torch.fx": TapTracer,
    "torch.fx, with what timm lists as not traceable left closed": _with_timm(TapTracer),
    "torch.fx at full depth, with what timm lists as not traceable left closed": _with_timm(DeepTracer),
}
"""Ways to trace, the plainest first: a name and what makes the tracer. The first that works is taken."""


def _parents(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts))]

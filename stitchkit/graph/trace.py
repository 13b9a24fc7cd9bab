"""From a module to a short graph: only the modules on the path to a tap are opened."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from torch import Tensor, fx, nn

from stitchkit.errors import InputError
from stitchkit.graph.observe import first_line


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
        rung: Position in `RUNGS` of the way that worked.
    """

    train: Trace
    eval: Trace
    rung: int

    def __getitem__(self, training: bool) -> Trace:
        return self.train if training else self.eval


def trace(model: nn.Module, taps: Sequence[str], inputs: Sequence[str], network: str) -> Traces:
    """Trace a network to its taps by the first way of `RUNGS` that works.

    Dropout, batch norm and whatever else a module does by its mode stay right inside the modules that remain
    closed. In those that are opened, one graph for each mode keeps it right. The network's modes are
    restored.

    Args:
        model: The network.
        taps: Paths of the modules whose outputs are wanted.
        inputs: Parameters of ``forward`` that are inputs of the graph; all others keep their defaults.
        network: Name of the network, for messages.

    Raises:
        InputError: No way works; the message has the cause that stopped the last one.
    """
    cause = ""
    for rung, (_, tracer) in enumerate(RUNGS):
        try:
            return Traces(
                _in_mode(True, tracer, model, taps, inputs),
                _in_mode(False, tracer, model, taps, inputs),
                rung,
            )
        except Exception as error:  # whatever the model's own code raises when it meets a symbolic value
            cause = first_line(error)
    raise InputError(
        f"network {network!r} ({type(model).__name__}) cannot be traced to {', '.join(taps)}: {cause};"
        " choose outer modules as taps, or mark the function at fault with torch.fx.wrap"
    )


def _in_mode(
    training: bool,
    tracer: Callable[..., "TapTracer"],
    model: nn.Module,
    taps: Sequence[str],
    inputs: Sequence[str],
) -> Trace:
    modes = {module: module.training for module in model.modules()}
    made = tracer(taps, inputs)
    try:
        model.train(training)
        return Trace(made.trace(model), dict(made.outputs))
    finally:
        model.train(modes[model])
        for module, mode in modes.items():  # some parts may have been in another mode than the whole
            module.training = mode


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
        leaves: Sequence[type[nn.Module]] = (),
        functions: Sequence[Callable[..., Any]] = (),
    ) -> None:
        super().__init__(autowrap_functions=tuple(functions))
        self.taps = frozenset(taps)
        self.inputs = frozenset(inputs)
        self.leaves = tuple(leaves)
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
        return module_qualified_name not in self.opened or isinstance(m, self.leaves)

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Record a call, and its output where it is a tap."""
        output = super().call_module(m, forward, args, kwargs)
        path = self.path_of_module(m)
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


def _timm_leaves(taps: Sequence[str], inputs: Sequence[str]) -> TapTracer:
    from timm.models import get_notrace_functions, get_notrace_modules  # slow to import

    return TapTracer(taps, inputs, get_notrace_modules(), get_notrace_functions())


RUNGS: tuple[tuple[str, Callable[[Sequence[str], Sequence[str]], TapTracer]], ...] = (
    ("torch.fx", TapTracer),
    ("torch.fx, with what timm lists as not traceable left closed", _timm_leaves),
)
"""Ways to trace, the plainest first: a name and what makes the tracer. The first that works is taken."""


def _parents(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts))]

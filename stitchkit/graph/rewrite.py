"""From the graphs of N networks to one: interleaved with a unit at each tap, or with a shared beginning."""

import linecache
import operator
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from torch import Tensor, fx
from torch.fx.node import map_arg

from stitchkit.errors import InputError
from stitchkit.graph.order import Point, in_order
from stitchkit.graph.trace import Trace

_serial = count()


class Program:
    """A graph and the Python function that it stands for. It holds no modules: `run` is given their owner.

    Attributes:
        graph: Never changed afterwards, so copies of a network share it.
        code: Source of the function.
        run: Called with the owner of the modules and the inputs.
    """

    def __init__(self, graph: fx.Graph) -> None:
        graph.lint()
        self.graph = graph
        code = graph.python_code("self")
        self.code = code.src.strip()
        file = f"<stitched network {next(_serial)}>"
        linecache.cache[file] = (
            len(self.code),
            None,
            self.code.splitlines(True),
            file,
        )  # lines in tracebacks
        names = dict(code.globals)
        exec(compile(self.code, file, "exec"), names)
        self.run: Callable[..., Any] = names["forward"]

    def without(self, units: Collection[str]) -> "Program":
        """The program in which each value passes these units, given by their paths, unchanged."""
        graph = fx.Graph()
        graph.output(graph.graph_copy(self.graph, {}))
        for node in graph.find_nodes(op="call_module"):
            if node.target in units:
                for part in list(node.users):
                    part.replace_all_uses_with(node.args[part.args[1]])
                    graph.erase_node(part)
                graph.erase_node(node)
        return Program(graph)

    def __deepcopy__(self, memo: object) -> "Program":
        return self

    def __reduce__(self) -> tuple[type["Program"], tuple[fx.Graph]]:
        return Program, (self.graph,)


Points = Sequence[tuple[str, Point]]
"""Path of a unit's module, and what each network that takes part calls the tap."""


def interleave(
    traces: Mapping[str, Trace], points: Points, written: Mapping[str, Iterable[str]], named: bool
) -> fx.Graph:
    """One graph of N networks with a unit at each point; later uses of a tap's value take the unit's output.

    Targets are ``nets.<network>.<path>`` and the units' paths.

    Args:
        traces: The networks.
        points: The units and their taps.
        written: Inputs that a network changes in place: it gets copies of them.
        named: Whether the output is a mapping from network to its output, else a tuple.

    Raises:
        InputError: Two taps are one value, cross each other, or feed nothing.
    """
    rank = {name: {node: i for i, node in enumerate(trace.graph.nodes)} for name, trace in traces.items()}
    order = in_order([taps for _, taps in points], lambda name, tap: rank[name][traces[name].node(tap, name)])
    writer = _Writer(traces, written)
    for unit, taps in (points[i] for i in order):
        at = {name: traces[name].node(tap, name) for name, tap in taps.items()}
        for name, node in at.items():
            if not node.users:
                raise InputError(
                    f"network {name!r}: nothing uses the output of tap {taps[name]!r}; choose another tap"
                )
            writer.copy_through(name, node)
        mixed = writer.graph.call_module(unit, tuple(writer.values[name][node] for name, node in at.items()))
        for i, (name, node) in enumerate(at.items()):
            writer.values[name][node] = writer.graph.call_function(operator.getitem, (mixed, i))
    return writer.finish(named)


def share(
    traces: Mapping[str, Trace], at: Mapping[str, str], written: Mapping[str, Iterable[str]], named: bool
) -> fx.Graph:
    """One graph of N networks that share what the first does before the module ``at`` (Split, Section 1.1).

    Targets are ``shared.<path>`` before it, ``nets.<network>.<path>`` from there on.

    Args:
        traces: The networks.
        at: First task-specific module of each network.
        written: Inputs that a network changes in place: it gets copies of them.
        named: Whether the output is a mapping from network to its output, else a tuple.

    Raises:
        InputError: The networks do not take over the same number of values at this point.
    """
    before = {name: _before(trace.graph, trace.node(at[name], name)) for name, trace in traces.items()}
    later = {
        name: [node for node in nodes if node.users.keys() - nodes.keys()] for name, nodes in before.items()
    }
    handed = {name: [node for node in nodes if node.op != "get_attr"] for name, nodes in later.items()}
    if len({len(nodes) for nodes in handed.values()}) > 1:
        counts = ", ".join(f"{len(nodes)} of {name!r}" for name, nodes in handed.items())
        raise InputError(
            f"the networks cannot share what comes before {dict(at)}: it hands on values {counts}"
        )
    first, last = next(iter(traces)), list(traces)[-1]
    writer = _Writer(traces, written)
    for node in before[first]:
        writer.copy(first, node, owner="shared")
    shared = [writer.values[first][node] for node in handed[first]]
    for name, nodes in handed.items():
        for node, value in zip(nodes, shared, strict=True):
            writer.values[name][node] = value if name == last else writer.graph.call_function(fresh, (value,))
        parameters = set(later[name]) - set(nodes)  # are read again by whoever needs them
        writer.passed[name] = writer.passed[name].union(before[name]) - parameters
    return writer.finish(named)


def lead_through(graph: fx.Graph, module: str, into: Collection[str]) -> None:
    """Let what some modules read pass another module first; once for all of them that read the same value.

    Args:
        graph: It is changed.
        module: Path of the module to pass.
        into: Paths of the modules; each takes one value.
    """
    passed: dict[fx.Node, fx.Node] = {}
    for node in list(graph.find_nodes(op="call_module")):
        if node.target in into:
            (value,) = node.all_input_nodes
            if value not in passed:
                with graph.inserting_before(node):
                    passed[value] = graph.call_module(module, (value,))
            node.replace_input_with(value, passed[value])


def fresh(value: Any) -> Any:
    """A copy of a tensor, so that the next network may work in place; anything else as it is."""
    return value.clone() if isinstance(value, Tensor) else value


class _Writer:
    """Copies nodes of several graphs into one; all of them see the same inputs."""

    def __init__(self, traces: Mapping[str, Trace], written: Mapping[str, Iterable[str]]) -> None:
        self.traces = traces
        self.graph = fx.Graph()
        self.values: dict[str, dict[fx.Node, fx.Node]] = {name: {} for name in traces}
        self.passed: dict[str, set[fx.Node]] = {name: set() for name in traces}
        placeholders = {
            name: [n for n in trace.graph.nodes if n.op == "placeholder"] for name, trace in traces.items()
        }
        merged: dict[str, tuple[Any, ...]] = {}
        for node in (node for nodes in placeholders.values() for node in nodes):
            # an input is optional if no network requires it
            merged[node.target] = merged.get(node.target, node.args) and node.args
        inputs = {
            target: self.graph.create_node("placeholder", target, default)
            for target, default in sorted(merged.items(), key=lambda item: bool(item[1]))
        }
        for name, nodes in placeholders.items():
            for node in nodes:
                value = inputs[node.target]
                own = self.graph.call_function(fresh, (value,)) if node.target in written[name] else value
                self.values[name][node] = own
                self.passed[name].add(node)

    def copy(self, name: str, node: fx.Node, owner: str) -> None:
        target = f"{owner}.{node.target}" if node.op in ("call_module", "get_attr") else node.target
        args, kwargs = map_arg((node.args, node.kwargs), self.values[name].__getitem__)
        self.values[name][node] = self.graph.create_node(node.op, target, args, kwargs, f"{name}_{node.name}")
        self.passed[name].add(node)

    def copy_through(self, name: str, last: fx.Node | None) -> None:
        """Copy the nodes of one network that are not there yet, up to one of them or to the end."""
        for node in self.traces[name].graph.nodes:
            if node.op != "output" and node not in self.passed[name]:
                self.copy(name, node, owner=f"nets.{name}")
            if node is last:
                return

    def finish(self, named: bool) -> fx.Graph:
        outputs = {}
        for name, trace in self.traces.items():
            self.copy_through(name, None)
            (output,) = trace.graph.find_nodes(op="output")
            outputs[name] = map_arg(output.args[0], self.values[name].__getitem__)
        for node in self.graph.find_nodes(op="call_function", target=fresh):
            if not node.users:
                self.graph.erase_node(node)
        self.graph.output(outputs if named else tuple(outputs.values()))
        return self.graph


def _before(graph: fx.Graph, at: fx.Node) -> dict[fx.Node, None]:
    """What runs before a node, in order: all operations, and the parameters that they read."""
    nodes = list(graph.nodes)
    operations = dict.fromkeys(node for node in nodes[: nodes.index(at)] if node.op != "placeholder")
    return {
        node: None for node in operations if node.op != "get_attr" or node.users.keys() & operations.keys()
    }

"""From N networks and the places of their units to something that runs them: a graph, or lockstep."""

import inspect
import logging
from collections.abc import Mapping, Sequence

from torch import nn

from stitchkit.errors import unknown
from stitchkit.graph.how import LOCKSTEP, How
from stitchkit.graph.lockstep import Lockstep
from stitchkit.graph.observe import Observation
from stitchkit.graph.order import Point, in_order
from stitchkit.graph.rewrite import Program, interleave
from stitchkit.graph.trace import Leaf, NotTraceable, trace

_LOG = logging.getLogger("stitchkit")


def join(
    nets: Mapping[str, nn.Module],
    inputs: Mapping[str, Sequence[str]],
    seen: Mapping[str, Observation],
    points: Sequence[tuple[str, Point]],
    named: bool,
    leaf: Sequence[Leaf] = (),
) -> tuple[dict[bool, Program | Lockstep], How]:
    """What runs the networks with a unit at each point, in training (True) and in evaluation (False).

    Args:
        nets: The networks.
        inputs: Of each network: the parameters of ``forward`` that are inputs.
        seen: Of each network: a run on an example.
        points: Path of each unit and its taps.
        named: Whether the output is a mapping from network to its output, else a tuple.
        leaf: Paths or classes of modules that tracing must not open.

    Raises:
        InputError: The taps cross, feed nothing, or lie inside a leaf.
    """
    _check_known(nets, leaf)
    traces, failed = {}, {}
    written = {name: seen[name].written for name in nets}
    for name, net in nets.items():
        paths = list(dict.fromkeys(at[name].partition("#")[0] for _, at in points if name in at))
        try:
            own_leaves = [closed for closed in leaf if _has(net, closed)]
            traces[name] = trace(net, paths, inputs[name], name, own_leaves)
        except NotTraceable as error:
            failed[name] = error.failed
    if failed:
        how = How(LOCKSTEP, failed | {name: both.failed for name, both in traces.items() if both.failed})
        lockstep = _lockstep(nets, inputs, seen, points, named)
        programs: dict[bool, Program | Lockstep] = {True: lockstep, False: lockstep}
    else:
        how = How.of(traces)
        programs = {
            training: Program(
                interleave({name: both[training] for name, both in traces.items()}, points, written, named)
            )
            for training in (True, False)
        }
    _LOG.info("joined by %s", how)
    return programs, how


def _check_known(nets: Mapping[str, nn.Module], leaf: Sequence[Leaf]) -> None:
    for closed in leaf:
        if not any(_has(net, closed) for net in nets.values()):
            paths = [path for net in nets.values() for path, _ in net.named_modules()]
            raise unknown("leaf", str(closed), paths)


def _has(net: nn.Module, closed: Leaf) -> bool:
    """Whether a leaf concerns this network: networks may differ in their modules' names."""
    return not isinstance(closed, str) or closed in dict(net.named_modules())


def _lockstep(
    nets: Mapping[str, nn.Module],
    inputs: Mapping[str, Sequence[str]],
    seen: Mapping[str, Observation],
    points: Sequence[tuple[str, Point]],
    named: bool,
) -> Lockstep:
    reached = {name: {call.name: i for i, call in enumerate(seen[name].calls)} for name in nets}
    order = in_order([taps for _, taps in points], lambda name, tap: reached[name][tap])
    optional = {}
    for name, net in nets.items():
        parameters = inspect.signature(net.forward).parameters
        optional[name] = {key: parameters[key].default is not inspect.Parameter.empty for key in inputs[name]}
    return Lockstep(optional, [points[i] for i in order], {name: seen[name].written for name in nets}, named)

"""What people build: N networks that see the same input, stitched at taps or split after a shared start."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from torch import nn

from stitchkit.errors import InputError
from stitchkit.graph.how import How
from stitchkit.graph.join import join
from stitchkit.graph.joint import JointNet, SplitNet, StitchedNet, Units, parts
from stitchkit.graph.observe import inputs_of, observe
from stitchkit.graph.rewrite import Program, share
from stitchkit.graph.taps import Tap, TapSpec, observed_taps, pair, select
from stitchkit.graph.trace import Leaf, trace
from stitchkit.units import AdaptedUnit, CrossStitch, Unit

__all__ = ["How", "JointNet", "SplitNet", "StitchedNet", "Units", "split", "stitch", "unstitch"]

Networks = nn.Module | Mapping[str, nn.Module]


def stitch(
    *networks: Networks,
    taps: Sequence[TapSpec] | None = None,
    unit: Unit | None = None,
    example: Any = None,
    adapt: bool = False,
    leaf: Sequence[Leaf] = (),
) -> StitchedNet:
    """Join networks at taps, with a new unit at each (paper, Sections 3.3 and 4).

    With alpha the identity the stitched network computes what the separate networks compute, bit for bit. The
    networks are not copied: training the stitched network trains them.

    They become one graph by torch.fx where it can follow them, and run in lockstep where it cannot; ``how``
    of the stitched network says which, and why.

    Args:
        networks: Two or more networks, or one mapping from names to networks. By position they are called
            ``"0"``, ``"1"``, ..., and the outputs are a tuple.
        taps: Paths of modules, patterns (``"layer*"``), presets (``"stages"``), or mappings with one of
            these for each network that takes part, at least two. None takes the networks' own: see
            `stitchkit.taps`.
        unit: What stands at each tap; None for ``CrossStitch()``.
        example: An input, a tuple of inputs in order or a mapping from names to inputs, by which shapes are
            known. None stands for two random images of the size that each network says it was made for.
            Parameters of ``forward`` that have a default and are not in the example keep their default.
        adapt: Join maps of different shapes too, by projections and resizing: see `stitchkit.AdaptedUnit`.
        leaf: Paths or classes of modules that tracing must not open.

    Raises:
        InputError: The networks cannot be joined there; the message has the tap, the networks and the remedy.
    """
    nets, named = _named(networks)
    inputs = {name: inputs_of(net, example) for name, net in nets.items()}
    seen = {name: observe(net, inputs[name]) for name, net in nets.items()}
    points = pair(taps, nets, {name: observed_taps(net, seen[name]) for name, net in nets.items()})
    units: dict[str, nn.Module] = {}
    names: dict[str, dict[str, str]] = {}
    for point in points:
        key = _name_of_unit(point, names)
        names[key] = {name: tap.name for name, tap in point.items()}
        units[key] = _unit(unit or CrossStitch(), point, adapt)
        _follow(units[key], nets[next(iter(point))])
    programs, how = join(
        nets,
        {name: list(given) for name, given in inputs.items()},
        seen,
        [(Units.path(key), at) for key, at in names.items()],
        named,
        leaf,
    )
    return StitchedNet(nets, units, names, programs, named, how)


def unstitch(net: StitchedNet) -> tuple[nn.Module, ...] | dict[str, nn.Module]:
    """The networks of a stitched network, without units: the same modules, as `stitch` was given them.

    Raises:
        InputError: Not a stitched network.
    """
    if not isinstance(net, StitchedNet):
        raise InputError(f"unstitch takes what stitch returned, but got {type(net).__name__}")
    nets = dict(net.nets.items())
    return nets if net.named else tuple(nets.values())


def split(
    *networks: Networks, at: str | Mapping[str, str], example: Any = None, leaf: Sequence[Leaf] = ()
) -> SplitNet:
    """Let networks share everything before a module: the first network's (Split architectures, Section 1.1).

    The same as stitching with alpha rows [1, 0], [1, 0] at the last tap before ``at``. The networks' parts
    are not copied; what the other networks have before ``at`` is left out.

    Args:
        networks: Two or more networks, or one mapping from names to networks.
        at: Path of the first task-specific module, the same in all networks, or one for each network.
        example: As for `stitch`.
        leaf: As for `stitch`.

    Raises:
        InputError: The networks cannot be split there, or torch.fx cannot follow one of them.
    """
    nets, named = _named(networks)
    where = dict.fromkeys(nets, at) if isinstance(at, str) else dict(at)
    if where.keys() != nets.keys():
        raise InputError(f"at={where} must name one module of each network ({', '.join(nets)})")
    inputs = {name: inputs_of(net, example) for name, net in nets.items()}
    seen = {name: observe(net, inputs[name]) for name, net in nets.items()}
    points = {}
    for name, net in nets.items():
        found = select(where[name], name, net, observed_taps(net, seen[name]))
        if len(found) > 1:
            raise InputError(f"network {name!r}: at={where[name]!r} means {len(found)} modules; name one")
        points[name] = found[0]
    traces = {
        name: trace(net, [points[name].path], list(inputs[name]), name, leaf) for name, net in nets.items()
    }
    graphs = {
        training: share(
            {name: both[training] for name, both in traces.items()},
            {name: tap.name for name, tap in points.items()},
            {name: seen[name].written for name in nets},
            named,
        )
        for training in (True, False)
    }
    first = next(iter(nets))
    targets = {
        str(node.target): None
        for graph in graphs.values()
        for node in graph.nodes
        if node.op in ("call_module", "get_attr")
    }
    joint = SplitNet(
        parts(nets[first], _below("shared.", targets)),
        {name: parts(net, _below(f"nets.{name}.", targets)) for name, net in nets.items()},
        {training: Program(graph) for training, graph in graphs.items()},
        named,
        How.of(traces),
    )
    joint.training = nets[first].training
    try:
        observe(joint, {key: value for given in reversed(inputs.values()) for key, value in given.items()})
    except InputError as error:
        raise InputError(f"networks do not fit together at {where}: {error}") from None
    return joint


def _named(networks: tuple[Networks, ...]) -> tuple[dict[str, nn.Module], bool]:
    named = len(networks) == 1 and isinstance(networks[0], Mapping)
    given = networks[0] if named else {str(i): net for i, net in enumerate(networks)}
    nets = dict(cast(Mapping[str, nn.Module], given))
    for name, net in nets.items():
        if not isinstance(net, nn.Module):
            raise InputError(f"network {name!r} must be a torch.nn.Module, but got {type(net).__name__}")
        if not name or "." in name or hasattr(nn.ModuleDict(), name):
            raise InputError(f"network name {name!r} cannot be used in a module's path; choose another")
    if len(nets) < 2:
        raise InputError(f"at least 2 networks are joined, but got {len(nets)}; add a network")
    if len({id(net) for net in nets.values()}) < len(nets):
        raise InputError("the same module is given as two networks; copy.deepcopy one of them")
    return nets, named


def _name_of_unit(point: Mapping[str, Tap], names: Mapping[str, Mapping[str, str]]) -> str:
    """What the first network that takes part calls the tap; told apart from other networks' equal names."""
    for name, tap in point.items():
        if any(at.get(name) == tap.name for at in names.values()):
            raise InputError(f"tap {tap.name!r} of network {name!r} is paired twice; a tap takes one unit")
    first, tap = next(iter(point.items()))
    return f"{tap.name}@{first}" if tap.name in names else tap.name


def _unit(unit: Unit, point: Mapping[str, Tap], adapt: bool) -> nn.Module:
    (first, tap), *others = point.items()
    unlike = [(name, other) for name, other in others if other.layout != tap.layout]
    if not unlike:
        shape, channel_axis = tap.layout
        return unit.build(len(point), shape[channel_axis], channel_axis)
    try:
        if adapt:
            return AdaptedUnit(unit, [each.layout for each in point.values()])
        remedy = "pair taps of equal shape, or pass adapt=True for projections between them"
    except InputError as error:
        remedy = str(error)
    name, other = unlike[0]
    raise InputError(
        f"shapes differ at tap {tap.name!r}: {first!r} has {tap.shape}, channels on axis {tap.channel_axis};"
        f" {name!r} at {other.name!r} has {other.shape}, channels on axis {other.channel_axis}; {remedy}"
    )


def _follow(unit: nn.Module, net: nn.Module) -> None:
    """Put a new unit where the network is: its device and floating-point type."""
    like = next((p for p in net.parameters() if p.is_floating_point()), None)
    if like is not None:
        unit.to(device=like.device, dtype=like.dtype)


def _below(prefix: str, targets: Iterable[str]) -> list[str]:
    return [target.removeprefix(prefix) for target in targets if target.startswith(prefix)]

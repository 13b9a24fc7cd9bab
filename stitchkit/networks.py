"""What people build: N networks that see the same input, stitched at taps, or with a part that all share."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from stitchkit.errors import InputError
from stitchkit.graph.given import Given, Networks
from stitchkit.graph.how import How
from stitchkit.graph.join import join
from stitchkit.graph.joint import JointNet, LatentNet, SplitNet, StitchedNet, Units
from stitchkit.graph.latent import check_alike, factorise, last_layers
from stitchkit.graph.split import first_own, split_before
from stitchkit.graph.taps import Tap, TapSpec, pair
from stitchkit.graph.trace import Leaf
from stitchkit.units import AdaptedUnit, CrossStitch, Unit

__all__ = [
    "How",
    "JointNet",
    "LatentNet",
    "SplitNet",
    "StitchedNet",
    "Units",
    "latent",
    "split",
    "stitch",
    "unstitch",
]


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
    given = Given.of(networks, example)
    nets = given.nets
    points = pair(taps, nets, {name: given.taps(name) for name in nets})
    units: dict[str, nn.Module] = {}
    names: dict[str, dict[str, str]] = {}
    for point in points:
        key = _name_of_unit(point, names)
        names[key] = {name: tap.name for name, tap in point.items()}
        units[key] = _unit(unit or CrossStitch(), point, adapt)
        _follow(units[key], nets[next(iter(point))])
    programs, how = join(
        nets,
        {name: list(inputs) for name, inputs in given.inputs.items()},
        given.seen,
        [(Units.path(key), at) for key, at in names.items()],
        given.named,
        leaf,
    )
    return StitchedNet(nets, units, names, programs, given.named, how)


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
        at: Path of the first task-specific module, the same in all networks, or one for each network. A
            module that returns no single tensor, as one that holds several heads, stands for the first
            inside it.
        example: As for `stitch`.
        leaf: As for `stitch`.

    Raises:
        InputError: The networks cannot be split there, or torch.fx cannot follow one of them.
    """
    given = Given.of(networks, example)
    where = _of_each(given.nets, at, "one module")
    points = {name: first_own(where[name], name, given) for name in given.nets}
    return split_before(points, given, leaf)


def latent(
    *networks: Networks,
    at: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
    width: int = 1024,
    example: Any = None,
    leaf: Sequence[Leaf] = (),
) -> LatentNet:
    """Train networks jointly with last layers W = S L: combinations S of latent tasks L that all share.

    The paper's MTL-shared (Section 6.1) after Zhou et al. (ICCV 2013) and Abdulnabi et al. (IEEE Trans.
    Multimedia, 2015); `LatentNet.sparsity` is what they keep small. L has no bias; S has that of the layer
    whose place it takes. The networks themselves keep their last layers; what comes before is not copied:
    training the new network trains it.

    Args:
        networks: Two or more networks, or one mapping from names to networks.
        at: The last layers: paths, patterns or presets, the same in all networks or given for each. All are
            ``nn.Linear``, or all ``nn.Conv2d`` of one group, and read equally many features. None takes what
            each network names in ``tap_presets["heads"]``.
        width: Number of latent tasks.
        example: As for `stitch`.
        leaf: As for `stitch`.

    Raises:
        InputError: Such layers are not there or not alike, or torch.fx cannot follow one of the networks.
    """
    if width < 1:
        raise InputError(f"width is the number of latent tasks, at least 1, but got {width}")
    given = Given.of(networks, example)
    where = _of_each(given.nets, at, "last layers")
    layers = {name: last_layers(where[name], name, given) for name in given.nets}
    check_alike(layers)
    return factorise(layers, width, given, leaf)


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


def _of_each(nets: Mapping[str, nn.Module], at: Any, what: str) -> dict[str, Any]:
    """What was said of each network, or of all of them at once."""
    where = dict(at) if isinstance(at, Mapping) else dict.fromkeys(nets, at)
    if where.keys() != nets.keys():
        raise InputError(f"at={where} must name {what} of each network ({', '.join(nets)})")
    return where

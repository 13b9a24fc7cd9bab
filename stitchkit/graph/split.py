"""Networks that share a beginning: the first network's parts up to a module, then each network's own."""

from collections.abc import Mapping, Sequence

from stitchkit.errors import InputError
from stitchkit.graph.given import Given
from stitchkit.graph.how import How
from stitchkit.graph.joint import SplitNet, owned
from stitchkit.graph.observe import observe
from stitchkit.graph.rewrite import Program, share
from stitchkit.graph.taps import Tap, select
from stitchkit.graph.trace import Leaf


def first_own(at: str, network: str, given: Given) -> Tap:
    """Where the part of one network begins that is its own.

    Args:
        at: Path of the first task-specific module; one that is no tap itself stands for the first tap inside.
        network: Name of the network.
        given: All networks.

    Raises:
        InputError: No module is meant, or several.
    """
    taps = given.taps(network)
    inside = [tap for tap in taps if tap.path.startswith(f"{at}.")]
    if inside and all(tap.path != at for tap in taps):
        return inside[0]
    found = select(at, network, given.nets[network], taps)
    if len(found) != 1:
        raise InputError(f"network {network!r}: at={at!r} means {len(found)} modules; name one")
    return found[0]


def split_before(points: Mapping[str, Tap], given: Given, leaf: Sequence[Leaf]) -> SplitNet:
    """The network that shares what comes before a tap of each network.

    Raises:
        InputError: The networks do not fit together there, or torch.fx cannot follow one of them.
    """
    where = {name: tap.name for name, tap in points.items()}
    traces = given.trace({name: [tap.path] for name, tap in points.items()}, leaf)
    programs = {}
    for training in (True, False):
        in_mode = {name: both[training] for name, both in traces.items()}
        programs[training] = Program(share(in_mode, where, given.written, given.named))
    joint = SplitNet(
        owned(given.first, "shared.", programs.values()),
        {name: owned(net, f"nets.{name}.", programs.values()) for name, net in given.nets.items()},
        programs,
        given.named,
        How.of(traces),
    )
    joint.training = given.first.training
    inputs = reversed(given.inputs.values())
    try:
        observe(joint, {key: value for own in inputs for key, value in own.items()})
    except InputError as error:
        raise InputError(f"networks do not fit together at {where}: {error}") from None
    return joint

"""What training made of the units: those that ended as the identity are taken out, all are reported."""

from collections.abc import Mapping
from typing import NamedTuple

from torch import nn

from stitchkit.errors import InputError
from stitchkit.graph.joint import StitchedNet
from stitchkit.units import MixingUnit, Sharing


class Simplified(NamedTuple):
    """A network without the units that do nothing; printed, a line for each tap.

    Attributes:
        net: The network that is left; its networks and units are the given network's own.
        sharing: How the networks shared at each tap, those of the units taken out among them.
    """

    net: StitchedNet
    sharing: Mapping[str, Sharing]

    def __str__(self) -> str:
        width = max(map(len, self.sharing), default=0)
        return "\n".join(
            f"{tap:{width}}  {found.verdict:8}  {found.separate:6.1%} separate  {found.shared:6.1%} shared"
            f"  {found.mixed:6.1%} mixed{'' if tap in self.net.units else '  (unit taken out)'}"
            for tap, found in self.sharing.items()
        )


def simplify(net: StitchedNet, tolerance: float = 0.01) -> Simplified:
    """Take out the units whose alphas are the identity: there the networks ended as separate ones.

    The outputs are, bit for bit, those of the given network with these alphas set to the identity; with
    ``tolerance=0`` they are its own. Units whose networks ended as one (all rows of alpha equal, as before
    the split of a Split architecture, Section 1.1) are reported as shared, and stay: they pass on their mix.

    Args:
        net: What `stitchkit.stitch` returned. It stays as it is, and shares its modules with the result.
        tolerance: Largest difference of an alpha from the identity, or between the rows of a shared unit,
            that counts as none.

    Returns:
        The network that is left and the `Sharing` of each tap, by name. A unit that is no `MixingUnit`
        stays and is reported as mixed: what it computes cannot be read off its parameters.

    Raises:
        InputError: Not a stitched network, or a tolerance that is negative or no number.
    """
    if not isinstance(net, StitchedNet):
        raise InputError(f"simplify takes what stitch returned, but got {type(net).__name__}")
    if not tolerance >= 0:  # NaN too
        raise InputError(f"tolerance must be at least 0, but got {tolerance}")
    sharing = {tap: _sharing(unit, tolerance) for tap, unit in net.units.items()}
    separate = [tap for tap, found in sharing.items() if found.verdict == "separate"]
    return Simplified(net.without(separate), sharing)


def _sharing(unit: nn.Module, tolerance: float) -> Sharing:
    if isinstance(unit, MixingUnit):
        return unit.sharing(tolerance)
    return Sharing(separate=0.0, shared=0.0, mixed=1.0)

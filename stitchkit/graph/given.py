"""Networks as a user gives them to be joined, and what they do with an example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from torch import nn

from stitchkit.errors import InputError
from stitchkit.graph.observe import Observation, inputs_of, observe
from stitchkit.graph.taps import Tap, observed_taps
from stitchkit.graph.trace import Leaf, Traces, trace

Networks = nn.Module | Mapping[str, nn.Module]
"""One network of several, or a mapping from names to networks."""


@dataclass(frozen=True)
class Given:
    """Two networks or more.

    Attributes:
        nets: The networks by name; ``"0"``, ``"1"``, ... where they were given by position.
        named: Whether they were given by name.
        inputs: Of each network: its inputs by name, as in the example.
        seen: Of each network: a run on them.
    """

    nets: dict[str, nn.Module]
    named: bool
    inputs: dict[str, dict[str, Any]]
    seen: dict[str, Observation]

    @classmethod
    def of(cls, networks: Sequence[Networks], example: Any) -> "Given":
        """Run each network once.

        Args:
            networks: Two or more networks, or one mapping from names to networks.
            example: As for `stitchkit.stitch`.

        Raises:
            InputError: Too few networks, one twice, a name that cannot be used, or a network does not run on
                the example.
        """
        named = len(networks) == 1 and isinstance(networks[0], Mapping)
        given = networks[0] if named else {str(i): net for i, net in enumerate(networks)}
        nets = dict(cast(Mapping[str, nn.Module], given))
        _check(nets)
        inputs = {name: inputs_of(net, example) for name, net in nets.items()}
        seen = {name: observe(net, inputs[name]) for name, net in nets.items()}
        return cls(nets, named, inputs, seen)

    @property
    def first(self) -> nn.Module:
        """The first network."""
        return next(iter(self.nets.values()))

    @property
    def written(self) -> dict[str, frozenset[str]]:
        """Of each network: names of the inputs that it changes in place."""
        return {name: seen.written for name, seen in self.seen.items()}

    def taps(self, name: str) -> list[Tap]:
        """All taps of one network."""
        return observed_taps(self.nets[name], self.seen[name])

    def trace(self, paths: Mapping[str, Sequence[str]], leaf: Sequence[Leaf]) -> dict[str, Traces]:
        """Trace each network to some of its modules; raises as `stitchkit.graph.trace.trace`."""
        return {
            name: trace(net, paths[name], list(self.inputs[name]), name, leaf)
            for name, net in self.nets.items()
        }


def _check(nets: Mapping[str, nn.Module]) -> None:
    for name, net in nets.items():
        if not isinstance(net, nn.Module):
            raise InputError(f"network {name!r} must be a torch.nn.Module, but got {type(net).__name__}")
        if not name or "." in name or hasattr(nn.ModuleDict(), name):
            raise InputError(f"network name {name!r} cannot be used in a module's path; choose another")
    if len(nets) < 2:
        raise InputError(f"at least 2 networks are joined, but got {len(nets)}; add a network")
    if len({id(net) for net in nets.values()}) < len(nets):
        raise InputError("the same module is given as two networks; copy.deepcopy one of them")

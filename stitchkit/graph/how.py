"""How networks were joined, for people to read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stitchkit.graph.trace import Traces

LOCKSTEP = "lockstep"


@dataclass(frozen=True)
class How:
    """The way in which networks were joined, and why no plainer one.

    Attributes:
        rung: A name in `stitchkit.graph.trace.RUNGS`, or ``"lockstep"``: the highest that any network needed.
        failed: Of each network that needed more than the first: the rungs that failed, with their causes.
    """

    rung: str
    failed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def graph(self) -> bool:
        """Whether there is a graph, as compiling and exporting need it."""
        return self.rung != LOCKSTEP

    @classmethod
    def of(cls, traces: "Mapping[str, Traces]") -> "How":
        """How all of some traces came about."""
        slowest = max(traces.values(), key=lambda both: len(both.failed))
        return cls(slowest.rung, {name: both.failed for name, both in traces.items() if both.failed})

    def __str__(self) -> str:
        reasons = [
            f"{rung} failed for {network!r}: {cause}"
            for network, failed in self.failed.items()
            for rung, cause in failed.items()
        ]
        return self.rung + "".join(f"\n  {reason}" for reason in reasons)

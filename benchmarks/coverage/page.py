"""The page that says which models can be stitched."""

import os
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.coverage.models import SIDES, Model
from benchmarks.coverage.trial import FAKE_FROM
from stitchkit.graph.how import LOCKSTEP
from stitchkit.graph.trace import RUNGS

_SHORT = ("graph", "graph, timm's leaves", "graph, full depth", LOCKSTEP)
JOINED_BY = dict(zip([*RUNGS, LOCKSTEP], _SHORT, strict=True)) | {"": "not joined"}
SHOWN_TAPS = 5


@dataclass(frozen=True)
class Row:
    """A model and what came of stitching it.

    Attributes:
        model: The model.
        result: What `trial.attempt` or `detection.attempt` returned, or ``{"error": cause}``.
    """

    model: Model
    result: Mapping[str, Any]

    @property
    def problems(self) -> list[str]:
        """All that is wrong; what is wrong with two networks and with three is said once."""
        if "error" in self.result:
            return [str(self.result["error"])]
        found: dict[str, list[str]] = {}
        for count, verdict in self.result.get("verdicts", {}).items():
            for problem in verdict["problems"]:
                found.setdefault(problem, []).append(count)
        return [f"{' and '.join(counts)} networks: {problem}" for problem, counts in found.items()]

    def verdict(self, count: str) -> str:
        """``pass``, ``pass (fake)`` or ``FAIL``, for two or three networks."""
        if "error" in self.result or self.result["verdicts"][count]["problems"]:
            return "FAIL"
        return "pass (fake)" if self.result["fake"] else "pass"

    @property
    def joined_by(self) -> str:
        """Short name of the rung that joined two networks."""
        return JOINED_BY[self._two.get("rung", "")]

    @property
    def failed(self) -> dict[str, str]:
        """Short names of the rungs before that, each with the first sentence of what stopped it."""
        failed = self._two.get("failed", {})
        return {JOINED_BY[rung]: cause.partition(". ")[0] for rung, cause in failed.items()}

    @property
    def taps(self) -> str:
        """Number of the taps, and their names as far as there is room."""
        taps = self._two.get("taps", [])
        shown = taps if len(taps) <= SHOWN_TAPS else [*taps[: SHOWN_TAPS - 2], "...", taps[-1]]
        return f"{len(taps)}: {', '.join(shown)}" if taps else ""

    @property
    def size(self) -> str:
        """Number of parameters."""
        return f"{self.model.parameters / 1e6:.2f} M"

    @property
    def _two(self) -> Mapping[str, Any]:
        return self.result.get("verdicts", {}).get("2", {}) if "rung" not in self.result else self.result


def write(rows: Sequence[Row], detectors: Sequence[Row], versions: Mapping[str, str]) -> str:
    """The page: what was asked, of which versions, and what came out."""
    counts = Counter(row.joined_by for row in rows)
    every = [row.result for row in (*rows, *detectors)]
    return _template("page.md.jinja").render(
        rows=rows,
        passed=[row for row in rows if not row.problems],
        by_graph=sum(row.joined_by.startswith("graph") for row in rows),
        counts={name: counts[name] for name in JOINED_BY.values() if counts[name]},
        detectors=detectors,
        causes=Counter(cause for row in detectors for cause in set(row.failed.values())),
        versions=", ".join(f"{name} {version}" for name, version in versions.items())
        + f", Python {platform.python_version()}",
        date=date.today().isoformat(),
        cores=os.cpu_count(),
        minutes=round(sum(result.get("seconds", 0) for result in every) / 60),
        peak_gib=round(max((result.get("peak_mib", 0) for result in every), default=0) / 1024, 1),
        small_side=SIDES[0],
        large_side=SIDES[1],
        fake_from=FAKE_FROM // 10**6,
    )


def failures(rows: Sequence[Row]) -> Iterator[str]:
    """What is wrong, a line each."""
    return (f"{row.model.label}: {problem}" for row in rows for problem in row.problems)


def models_on(page: str) -> Iterator[list[str]]:
    """The cells of each line of the table of models, as on a page that was written."""
    table = page.partition("## Models")[2].partition("\n## ")[0]
    for line in table.splitlines():
        if line.startswith("| `"):
            yield [cell.strip(" `") for cell in line.strip("|").split("|")]


def _template(name: str) -> Any:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True).get_template(
        name
    )

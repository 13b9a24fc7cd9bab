"""Read what a run has left in its folder; what is missing or unreadable reads as nothing."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from stitchkit.report.rows import ordered
from stitchkit.results import Results, RunRecord

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """A run and its files.

    Attributes:
        record: What ``results.json`` says of it.
        folder: Its folder.
        row: Row of the table that has its figures; of a candidate that is picked, not the candidate's own.
        label: Of that row.
        first: Whether its seed is the row's first that did not diverge: drawn in full, others as thin lines.
    """

    record: RunRecord
    folder: Path
    row: str
    label: str
    first: bool

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """The logged iterations, oldest first; lines that hold no JSON object are left out."""
        path = self.inside("history.jsonl")
        entries = []
        for line in path.read_text("utf-8", errors="replace").splitlines() if path else ():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and _is_number(entry.get("iteration")):
                entries.append(entry)
        return entries

    def series(self, key: str) -> tuple[Floats, Floats]:
        """Iterations and finite values of one key of the history, both [L]."""
        pairs = [(e["iteration"], e[key]) for e in self.history if _is_number(e.get(key))]
        pairs_array = np.array(pairs, dtype=np.float64).reshape(-1, 2)
        return pairs_array[:, 0], pairs_array[:, 1]

    def logged(self, pattern: str) -> list[str]:
        """What the one group of ``pattern`` matches in the keys of the history, each once, in order."""
        keys = dict.fromkeys(key for entry in self.history for key in entry)
        return list(dict.fromkeys(match[1] for key in keys if (match := re.fullmatch(pattern, key))))

    @cached_property
    def alphas(self) -> dict[str, Floats]:
        """Tap to alpha [C or 1, N, N] as [channel, to, from], in the order of the network where known."""
        path, tasks = self.inside("alphas.safetensors"), len(self.record.task_order)
        try:
            loaded = load_file(path) if path else {}
        except (OSError, SafetensorError):
            return {}
        order = {tap: i for i, tap in enumerate(self.logged(r"alpha\.(.+)\.same"))}
        taps = sorted(loaded, key=lambda tap: (order.get(tap, len(order)), natural(tap)))
        alphas = {tap: loaded[tap].astype(np.float64) for tap in taps}
        return {t: a for t, a in alphas.items() if a.ndim == 3 and a.shape[1:] == (tasks, tasks) and len(a)}

    @property
    def frames(self) -> list[str]:
        """Names of the frames that the run has drawn."""
        pictures = self.inside("pictures", is_folder=True)
        return [path.name for path in pictures.iterdir() if path.is_dir()] if pictures else []

    def picture(self, frame: str, name: str) -> Path | None:
        """The file of one picture of a frame; None where there is none."""
        return self.inside("pictures", frame, f"{name}.png")

    def inside(self, *parts: str, is_folder: bool = False) -> Path | None:
        """A file of the run's folder; None where it is missing, or elsewhere through ``..`` or a link."""
        folder = self.folder.resolve()
        path = folder.joinpath(*parts).resolve()
        exists = path.is_dir() if is_folder else path.is_file()
        return path if exists and path.is_relative_to(folder) else None


def runs_of(results: Results, folder: Path) -> list[Run]:
    """The runs behind the table with their folders: as the rows stand in it, then as the study lists seeds.

    Args:
        results: Of the study.
        folder: Where ``results.json`` lies.
    """
    place = {seed: i for i, seed in enumerate(results.seeds)}
    runs = []
    for row in ordered(results):
        records = sorted(results.runs_of(row), key=lambda r: (place.get(r.seed, len(place)), r.seed))
        diverged = {record.seed for record in records if record.diverged is not None}
        seeds = [record.seed for record in records]
        first = next(iter([s for s in seeds if s not in diverged] or seeds), None)
        label = results.rows[row].label
        runs += [Run(r, folder / r.folder, row, label, r.seed == first) for r in records]
    return runs


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key with numbers in names by their size: ``layer2`` before ``layer10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def by_row(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Runs by the row that has their figures, in order."""
    rows: dict[str, list[Run]] = {}
    for run in runs:
        rows.setdefault(run.row, []).append(run)
    return rows


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

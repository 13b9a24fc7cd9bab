"""``python -m benchmarks.coverage``: stitch every architecture with itself and say how it went."""

import argparse
import os
from collections.abc import Callable
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path

from timm.models import list_modules

from benchmarks.coverage import detection, page, trial
from benchmarks.coverage.models import FAMILIES, Model, of_torchvision, smallest_of, torchvision_names
from benchmarks.coverage.workers import Result, key, results
from stitchkit.files import write_text

ROOT = Path(__file__).parents[2]
STATE = ROOT / "build" / "coverage"


def models(jobs: int) -> list[Model]:
    """The models to be tried: of each timm module the smallest, of torchvision all."""
    log = STATE / f"models-{version('timm')}-{version('torchvision')}.jsonl"
    timm = {f"timm:{module}": (module,) for module in list_modules()}
    found = results("timm's smallest models", smallest_of, timm, log, jobs)
    names = {f"torchvision:{name}": (family, name) for family, name in torchvision_names(FAMILIES)}
    found |= results("torchvision's models", of_torchvision, names, log, jobs)
    for name, fields in found.items():
        if "error" in fields:
            print(f"{name} cannot be listed: {fields['error']}")
    return [Model(**fields) for fields in found.values() if "error" not in fields]


def sources() -> list[Path]:
    """The files that determine how a trial ends."""
    core, here = ROOT / "stitchkit", ROOT / "benchmarks" / "coverage"
    asked = [here / f"{name}.py" for name in ("checks", "detection", "models", "trial")]
    return [*core.glob("graph/*.py"), *core.glob("units/*.py"), core / "networks.py", *asked]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--only", metavar="PATTERN", default="*", help="for example 'timm:vit*'")
    parser.add_argument("--limit", metavar="N", type=int, help="the first N models alone")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the page, of all models")
    asked = parser.parse_args()
    if asked.write and (asked.limit or asked.only != "*"):
        parser.error("--write is for all models: leave --only and --limit out")

    versions = {name: version(name) for name in ("torch", "torchvision", "timm")}
    log = STATE / f"results-{key(sources(), versions)}.jsonl"
    chosen = [model for model in models(asked.jobs) if fnmatchcase(model.label, asked.only)][: asked.limit]

    def tried(what: str, attempt: Callable[..., Result], detects: bool) -> list[page.Row]:
        these = {m.label: m for m in chosen if (m.family == "detection") is detects}
        small_first = sorted(these.values(), key=lambda model: model.parameters)
        found = results(what, attempt, {m.label: (vars(m),) for m in small_first}, log, asked.jobs)
        return [page.Row(model, found[label]) for label, model in these.items()]

    rows = tried("classifiers and segmenters", trial.attempt, detects=False)
    detectors = tried("detectors", detection.attempt, detects=True)
    for line in page.failures([*rows, *detectors]):
        print(line)
    if asked.write:
        write_text(asked.write, page.write(rows, detectors, versions))


if __name__ == "__main__":
    main()

"""Distributions that are not there: what `pip` leaves of one, in a folder of the tests."""

from collections.abc import Mapping
from pathlib import Path


def install(folder: Path, name: str, version: str = "1.0", **kinds: Mapping[str, str]) -> None:
    """Write the entry points of a distribution: ``install(path, "lab", tasks={"depth": "lab:Depth"})``."""
    metadata = folder / f"{name}-{version}.dist-info"
    metadata.mkdir()
    lines = [
        line
        for kind, points in kinds.items()
        for line in (f"[stitchkit.{kind}]", *(f"{point} = {target}" for point, target in points.items()))
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

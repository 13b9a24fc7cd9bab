import os
from collections.abc import Callable
from pathlib import Path

import entrypoints
import pytest

from stitchkit import plugins


@pytest.fixture
def real_data() -> Callable[[str], Path]:
    """The folder of a real data set by its name; the test is skipped, saying so, where there is none."""

    def find(name: str) -> Path:
        beside = Path(__file__).resolve().parents[2] / "shared" / "data"
        folder = Path(os.environ.get("STITCHKIT_DATA") or beside) / name
        if not folder.is_dir():
            pytest.skip(
                f"no real data: {folder} is not there; set STITCHKIT_DATA to the folder that holds {name}"
            )
        return folder

    return find


@pytest.fixture
def toy_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Announce the classes of `toys` beside the installed plugins: squares, brightness, tiny."""
    toys = {
        "datasets": ("squares", "Squares"),
        "tasks": ("brightness", "Brightness"),
        "backbones": ("tiny", "Tiny"),
    }
    installed = plugins._announced

    def announced(kind: plugins.Kind) -> dict[str, entrypoints.EntryPoint]:
        points = dict(installed(kind))
        if kind in toys:
            name, cls = toys[kind]
            points[name] = entrypoints.EntryPoint(name, "toys", cls)
        return points

    monkeypatch.setattr(plugins, "_announced", announced)

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from distributions import install

from stitchkit.skeletons import Kind
from stitchkit.skeletons.writing import write


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str, Kind], Path]:
    """Write a plugin, and beside its package what `pip` would leave of it, as its own pyproject says."""

    def make(name: str, kind: Kind) -> Path:
        folder = write(name, kind, tmp_path)
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        points = {group.removeprefix("stitchkit."): own for group, own in project["entry-points"].items()}
        install(folder, project["name"].replace("-", "_"), project["version"], **points)
        return folder

    return make

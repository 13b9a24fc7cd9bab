"""A recipe for plugins that are options alone: these tests show what is checked, not what is learned.

Methods are the real ones, because they check their options against the recipe themselves.
"""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from stitchkit.methods.constant import Constant
from stitchkit.methods.cross_stitch import CrossStitch
from stitchkit.methods.ensemble import Ensemble
from stitchkit.methods.one_task import OneTask, OneTaskLonger
from stitchkit.methods.split import Split
from stitchkit.plugins import Config, finding


class PicturesConfig(Config):
    root: Path | None = None
    views: Annotated[int, Field(ge=1)] = 4


class OtherConfig(Config):
    rooms: int = 3


class NamesConfig(Config):
    target: str = "labels"
    reduction: Literal["pixel", "image"] = "pixel"
    limit: int | Literal["all"] = "all"


class NetConfig(Config):
    weights: Path | None = None
    width: Annotated[float, Field(gt=0)] = 1.0
    depth_: int = Field(3, alias="depth")


class Mix(Config):
    same: Annotated[float, Field(ge=0, le=1)] = 0.9


PLUGINS: dict[str, dict[str, Any]] = {
    "datasets": {
        "pictures": SimpleNamespace(Config=PicturesConfig),
        "others": SimpleNamespace(Config=OtherConfig),
    },
    "tasks": {"names": SimpleNamespace(Config=NamesConfig)},
    "backbones": {"lab:net": SimpleNamespace(Config=NetConfig)},
    "samplers": {"whole_images": SimpleNamespace(Config=Config)},
    "proposals": {},
    "units": {"cross_stitch": Mix, "plain": Config},
    "methods": {
        "constant": Constant,
        "one_task": OneTask,
        "one_task_longer": OneTaskLonger,
        "ensemble": Ensemble,
        "split": Split,
        "cross_stitch": CrossStitch,
    },
}

RECIPE = """\
title: Two tasks
data:
  type: pictures
  root: shots
tasks:
  seg: {type: names}
  normals:
    type: names
    target: normals
backbone:
  type: "lab:net"
training:
  lr: 1e-3
methods:
  one_task:
    iterations: {seg: 25, normals: 15}
  cross_stitch:
    iterations: 10
    taps: [pool1]
    unit: {same: 0.8}
seeds: [0, 1]
"""


@pytest.fixture(autouse=True)
def _plugins(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_plugins" in request.fixturenames:
        return

    monkeypatch.setattr(finding, "names", lambda kind: sorted(PLUGINS[kind]))
    monkeypatch.setattr(finding, "load", lambda kind, name: PLUGINS[kind][name])


@pytest.fixture
def real_plugins() -> None:
    """Use what is installed rather than the plugins above."""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write ``x.yaml`` in the current folder: `RECIPE`, each old text replaced, more text at its end."""
    monkeypatch.chdir(tmp_path)

    def write(*changes: tuple[str, str], end: str = "", text: str | None = None) -> Path:
        result = RECIPE if text is None else text
        for old, new in changes:
            assert result.count(old) == 1, old
            result = result.replace(old, new)
        Path("x.yaml").write_text(result + end, encoding="utf-8")
        return Path("x.yaml")

    return write

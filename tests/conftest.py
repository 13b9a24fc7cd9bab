import os
from collections.abc import Callable
from pathlib import Path

import entrypoints
import pytest

from stitchkit import plugins
from stitchkit.cli import main


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


class CommandLine:
    """The ``stitchkit`` command, run in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *words: object) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of one command."""
        self.monkeypatch.setattr("sys.argv", ["stitchkit", *map(str, words)])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main()
        output, errors = self.capsys.readouterr()
        return int(exit_.value.code or 0), output, errors


@pytest.fixture
def stitchkit_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Run the ``stitchkit`` command: ``stitchkit_command("run", path)``."""
    return CommandLine(monkeypatch, capsys)


TOY_RECIPE = """
data: {type: squares}
tasks:
  bright: {type: brightness}
  dim: {type: brightness}
backbone: {type: tiny}
training: {batch: 4, lr: 0.05, workers: 0, log_every: 1}
methods:
  one_task:
    iterations: {bright: 4, dim: 4}
  cross_stitch: {iterations: 3, alpha_lr_scale: 10}
profiles:
  short:
    methods:
      one_task:
        iterations: {bright: 2, dim: 2}
"""


@pytest.fixture
def toy_recipe(tmp_path: Path, toy_plugins: None) -> Path:
    """A recipe on the toys that runs in a second."""
    path = tmp_path / "toy.yaml"
    path.write_text(TOY_RECIPE)
    return path

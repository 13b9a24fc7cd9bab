import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from distributions import install

from stitchkit.cli import main
from stitchkit.plugins import registered


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


@pytest.fixture(scope="session")
def toys_installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a distribution that announces the classes of `toys`: squares, brightness, tiny."""
    folder = tmp_path_factory.mktemp("toys")
    install(
        folder,
        "toys",
        datasets={"squares": "toys:Squares"},
        tasks={"brightness": "toys:Brightness"},
        backbones={"tiny": "toys:Tiny"},
    )
    return folder


@pytest.fixture
def toy_plugins(toys_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The classes of `toys` beside the installed plugins."""
    monkeypatch.syspath_prepend(toys_installed)


@pytest.fixture
def plugin_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the plugin files of a test register is forgotten after it."""
    monkeypatch.setattr(registered, "_classes", dict(registered._classes))
    before = set(sys.modules)
    yield
    for module in set(sys.modules) - before:
        if module.startswith("stitchkit.plugins.files."):
            del sys.modules[module]


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

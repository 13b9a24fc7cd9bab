"""A distribution ``lab`` with a module ``lab``, and a registry that each test finds empty."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from distributions import install

from stitchkit.plugins import registered

Lab = Callable[..., Path]

SAMPLER = """
    from stitchkit.samplers import Sampler

    class Some(Sampler):
        '''Some of the pixels.

        Chosen by lot.
        '''
    """


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registered, "_classes", {})


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Install lab 1.0 with some code: ``lab("class A: ...", samplers={"some": "lab:A"})``; gives its file."""

    def installed(code: str = SAMPLER, **kinds: Mapping[str, str]) -> Path:
        (tmp_path / "lab.py").write_text(dedent(code), encoding="utf-8")
        install(tmp_path, "lab", "1.0", **kinds)
        monkeypatch.syspath_prepend(tmp_path)
        return tmp_path / "lab.py"

    yield installed
    sys.modules.pop("lab", None)


@pytest.fixture
def rival(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install rival 2.0, which announces plugins of others: ``rival(samplers={"some": "lab:Some"})``."""

    def installed(**kinds: Mapping[str, str]) -> None:
        folder = tmp_path / "elsewhere"
        folder.mkdir()
        install(folder, "rival", "2.0", **kinds)
        monkeypatch.syspath_prepend(folder)

    return installed

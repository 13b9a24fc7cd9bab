import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import stitchkit as sk
from stitchkit.backbones import ModelBackbone
from stitchkit.backbones.sources import create
from stitchkit.errors import InputError
from stitchkit.plugins import find

NETS = """
from torch import nn

def small(width=4):
    return nn.Sequential(nn.Conv2d(3, width, 3, 4, 1), nn.ReLU(), nn.Conv2d(width, 8, 3, 2, 1), nn.ReLU())

class Scores(nn.Conv2d):
    def forward(self, image):
        return {"out": super().forward(image)}

def whole(outputs, kernel=1):
    return Scores(3, outputs, kernel)

class Named(nn.Sequential):
    tap_presets = {"heads": ("1",)}

def named(outputs):
    return Named(nn.Conv2d(3, 4, 1), nn.Conv2d(4, outputs, 1))

def wrong():
    return 3
"""


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module ``my_nets`` in the current folder."""
    (tmp_path / "my_nets.py").write_text(NETS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path / "my_nets.py"
    sys.modules.pop("my_nets", None)


def backbone(name: str, **options: Any) -> ModelBackbone:
    found = find("backbones", f"python:{name}")
    return found(found.Config.model_validate(options))


@pytest.mark.usefixtures("nets")
def test_a_function_gives_the_trunk() -> None:
    net = backbone("my_nets.small", taps=["1", "3"], options={"width": 6}).dense(5)
    assert net(torch.randn(2, 3, 32, 48)).shape == (2, 5, 4, 6)
    assert net.get_parameter("trunk.0.weight").shape[0] == 6


@pytest.mark.usefixtures("nets")
def test_a_function_gives_a_whole_network() -> None:
    net = backbone("my_nets.whole", head="own", options={"kernel": 3}).dense(5)
    assert net(torch.randn(2, 3, 8, 8)).shape == (2, 5, 6, 6)


@pytest.mark.usefixtures("nets")
def test_a_whole_network_may_name_its_heads() -> None:
    chosen = backbone("my_nets.named", head="own")
    net = sk.latent(chosen.dense(5), chosen.dense(2), width=3, example=torch.randn(2, 3, 8, 8))
    assert net.combinations == {"0": ("trunk.1",), "1": ("trunk.1",)}
    assert backbone("my_nets.whole", head="own").dense(5).tap_presets == {}


@pytest.mark.usefixtures("nets")
def test_a_source_is_the_function_called_with_nothing() -> None:
    assert len(create("python:my_nets.small")) == 4  # type: ignore[arg-type]


def test_the_fingerprint_follows_the_source(nets: Path) -> None:
    before = backbone("my_nets.small").fingerprint
    assert backbone("my_nets.small").fingerprint == before
    nets.write_text(NETS + "# another\n")
    assert backbone("my_nets.small").fingerprint != before


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("small", {}, "python:small must name a function in a module, for example python:nets.small"),
        ("my_nets.smal", {}, "unknown function of my_nets 'smal'; did you mean 'small'"),
        ("no_such_nets.small", {}, "no_such_nets cannot be imported: ModuleNotFoundError: No module named"),
        ("my_nets.wrong", {}, "python:my_nets.wrong must return a torch.nn.Module, but got int"),
        (
            "my_nets.small",
            {"options": {"height": 1}},
            "unexpected keyword argument 'height'; see backbone.op",
        ),
        ("my_nets.small", {"pretrained": True}, "backbone.pretrained means nothing to python:my_nets.small"),
    ],
)
@pytest.mark.usefixtures("nets")
def test_what_does_not_fit_is_one_line(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        backbone(name, **options).dense(5)
    assert "\n" not in str(error.value)

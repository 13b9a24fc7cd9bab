"""The page on coverage is true of some models drawn from it, and what it asks of a network can be failed."""

import json
import math
import os
import random
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import stitchkit as sk
from benchmarks.coverage import checks, page, trial, workers
from benchmarks.coverage.models import FAMILIES, Model, images_for, set_apart, settled, torchvision_names
from stitchkit.networks import StitchedNet
from stitchkit.units import MixingUnit

PAGE = (Path(__file__).parents[1] / "docs" / "coverage.md").read_text(encoding="utf-8")
LINES = {cells[0]: cells for cells in page.models_on(PAGE)}
SMALL = 5.0  # million parameters
DRAWN = 4
IMAGES = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))


def million(cells: list[str]) -> float:
    return float(cells[1].removesuffix(" M"))


def drawn() -> list[str]:
    small = sorted(label for label, cells in LINES.items() if million(cells) < SMALL)
    return random.Random(2016).sample(small, min(DRAWN, len(small)))


def test_the_page_lists_both_libraries():
    libraries = [label.partition(":")[0] for label in LINES]
    assert libraries.count("timm") > 90
    assert libraries.count("torchvision") > 80


@pytest.mark.filterwarnings("ignore")  # the models' own
@pytest.mark.parametrize("label", drawn())
def test_the_page_is_true_of_a_model(label):
    library, _, name = label.partition(":")
    families = {name: family for family, name in torchvision_names(FAMILIES)}
    model = Model(library, families.get(name, ""), name, round(1e6 * million(LINES[label])))
    row = page.Row(model, trial.attempt(vars(model)))
    assert row.problems == []
    assert [row.joined_by, row.taps, row.verdict("2"), row.verdict("3")] == LINES[label][2:]


# --- each check can fail


class Net(nn.Module):
    """Two layers and a head that starts at zero."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3)
        self.second = nn.Conv2d(4, 4, 3)
        self.last = nn.Conv2d(4, 2, 1)
        nn.init.zeros_(self.last.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.second(torch.relu(self.first(x))))


class Transposed(MixingUnit):
    """Reads alpha as [channel, from, to]."""

    def __init__(self, unit: MixingUnit) -> None:
        super().__init__()
        self.register_parameter("alpha", nn.Parameter(unit.alpha.detach()))
        self.channel_axis = unit.channel_axis

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        alpha = self.alpha[0].T
        return tuple(sum(a * x for a, x in zip(row, xs, strict=True)) for row in alpha)


class Deaf(Transposed):
    """Does not use alpha."""

    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        return xs


@pytest.fixture
def net() -> StitchedNet:
    torch.manual_seed(0)
    nets = {name: settled(set_apart(Net(), seed)) for seed, name in enumerate("ab")}
    unit = sk.CrossStitch(granularity="layer", same=1.0)
    return sk.stitch(nets, taps=["first", "second"], unit=unit, example=IMAGES)


@pytest.fixture
def alone(net: StitchedNet) -> dict[str, checks.Alone]:
    return {name: checks.Alone.run(one, ["first", "second"], IMAGES) for name, one in net.nets.items()}


def problems(net: StitchedNet, alone: dict[str, checks.Alone]) -> str:
    found = [
        *checks.keys(net, {name: list(one.state_dict()) for name, one in net.nets.items()}),
        *checks.evaluation(net, IMAGES, alone),
        *checks.alphas(net, IMAGES, alone, every_tap=True),
        *checks.copies(net, IMAGES, alone),
        *checks.training(net, IMAGES, alone),
    ]
    return "; ".join(found)


def test_a_good_network_passes(net, alone):
    assert problems(net, alone) == ""


def test_maps_are_read_as_the_network_computes_them(net, alone):
    for name, one in net.nets.items():
        first = one.first(IMAGES[:1])
        assert torch.equal(alone[name].maps["first"], first)
        assert torch.equal(alone[name].maps["second"], one.second(torch.relu(first)))


def test_another_alpha_than_the_identity_is_seen(net, alone):
    net.units["first"].alpha.data[0, 0, 1] = 0.1
    found = problems(net, alone)
    assert "with alpha the identity a is not the separate network in evaluation" in found
    assert "with alpha the identity a is not the separate network in training" in found
    assert "the identity b" not in found


def test_a_transposed_alpha_is_seen(net, alone):
    net.units["second"] = Transposed(net.units["second"])
    found = problems(net, alone)
    assert "tap 'second', alpha[:, 1, 0] changes the output of a" in found
    assert "tap 'second', alpha[:, 1, 0] does not change b as hooks" in found
    assert "tap 'first'" not in found


def test_an_alpha_without_effect_is_seen(net, alone):
    net.units["first"] = Deaf(net.units["first"])
    found = problems(net, alone)
    assert "tap 'first', alpha[:, 0, 1] does not change a as hooks" in found
    assert "tap 'first': alpha gets no gradient" in found
    assert "tap 'second'" not in found


def test_a_head_of_zeros_is_seen(net, alone):
    for one in net.nets.values():
        nn.init.zeros_(one.last.weight)
    fresh = {name: checks.Alone.run(one, ["first", "second"], IMAGES) for name, one in net.nets.items()}
    assert "cannot change the output of a: hooks do not either" in problems(net, fresh)
    assert "tap 'second': the gradient of alpha is zero" in problems(net, fresh)


def test_a_copy_that_shares_values_is_seen(net, alone, monkeypatch):
    monkeypatch.setattr(Net, "__deepcopy__", lambda self, memo: self, raising=False)
    assert "a deep copy shares values of a with the original" in problems(net, alone)


def test_other_keys_are_seen(net):
    own = {name: [*one.state_dict(), "bias"] for name, one in net.nets.items()}
    assert list(checks.keys(net, own)) == [
        "state dict: ['nets.a.bias', 'nets.b.bias'] are too many or missing",
    ]


def test_a_mapping_of_another_kind_is_the_same_output():
    x = torch.ones(2)
    assert checks.equal({"out": x, "aux": (x, x)}, {"out": x.clone(), "aux": (x, x)})
    assert not checks.equal({"out": x}, {"aux": x})
    assert not checks.equal((x, x), (x, x + 1))
    assert not checks.equal(x, torch.full((2,), math.nan))


def test_parameters_that_are_set_apart_differ_and_none_is_zero():
    first, second = (dict(set_apart(Net(), seed).named_parameters()) for seed in range(2))
    for path, value in first.items():
        assert (value != 0).all()
        assert not torch.equal(value, second[path])


def test_a_settled_network_computes_the_same_in_training_every_time():
    norm, drop = nn.BatchNorm2d(3), nn.Dropout()
    net = settled(nn.Sequential(norm, drop, nn.Conv2d(3, 1, 1))).train()
    first = net(IMAGES)
    assert not first.requires_grad
    assert torch.equal(first, net(IMAGES))
    assert norm.state_dict()["running_mean"].tolist() == [0.0, 0.0, 0.0]


def test_small_images_are_taken_where_the_model_takes_them():
    own = torch.zeros(2, 3, 200, 200)
    assert images_for(Net(), own).shape == (2, 3, 96, 96)
    fixed = nn.Sequential(nn.Flatten(), nn.Linear(3 * 200 * 200, 1))
    assert images_for(fixed, own).shape == own.shape


# --- one model's crash stops no other


def test_what_goes_wrong_in_a_process_is_told():
    assert workers.isolated(dict, [("taps", 4)]) == {"taps": 4}
    assert workers.isolated(math.sqrt, -1.0) == {"error": "ValueError: math domain error"}
    assert workers.isolated(os._exit, 3) == {"error": "its process ended with exit code 3"}
    assert workers.isolated(bytearray, 2 * workers.MEMORY) == {"error": "MemoryError"}


def test_an_interrupted_run_goes_on(tmp_path):
    log = tmp_path / "results.jsonl"
    written = [json.dumps([name, {"by": "then"}]) for name in "ab"] + [
        json.dumps(["c", {"error": "none left"}])
    ]
    log.write_text("\n".join(written) + '\n["d", {"by"', encoding="utf-8")
    work = {name: ([("by", "now")],) for name in "bcd"}
    found = workers.results("trying", dict, work, log, jobs=1)
    assert found == {"b": {"by": "then"}, "c": {"by": "now"}, "d": {"by": "now"}}
    assert workers.results("trying", dict, work, log, jobs=1) == found
    assert len(log.read_text(encoding="utf-8").splitlines()) == 4


def test_results_of_other_sources_have_another_key(tmp_path):
    source = tmp_path / "a.py"
    source.write_text("1", encoding="utf-8")
    one = workers.key([source], {"torch": "1"})
    assert workers.key([source], {"torch": "1"}) == one
    assert workers.key([source], {"torch": "2"}) != one
    source.write_text("2", encoding="utf-8")
    assert workers.key([source], {"torch": "1"}) != one


# --- the page


def row(name: str, **verdict: object) -> page.Row:
    good = {"rung": "torch.fx", "failed": {}, "taps": list("abcdefg"), "problems": []}
    verdicts = {"2": good | verdict, "3": good}
    return page.Row(Model("timm", "", name, 1_230_000), {"fake": False, "verdicts": verdicts, "seconds": 60})


def test_the_page_can_be_read_back():
    rows = [
        row("good"),
        row("bad", problems=["wrong"]),
        page.Row(Model("timm", "", "gone", 4_000_000), {"error": "its process ended"}),
    ]
    written = page.write(rows, [], {"torch": "1.0"})
    assert list(page.models_on(written)) == [
        ["timm:good", "1.23 M", "graph", "7: a, b, c, ..., g", "pass", "pass"],
        ["timm:bad", "1.23 M", "graph", "7: a, b, c, ..., g", "FAIL", "pass"],
        ["timm:gone", "4.00 M", "not joined", "", "FAIL", "FAIL"],
    ]
    assert "1 of 3 models pass; 66.7 % are joined by a graph." in written
    assert "- `timm:bad`: 2 networks: wrong\n- `timm:gone`: its process ended\n" in written


def test_the_page_says_why_a_plainer_graph_failed():
    lockstep = row("odd", rung="lockstep", failed={"torch.fx": "TraceError: a loop. More words"})
    written = page.write([lockstep], [], {"torch": "1.0"})
    assert "- `timm:odd` (lockstep)\n  - graph: TraceError: a loop\n" in written
    assert "## Failures\n\nNone.\n" in written

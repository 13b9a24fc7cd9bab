import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import stitchkit as sk
from stitchkit.units import Sharing, Unit

EYE = torch.eye(2)
ONE = torch.tensor([[0.75, 0.25], [0.75, 0.25]])  # both go on with one and the same map
MIX = torch.tensor([[0.75, 0.25], [0.25, 0.75]])
TAPS = ["one", "two", "three", "four"]


class Net(nn.Module):
    """Four blocks with an in-place ReLU after each, and a head."""

    def __init__(self) -> None:
        super().__init__()
        for i, name in enumerate(TAPS):
            self.add_module(name, nn.Conv2d(4 if i else 3, 4, 3))
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, image: Tensor) -> Tensor:
        x = image
        for name in TAPS:
            x = self.relu(self.get_submodule(name)(x))
        return self.head(x)


class Branching(Net):
    """Python that torch.fx cannot follow."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image if image.sum() > 0 else -image)


def images() -> Tensor:
    return torch.randn(2, 3, 11, 11, generator=torch.Generator().manual_seed(0))


def stitched(make: Callable[[], nn.Module] = Net, **options: Any) -> Any:
    torch.manual_seed(0)
    return sk.stitch({"a": make(), "b": make()}, taps=TAPS, example=images(), **options)


def trained(make: Callable[[], nn.Module] = Net) -> Any:
    """``one`` almost separate, ``two`` shared, ``three`` some of each, ``four`` mixed in every channel."""
    net = stitched(make)
    alphas = {
        "one": (EYE + 0.009).expand(4, 2, 2),
        "two": (ONE - 0.004).expand(4, 2, 2),
        "three": torch.stack([EYE, ONE, MIX, MIX]),
        "four": MIX.expand(4, 2, 2),
    }
    for tap, alpha in alphas.items():
        net.units[tap].alpha.data[:] = alpha
    return net


def test_every_tap_is_reported_in_fractions_of_its_channels() -> None:
    _, sharing = sk.simplify(trained())
    assert sharing == {
        "one": Sharing(separate=1.0, shared=0.0, mixed=0.0),
        "two": Sharing(separate=0.0, shared=1.0, mixed=0.0),
        "three": Sharing(separate=0.25, shared=0.25, mixed=0.5),
        "four": Sharing(separate=0.0, shared=0.0, mixed=1.0),
    }
    assert [each.verdict for each in sharing.values()] == ["separate", "shared", "mixed", "mixed"]


def test_separate_units_are_taken_out_and_the_rest_is_the_same_modules() -> None:
    net = trained()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    simple = sk.simplify(net).net
    assert list(simple.units) == list(simple.taps) == ["two", "three", "four"]
    assert list(net.units) == TAPS
    assert all(simple.units[tap] is net.units[tap] for tap in simple.units)
    assert sk.unstitch(simple) == sk.unstitch(net)
    assert "units.one" not in simple.code
    assert set(before) - set(simple.state_dict()) == {"units.one.alpha"}
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


@pytest.mark.parametrize("make", [Net, Branching], ids=["graph", "lockstep"])
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_outputs_are_those_with_the_identity_bit_for_bit(
    make: Callable[[], nn.Module], training: bool
) -> None:
    net = trained(make).train(training)
    simple = sk.simplify(net).net
    assert simple.training == training
    rounded = copy.deepcopy(net)
    rounded.units["one"].alpha.data[:] = EYE
    with torch.no_grad():
        found, wanted = simple(images()), rounded(images())
        assert found.keys() == wanted.keys() == {"a", "b"}
        assert all(torch.equal(found[name], wanted[name]) for name in found)
        assert not torch.equal(net(images())["a"], found["a"])


def test_a_network_without_a_separate_unit_keeps_its_outputs() -> None:
    net = trained()
    simple, sharing = sk.simplify(net, tolerance=0.0)
    assert [each.verdict for each in sharing.values()] == ["mixed", "shared", "mixed", "mixed"]
    with torch.no_grad():
        assert all(map(torch.equal, simple(images()).values(), net(images()).values()))


@pytest.mark.parametrize("granularity", ["channel", "layer"])
def test_where_nothing_was_shared_separate_networks_are_left(granularity: Any) -> None:
    net = stitched(unit=sk.CrossStitch(granularity=granularity, same=1.0))
    simple, sharing = sk.simplify(net, tolerance=0.0)
    assert {each.verdict for each in sharing.values()} == {"separate"}
    assert list(simple.units) == []
    outputs = simple(images())
    assert all(torch.equal(outputs[name], alone(images())) for name, alone in simple.nets.items())


def test_simplifying_twice_changes_nothing_more() -> None:
    once = sk.simplify(trained()).net
    twice, sharing = sk.simplify(once)
    assert list(twice.units) == list(sharing) == ["two", "three", "four"]
    assert twice.code == once.code


def test_a_simplified_network_goes_on_training() -> None:
    simple = sk.simplify(trained()).net
    sum(output.square().sum() for output in simple(images()).values()).backward()
    assert all(parameter.grad is not None for parameter in simple.parameters())


class Swap(Unit):
    """Not a unit with alphas: every network goes on with the other's map."""

    def build(self, networks: int, channels: int, channel_axis: int) -> nn.Module:
        return Reversed()


class Reversed(nn.Module):
    def forward(self, *xs: Tensor) -> tuple[Tensor, ...]:
        return tuple(x.clone() for x in reversed(xs))


def test_units_without_alphas_stay_and_count_as_mixed() -> None:
    net = stitched(unit=Swap())
    simple, sharing = sk.simplify(net, tolerance=1.0)
    assert list(simple.units) == TAPS
    assert set(sharing.values()) == {Sharing(separate=0.0, shared=0.0, mixed=1.0)}


def test_the_report_has_a_line_for_each_tap() -> None:
    assert str(sk.simplify(trained())) == (
        "one    separate  100.0% separate    0.0% shared    0.0% mixed  (unit taken out)\n"
        "two    shared      0.0% separate  100.0% shared    0.0% mixed\n"
        "three  mixed      25.0% separate   25.0% shared   50.0% mixed\n"
        "four   mixed       0.0% separate    0.0% shared  100.0% mixed"
    )


def test_the_report_of_no_units_is_empty() -> None:
    net = sk.simplify(stitched(unit=sk.CrossStitch(same=1.0))).net
    assert str(sk.simplify(net)) == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda: (Net(),), "simplify takes what stitch returned, but got Net"),
        (lambda: (trained(), -0.1), "tolerance must be at least 0, but got -0.1"),
        (lambda: (trained(), float("nan")), "tolerance must be at least 0, but got nan"),
    ],
    ids=["network", "negative", "nan"],
)
def test_what_cannot_be_simplified_is_named(arguments: Callable[[], Any], message: str) -> None:
    with pytest.raises(sk.InputError, match=message) as error:
        sk.simplify(*arguments())
    assert "\n" not in str(error.value)

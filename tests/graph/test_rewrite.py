import copy
import pickle
import traceback
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn

from stitchkit.errors import InputError
from stitchkit.graph.rewrite import Program, interleave, lead_through, share
from stitchkit.graph.trace import Trace, trace


class Chain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.a, self.b, self.c = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.c(self.b(self.a(x * self.weight))) + self.weight


class Backwards(Chain):
    def forward(self, x: Tensor) -> Tensor:
        return self.c(self.a(self.b(x)))


class Ignores(Chain):
    def forward(self, x: Tensor) -> Tensor:
        self.a(x)
        return self.b(x)


class WithRois(Chain):
    def forward(self, rois: Tensor, x: Tensor, gain: float = 2.0) -> Tensor:  # type: ignore[override]
        return self.c(self.b(self.a(x))) * rois * gain


def traces(*taps: str, inputs: tuple[str, ...] = ("x",), **nets: nn.Module) -> dict[str, Trace]:
    return {name: trace(net, taps, inputs, name).eval for name, net in nets.items()}


def points(*taps: str) -> list[tuple[str, dict[str, str]]]:
    return [(f"units.{tap}", {"p": tap, "q": tap}) for tap in taps]


NOTHING: dict[str, tuple[str, ...]] = {"p": (), "q": ()}


def calls(graph: fx.Graph) -> list[str]:
    return [str(node.target) for node in graph.nodes if node.op in ("call_module", "get_attr")]


def test_networks_run_up_to_each_unit_in_turn() -> None:
    graph = interleave(traces("a", "b", p=Chain(), q=Chain()), points("b", "a"), NOTHING, named=True)
    assert calls(graph) == [
        *("nets.p.weight", "nets.p.a", "nets.q.weight", "nets.q.a", "units.a"),
        *("nets.p.b", "nets.q.b", "units.b"),
        *("nets.p.c", "nets.q.c"),
    ]


@pytest.mark.parametrize(("named", "output"), [(True, "{'p': p_c, 'q': q_c}"), (False, "(p_c, q_c)")])
def test_output_is_a_mapping_or_a_tuple(named: bool, output: str) -> None:
    graph = interleave(traces("a", p=Backwards(), q=Backwards()), points("a"), NOTHING, named)
    assert f"return {output}" in Program(graph).code


def test_inputs_are_merged_by_name_required_ones_first() -> None:
    both = traces("a", inputs=("x", "rois", "gain"), p=WithRois(), q=Chain())
    graph = interleave(both, points("a"), NOTHING, named=True)
    assert "def forward(self, rois, x, gain = 2.0)" in Program(graph).code
    assert (
        "def forward(self, x, rois, gain = 2.0)"
        in Program(interleave({"p": both["q"], "q": both["p"]}, points("a"), NOTHING, named=True)).code
    )


def test_a_network_that_writes_its_input_gets_a_copy() -> None:
    graph = interleave(traces("a", p=Chain(), q=Chain()), points("a"), {"p": ("x",), "q": ()}, named=True)
    code = Program(graph).code
    assert "fresh = stitchkit_graph_rewrite_fresh(x)" in code
    assert "p_mul = fresh * p_weight" in code
    assert "q_mul = x * q_weight" in code


@pytest.mark.parametrize(
    ("first", "second", "taps", "message"),
    [
        (Chain(), Backwards(), ("a", "b"), "cross: network 'q' reaches 'b' before 'a'"),
        (Ignores(), Ignores(), ("a",), "network 'p': nothing uses the output of tap 'a'"),
        (
            nn.Sequential(nn.Sequential(nn.ReLU())),
            nn.Sequential(nn.Sequential(nn.ReLU())),
            ("0", "0.0"),
            "taps '0' and '0.0' are one value",
        ),
    ],
    ids=["cross", "unused", "same"],
)
def test_points_that_cannot_be(
    first: nn.Module, second: nn.Module, taps: tuple[str, ...], message: str
) -> None:
    both = traces(*taps, inputs=("x", "input"), p=first, q=second)
    with pytest.raises(InputError, match=message):
        interleave(both, points(*taps), NOTHING, named=True)


def test_sharing_runs_the_first_networks_beginning_once() -> None:
    graph = share(traces("b", p=Chain(), q=Chain()), {"p": "b", "q": "b"}, NOTHING, named=True)
    assert calls(graph) == [
        *("shared.weight", "shared.a"),
        *("nets.p.weight", "nets.p.b", "nets.p.c"),
        *("nets.q.weight", "nets.q.b", "nets.q.c"),
    ]


def test_sharing_needs_the_same_values_to_go_on() -> None:
    class Skips(Chain):
        def forward(self, x: Tensor) -> Tensor:
            early = self.a(x)
            return self.c(early) + self.b(early * 2)

    both = traces("c", p=Chain(), q=Chain()) | traces("b", q=Skips())
    with pytest.raises(InputError, match="1 of 'p', 2 of 'q'"):
        share(both, {"p": "c", "q": "b"}, NOTHING, named=True)


class Forks(Chain):
    def forward(self, x: Tensor) -> Tensor:
        return self.b(input=self.a(x)) + self.c(self.a(x)) + self.b(x) + self.c(x)


def test_values_are_led_through_a_module_once_each() -> None:
    graph = trace(Forks(), ["a"], ["x"], "p").eval.graph
    lead_through(graph, "through", ["b", "c"])
    assert calls(graph) == ["a", "through", "b", "a", "through", "c", "through", "b", "c"]
    net: Any = Forks()
    net.through = nn.Linear(3, 3, bias=False)
    x = torch.rand(2, 3)
    first, both = net.through(net.a(x)), net.through(x)
    wanted = net.b(first) + net.c(first) + net.b(both) + net.c(both)
    torch.testing.assert_close(Program(graph).run(net, x), wanted)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))], ids=["deepcopy", "pickle"]
)
def test_programs_are_copied_without_the_networks(copied) -> None:
    net = Chain()
    program = Program(trace(net, ["a"], ["x"], "p").eval.graph)
    x = torch.rand(2, 3)
    assert torch.equal(copied(program).run(net, x), net(x))


def test_tracebacks_show_the_line_of_the_program() -> None:
    net = Chain()
    with pytest.raises(RuntimeError) as error:
        Program(trace(net, ["a"], ["x"], "p").eval.graph).run(net, torch.rand(2, 4))
    assert "a = self.a(mul)" in "".join(traceback.format_exception(error.value))

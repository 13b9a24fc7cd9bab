from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from stitchkit.errors import InputError
from stitchkit.graph.lockstep import Lockstep


class Swap(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return b.clone(), a.clone()


class Step(nn.Module):
    """Its first layer times a factor, then its second, then both called again if wanted."""

    def __init__(self, factor: float, times: int = 1) -> None:
        super().__init__()
        self.factor, self.times = factor, times
        self.first, self.second = nn.Identity(), nn.Identity()
        self.seen: list[bool] = []

    def forward(self, x: Tensor, shift: float = 0.0) -> Tensor:
        for _ in range(self.times):
            x = self.second(self.first(x * self.factor) + shift)
            self.seen.append(torch.is_grad_enabled())
        return x


class Owner(nn.Module):
    def __init__(self, **nets: nn.Module) -> None:
        super().__init__()
        self.nets = nn.ModuleDict(nets)
        self.unit = Swap()


def lockstep(*points: tuple[str, dict[str, str]], named: bool = True, **nets: nn.Module) -> Any:
    owner = Owner(**nets)
    steps = Lockstep(
        {name: {"x": False, "shift": True} for name in nets}, points, dict.fromkeys(nets, ()), named
    )
    return lambda *inputs, **more: steps.run(owner, *inputs, **more)


def test_maps_change_places_at_a_tap() -> None:
    run = lockstep(("unit", {"a": "first", "b": "first"}), a=Step(2.0), b=Step(3.0))
    outputs = run(torch.ones(1), shift=10.0)
    assert {name: float(output) for name, output in outputs.items()} == {"a": 13.0, "b": 12.0}


def test_calls_of_one_module_are_told_apart() -> None:
    run = lockstep(("unit", {"a": "first#2", "b": "first#1"}), a=Step(2.0, times=2), b=Step(3.0), named=False)
    assert tuple(map(float, run(torch.ones(1)))) == (3.0, 4.0)


def test_a_module_that_two_networks_hold_is_a_tap_of_each() -> None:
    a, b = Step(2.0), Step(3.0)
    b.first = a.first
    run = lockstep(("unit", {"a": "first", "b": "first"}), a=a, b=b)
    assert {name: float(output) for name, output in run(torch.ones(1)).items()} == {"a": 3.0, "b": 2.0}


def test_hooks_are_gone_afterwards_even_after_an_error() -> None:
    class Fails(Step):
        def forward(self, x: Tensor, shift: float = 0.0) -> Tensor:
            super().forward(x)
            raise RuntimeError("too late")

    a, b = Step(1.0), Fails(1.0)
    run = lockstep(("unit", {"a": "second", "b": "first"}), a=a, b=b)
    with pytest.raises(RuntimeError, match="too late"):
        run(torch.ones(1))
    assert not a.second._forward_hooks
    assert not b.first._forward_hooks


def test_inputs_are_bound_like_those_of_a_function() -> None:
    run = lockstep(("unit", {"a": "first", "b": "first"}), a=Step(2.0), b=Step(3.0))
    assert run(x=torch.ones(1))["a"] == 3.0
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        run()
    with pytest.raises(TypeError, match="unexpected keyword argument 'y'"):
        run(torch.ones(1), y=1)


def test_what_a_network_sets_for_its_thread_does_not_reach_the_others() -> None:
    class Frozen(Step):
        def forward(self, x: Tensor, shift: float = 0.0) -> Tensor:
            with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
                return super().forward(x, shift)

    a, b = Frozen(1.0), Step(1.0)
    run = lockstep(("unit", {"a": "first", "b": "first"}), a=a, b=b)
    run(torch.ones(1))
    assert (a.seen, b.seen) == ([False], [True])
    assert torch.is_grad_enabled()
    assert not torch.is_autocast_enabled("cpu")


def test_a_tap_that_is_not_reached_is_named() -> None:
    run = lockstep(("unit", {"a": "first", "b": "first#2"}), a=Step(1.0), b=Step(1.0))
    with pytest.raises(InputError, match=r"network 'b': tap 'first#2' is not reached .*ran to its end"):
        run(torch.ones(1))


def test_a_tap_under_gradient_checkpointing_is_refused() -> None:
    class Saves(Step):
        def forward(self, x: Tensor, shift: float = 0.0) -> Tensor:
            return checkpoint(super().forward, x, shift, use_reentrant=False)

    run = lockstep(("unit", {"a": "first", "b": "first"}), a=Step(1.0), b=Saves(1.0))
    with pytest.raises(InputError, match="network 'b': tap 'first' lies inside a part under gradient checkp"):
        run(torch.ones(1))


def test_compiling_the_whole_says_why_not() -> None:
    run = lockstep(("unit", {"a": "first", "b": "first"}), a=Step(2.0), b=Step(3.0))
    assert torch.compile(run, backend="eager")(torch.ones(1))["a"] == 3.0
    torch.compiler.reset()
    with pytest.raises(Exception, match="networks in lockstep have no graph"):
        torch.compile(run, backend="eager", fullgraph=True)(torch.ones(1))

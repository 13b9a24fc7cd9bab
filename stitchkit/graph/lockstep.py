"""Networks side by side without a graph: each runs its own Python, and all pause where a unit stands.

For what torch.fx cannot follow. Every network has a greenlet: a forward hook on a tapped module hands the
activation map over and stays suspended until the unit's output comes back in its place.
"""

import inspect
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from greenlet import getcurrent, greenlet
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from stitchkit.errors import InputError
from stitchkit.graph.checkpointing import inside_checkpoint, under_checkpoint
from stitchkit.graph.order import Point

_DEVICES = ("cpu", "cuda")


class Lockstep:
    """Runs networks in step; the counterpart of `stitchkit.graph.rewrite.Program`, with the same ``run``.

    Units compute the same as in a graph, bit for bit, and so do gradients. What needs a graph is out of
    reach: ``torch.compile(fullgraph=True)``, ``torch.export``, ONNX.

    Args:
        inputs: Of each network: the inputs that it takes, and whether it can do without.
        points: Path of each unit and its taps, in an order in which every network reaches its own.
        written: Inputs that a network changes in place: it gets copies of them.
        named: Whether the output is a mapping from network to its output, else a tuple.
    """

    def __init__(
        self,
        inputs: Mapping[str, Mapping[str, bool]],
        points: Sequence[tuple[str, Point]],
        written: Mapping[str, Collection[str]],
        named: bool,
    ) -> None:
        self.inputs = {name: dict(takes) for name, takes in inputs.items()}
        self.points = [(unit, dict(taps)) for unit, taps in points]
        self.written = {name: frozenset(inputs) for name, inputs in written.items()}
        self.named = named

    @torch.compiler.disable(reason="networks in lockstep have no graph; see how of the stitched network")
    def run(self, owner: Any, *inputs: Any, **named_inputs: Any) -> Any:
        """Outputs of all networks; ``owner`` holds ``nets`` and the units.

        Raises:
            InputError: A network does not come to a tap, or comes to one inside a checkpointed part; or this
                is an export, which needs a graph.
        """
        if torch.compiler.is_exporting():
            raise InputError(
                "networks in lockstep have no graph, so they cannot be exported; how of the stitched network"
                " says why"
            )
        given = self._bind(inputs, named_inputs)
        networks = {name: _Paused(name, net, self._taps(name)) for name, net in owner.nets.items()}
        try:
            for name, network in networks.items():
                network.start(self._own(name, given))
            for unit, taps in self.points:
                maps = [networks[name].expect(tap) for name, tap in taps.items()]
                for name, mixed in zip(taps, owner.get_submodule(unit)(*maps), strict=True):
                    networks[name].go_on(mixed)
            outputs = {name: network.finish() for name, network in networks.items()}
        finally:
            for network in networks.values():
                network.stop()
        return outputs if self.named else tuple(outputs.values())

    @property
    def code(self) -> str:
        """What happens where, in words."""
        lines = [f"{', '.join(self.inputs)} run side by side"]
        for unit, taps in self.points:
            lines.append(f"{unit}: " + ", ".join(f"{name} pauses at {tap}" for name, tap in taps.items()))
        return "\n".join(lines)

    def without(self, units: Collection[str]) -> "Lockstep":
        """The same without these units, given by their paths."""
        points = [point for point in self.points if point[0] not in units]
        return Lockstep(self.inputs, points, self.written, self.named)

    def _taps(self, name: str) -> list[str]:
        return [taps[name] for _, taps in self.points if name in taps]

    def _bind(self, inputs: Sequence[Any], named_inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs by name; the networks' own names for them, those first that some network requires."""
        optional: dict[str, bool] = {}
        for takes in self.inputs.values():
            for key, can_do_without in takes.items():
                optional[key] = optional.get(key, True) and can_do_without
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [
            inspect.Parameter(key, kind, default=None if optional[key] else inspect.Parameter.empty)
            for key in sorted(optional, key=optional.__getitem__)
        ]
        return inspect.Signature(parameters).bind(*inputs, **named_inputs).arguments

    def _own(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        own = {key: value for key, value in given.items() if key in self.inputs[name]}
        changed = self.written[name] & own.keys()
        return own | {key: tree_map_only(Tensor, Tensor.clone, own[key]) for key in changed}


class _Paused:
    """One network on its way: runs until a tap, hands the map over, waits."""

    def __init__(self, name: str, net: nn.Module, taps: Iterable[str]) -> None:
        self.name, self.net = name, net
        self.taps = tuple(taps)
        self.calls = Counter[str]()
        self.caller = getcurrent()
        self.way = greenlet(self._run)
        self.at: tuple[str, Tensor] | None = None
        self.output: Any = None

    def start(self, inputs: Mapping[str, Any]) -> None:
        self._switch(inputs)

    def expect(self, tap: str) -> Tensor:
        if self.at is None or self.at[0] != tap:
            reached = f"it reached {self.at[0]!r}" if self.at else "it ran to its end"
            raise InputError(
                f"network {self.name!r}: tap {tap!r} is not reached in every mode as a single tensor"
                f" ({reached}); choose another tap (sk.taps lists them)"
            )
        return self.at[1]

    def go_on(self, value: Tensor) -> None:
        self._switch(value)

    def finish(self) -> Any:
        if self.at is not None:
            raise InputError(
                f"network {self.name!r}: tap {self.at[0]!r} is reached at another time than in evaluation;"
                " choose another tap (sk.taps lists them)"
            )
        return self.output

    def stop(self) -> None:
        """Unwind a network that another one's error has left waiting."""
        if self.way:
            with _own_modes():
                self.way.throw()

    def _switch(self, value: Any) -> None:
        with _own_modes():
            self.at = self.way.switch(value)

    def _run(self, inputs: Mapping[str, Any]) -> None:
        handles = [
            self.net.get_submodule(path).register_forward_hook(partial(self._hook, path))
            for path in dict.fromkeys(tap.partition("#")[0] for tap in self.taps)
        ]
        try:
            self.output = self.net(**inputs)
        finally:
            for handle in handles:
                handle.remove()

    def _hook(self, path: str, module: nn.Module, args: Any, output: Any) -> Any:
        if getcurrent() is not self.way:  # another network that holds the same module
            return None
        self.calls[path] += 1
        numbered = f"{path}#{self.calls[path]}"
        tap = next((tap for tap in self.taps if tap in (path, numbered)), None)
        if tap is None or not isinstance(output, Tensor):
            return None
        if under_checkpoint():
            raise inside_checkpoint(self.name, tap)
        with _own_modes():
            return self.caller.switch((tap, output))


@contextmanager
def _own_modes() -> Iterator[None]:
    """What PyTorch keeps for each thread, such as no_grad, is put back as it was when a switch returns."""
    gradients = torch.is_grad_enabled()
    autocast = {
        device: (torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)) for device in _DEVICES
    }
    try:
        yield
    finally:
        torch.set_grad_enabled(gradients)
        for device, (enabled, dtype) in autocast.items():
            torch.set_autocast_enabled(device, enabled)
            torch.set_autocast_dtype(device, dtype)

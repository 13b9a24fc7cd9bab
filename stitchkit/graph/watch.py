"""Noting what the modules of a network return while it runs."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map, tree_map_only
from torch.utils.weak import WeakIdKeyDictionary

from stitchkit.graph.channels import Shape


@dataclass
class Returned:
    """What one call of a module took and returned.

    Attributes:
        path: Path of the module.
        shape: Shape of its output, or None where that is not one tensor.
        taken: Shape of the first tensor among its arguments, if there is one.
        parts: Where it returned several maps or tokens of as many axes as it took: by position, the number of
            the call that stands for each, as far as there is one.
    """

    path: str
    shape: Shape | None
    taken: Shape | None
    parts: dict[int, int] = field(default_factory=dict)


class Watch:
    """A network under watch; give it a copy, for it gets hooks.

    Attributes:
        returned: What was returned in the last run, in order.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.returned: list[Returned] = []
        self._makers = WeakIdKeyDictionary()
        self._awaited: list[tuple[Tensor, Returned, int]] = []
        for path, module in network.named_modules():
            if path:
                module.register_forward_hook(partial(self._note, path))

    def run(self, inputs: Mapping[str, Any], change: Callable[[Tensor], Tensor] = torch.clone) -> set[str]:
        """Run once on changed inputs; the names of those that the network writes into."""
        given = {name: tree_map_only(Tensor, change, x) for name, x in inputs.items()}
        before = tree_map(_version, given)
        self.returned.clear()
        try:
            self.network(**given)
        finally:
            self._awaited.clear()
        after = tree_map(_version, given)
        return {name for name in given if after[name] != before[name]}

    def names(self) -> list[str]:
        """Names of the calls of the last run: paths, numbered where a module was called more than once."""
        total, seen = Counter(call.path for call in self.returned), Counter[str]()
        names = []
        for call in self.returned:
            seen[call.path] += 1
            names.append(f"{call.path}#{seen[call.path]}" if total[call.path] > 1 else call.path)
        return names

    def _note(self, path: str, module: nn.Module, args: Any, output: Any) -> None:
        first = next((x for x in tree_leaves(args) if isinstance(x, Tensor)), None)
        call = Returned(path, _shape(output), _shape(first))
        number = len(self.returned)
        self.returned.append(call)
        if isinstance(output, Tensor):
            self._makers[output] = number
            self._note_taker(first, number)
            return
        rank = first.dim() if first is not None and first.dim() > 2 else None  # no vectors, no masks
        maps = (x for x in tree_leaves(output) if isinstance(x, Tensor) and x.dim() == rank)
        for position, part in enumerate(maps):
            maker = self._makers.get(part)
            if maker is not None and self.returned[maker].path.startswith(f"{path}."):
                call.parts[position] = maker
            else:
                self._awaited.append((part, call, position))

    def _note_taker(self, first: Tensor | None, number: int) -> None:
        """A call that takes a part stands for it, unless it is a later one that does not hold the first."""
        path = self.returned[number].path
        for part, call, position in self._awaited:
            taker = call.parts.get(position)
            if part is first and (taker is None or self.returned[taker].path.startswith(f"{path}.")):
                call.parts[position] = number


def _shape(x: Any) -> Shape | None:
    return tuple(x.shape) if isinstance(x, Tensor) else None


def _version(x: Any) -> int | None:
    """A counter that PyTorch raises whenever a tensor or a view of it is changed in place."""
    return x._version if isinstance(x, Tensor) else None

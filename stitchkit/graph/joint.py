"""The modules that come out: they own networks and units, and run a program that joins them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from stitchkit.errors import unknown
from stitchkit.graph.how import How
from stitchkit.graph.lockstep import Lockstep
from stitchkit.graph.rewrite import Program


class Units(nn.ModuleDict):
    """Units by tap. PyTorch allows no dots in a module's name: a dot is stored, and saved, as a slash."""

    @staticmethod
    def key(tap: str) -> str:
        """The name under which the unit of a tap is registered: ``layer1.0`` becomes ``layer1/0``."""
        return tap.replace(".", "/")

    @staticmethod
    def path(tap: str) -> str:
        """Path of the unit of a tap in its stitched network."""
        return f"units.{Units.key(tap)}"

    def __getitem__(self, tap: str) -> nn.Module:
        if tap not in self:
            raise KeyError(f"no unit at tap {tap!r}; there are units at {', '.join(self)}")
        return super().__getitem__(self.key(tap))

    def __setitem__(self, tap: str, unit: nn.Module) -> None:
        super().__setitem__(self.key(tap), unit)

    def __delitem__(self, tap: str) -> None:
        super().__delitem__(self.key(tap))

    def __contains__(self, tap: object) -> bool:
        return isinstance(tap, str) and self.key(tap) in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def keys(self) -> Any:
        """Names of the taps, in the order in which they were named."""
        return dict.fromkeys(key.replace("/", ".") for key in self._modules).keys()

    def items(self) -> Any:
        """Taps and their units."""
        return dict(zip(self.keys(), self.values(), strict=True)).items()


class JointNet(nn.Module):
    """N networks in one graph: called with their inputs, merged by name, it returns the output of each.

    Attributes:
        nets: The networks by name; in the order of their outputs.
        named: Whether the output is a mapping from network to its output; else it is a tuple.
        how: How the networks were joined; its text says why in no plainer way.
    """

    def __init__(
        self,
        nets: Mapping[str, nn.Module],
        programs: Mapping[bool, Program | Lockstep],
        named: bool,
        how: How,
    ) -> None:
        super().__init__()
        self.nets = nn.ModuleDict(nets)
        self.named = named
        self.how = how
        self._programs = dict(programs)
        self.training = next(iter(nets.values())).training  # the networks and their parts keep their modes

    def forward(self, *inputs: Any, **named_inputs: Any) -> Any:
        """Outputs of all networks: a mapping if they were given by name, else a tuple.

        Inputs are given by position, in the order in which the networks first name them, or by name.
        """
        return self._programs[self.training].run(self, *inputs, **named_inputs)

    @property
    def code(self) -> str:
        """The forward pass in the present mode: Python source, or, without a graph, words."""
        return self._programs[self.training].code


class StitchedNet(JointNet):
    """N networks with a unit at each tap (paper, Section 4, Figure 4).

    Attributes:
        nets: The networks; ``nets.<name>.*`` are the keys of the network's own state dict.
        units: The units, by what the first network that takes part calls the tap; where another pair of
            networks has a tap of that name, ``@`` and the network follow.
        taps: For each unit, the networks that take part, in the order of alpha's axes, and what each calls
            the tap.
    """

    def __init__(
        self,
        nets: Mapping[str, nn.Module],
        units: Mapping[str, nn.Module],
        taps: Mapping[str, Mapping[str, str]],
        programs: Mapping[bool, Program | Lockstep],
        named: bool,
        how: How,
    ) -> None:
        super().__init__(nets, programs, named, how)
        self.units = Units(units)
        self.taps = {tap: dict(names) for tap, names in taps.items()}

    def without(self, taps: Collection[str]) -> "StitchedNet":
        """The same networks and units, save those at some taps: there each network keeps its own map.

        Raises:
            InputError: No unit stands at such a tap.
        """
        for tap in taps:
            if tap not in self.units:
                raise unknown("unit at tap", tap, list(self.units))
        gone = {Units.path(tap) for tap in taps}
        net = StitchedNet(
            dict(self.nets.items()),
            {tap: unit for tap, unit in self.units.items() if tap not in taps},
            {tap: names for tap, names in self.taps.items() if tap not in taps},
            {training: program.without(gone) for training, program in self._programs.items()},
            self.named,
            self.how,
        )
        net.training = self.training
        return net


class SplitNet(JointNet):
    """N networks that share what the first does before a module, and then part (Split, Section 1.1).

    Attributes:
        shared: The parts of the first network that come before.
        nets: The parts of each network from there on.
    """

    def __init__(
        self,
        shared: nn.Module,
        nets: Mapping[str, nn.Module],
        programs: Mapping[bool, Program | Lockstep],
        named: bool,
        how: How,
    ) -> None:
        super().__init__(nets, programs, named, how)
        self.shared = shared


class LatentNet(JointNet):
    """N networks whose last layers W are W = S L: combinations S of latent tasks L that all of them share.

    Attributes:
        nets: The parts of each network, with a combination S in place of each last layer.
        latent: L, a layer without bias from the features that the last layers read to latent tasks.
        combinations: Of each network: the paths of its combinations.
    """

    def __init__(
        self,
        nets: Mapping[str, nn.Module],
        latent: nn.Module,
        combinations: Mapping[str, Iterable[str]],
        programs: Mapping[bool, Program | Lockstep],
        named: bool,
        how: How,
    ) -> None:
        super().__init__(nets, programs, named, how)
        self.latent = latent
        self.combinations = {name: tuple(paths) for name, paths in combinations.items()}

    def sparsity(self) -> Tensor:
        """The l1 norm of all combinations' weights, a scalar: what Zhou et al. (ICCV 2013) keep small."""
        weights = (
            self.nets.get_submodule(f"{name}.{path}").get_parameter("weight")
            for name, paths in self.combinations.items()
            for path in paths
        )
        return torch.stack([weight.abs().sum() for weight in weights]).sum()


def owned(net: nn.Module, prefix: str, programs: Iterable[Program]) -> nn.Module:
    """A module that holds the parts of a network that programs name, after a prefix, under the same paths."""
    targets = {
        str(node.target): None
        for program in programs
        for node in program.graph.nodes
        if node.op in ("call_module", "get_attr")
    }
    return parts(net, [target.removeprefix(prefix) for target in targets if target.startswith(prefix)])


def parts(net: nn.Module, targets: Iterable[str]) -> nn.Module:
    """A module that holds some parts of a network, given by their paths, under the same paths."""
    root = nn.Module()
    for target in sorted(targets, key=lambda target: target.count(".")):
        *parents, leaf = target.split(".")
        held, source = root, net
        for parent in parents:
            source = getattr(source, parent)
            if parent not in held._modules:
                held.add_module(parent, nn.Module())
            held = getattr(held, parent)
        if hasattr(held, leaf):
            continue
        part = getattr(source, leaf)
        if isinstance(part, Tensor) and leaf in source._buffers:
            held.register_buffer(leaf, part, persistent=leaf not in source._non_persistent_buffers_set)
        else:
            setattr(held, leaf, part)
    return root

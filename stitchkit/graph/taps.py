"""Tap points: where networks may be joined, and how a user names them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from torch import nn

from stitchkit.errors import InputError, unknown
from stitchkit.graph.observe import Observation, inputs_of, observe
from stitchkit.graph.presets import PRESETS, declared_presets, presets_of

TapSpec = str | Mapping[str, str]
"""What a user writes: a path, a pattern or a preset for all networks, or one for each that takes part."""


@dataclass(frozen=True)
class Tap:
    """The output of one call of a module.

    Attributes:
        name: Path of the module; followed by ``#1``, ``#2``, ... where it is called more than once.
        module: Name of the module's class.
        shape: Shape of the output on the example, the batch first; None where no example was to be had.
        channels: Number of channels; None with ``shape``.
        channel_axis: 1 for channels first, -1 for channels last and tokens (rarely another, counted from the
            end); None with ``shape``.
        presets: Names of the presets that hold this tap, but for ``all``.
    """

    name: str
    module: str
    shape: tuple[int, ...] | None
    channels: int | None
    channel_axis: int | None
    presets: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Path of the module in its network."""
        return self.name.partition("#")[0]

    @property
    def layout(self) -> tuple[tuple[int, ...], int]:
        """Shape and channel axis, of a tap of which they are known."""
        assert self.shape is not None
        assert self.channel_axis is not None
        return self.shape, self.channel_axis


def taps(model: nn.Module, example: Any = None) -> list[Tap]:
    """All points of a network where it can be joined with others, in the order of execution.

    Presets: ``stages`` are the ends of the stages of the trunk, or of its quarters where all of it has one
    size; ``blocks`` are its residual or transformer blocks; ``pools`` are the pooling modules; ``all`` are
    all taps. `stitchkit.graph.presets.presets_of` has the rules. A network may name its own in an attribute
    ``tap_presets: dict[str, tuple[str, ...]]``; ``stitch`` among them is taken where a user names no tap.

    Args:
        model: The network; it is left as it is.
        example: An input, a tuple of inputs or a mapping from names to inputs. None stands for images of
            the network's own size.

    Raises:
        InputError: The network does not run on the example given.
    """
    try:
        return observed_taps(model, observe(model, inputs_of(model, example)))
    except InputError:
        if example is not None:
            raise
        return [
            Tap(path, type(module).__name__, None, None, None)
            for path, module in model.named_modules()
            if path
        ]


def observed_taps(model: nn.Module, observation: Observation) -> list[Tap]:
    """The taps of a network of which a run is known: the calls that returned one tensor with channels."""
    modules = dict(model.named_modules())
    presets = presets_of(model, observation.calls)
    return [
        Tap(
            name=call.name,
            module=type(modules[call.path]).__name__,
            shape=call.shape,
            channels=call.shape[call.channel_axis],
            channel_axis=call.channel_axis,
            presets=tuple(preset for preset, names in presets.items() if call.name in names),
        )
        for call in observation.calls
        if call.shape is not None and call.channel_axis is not None
    ]


def pair(
    specs: Sequence[TapSpec] | None, models: Mapping[str, nn.Module], taps: Mapping[str, list[Tap]]
) -> list[dict[str, Tap]]:
    """What each network calls the points where all of them are joined.

    Args:
        specs: As the user gave them; None: each network's own ``tap_presets["stitch"]``, else its stages.
        models: The networks by name.
        taps: The taps of each network.

    Returns:
        One mapping from network to tap for each point, in the order of ``specs``, repetitions left out. A
        network that a spec does not name takes no part in its points.

    Raises:
        InputError: A pattern matches nothing or is ambiguous, or networks name different numbers of taps.
    """
    if specs is None:
        specs = [
            {
                name: "stitch" if "stitch" in declared_presets(model) else "stages"
                for name, model in models.items()
            }
        ]
    elif isinstance(specs, str):
        raise InputError(f"taps must be a list, but got {specs!r}; write [{specs!r}]")
    if not specs:
        raise InputError("taps is empty; name at least one tap, or leave it out for the networks' stages")
    pairs: list[dict[str, Tap]] = []
    for spec in specs:
        patterns = dict.fromkeys(models, spec) if isinstance(spec, str) else spec
        for name in patterns.keys() - models.keys():
            raise unknown("network", name, list(models), f"tap {dict(patterns)}")
        if len(patterns) < 2:
            raise InputError(
                f"tap {dict(patterns)} must name taps of at least two of the networks ({', '.join(models)})"
            )
        found = {
            name: select(patterns[name], name, model, taps[name])
            for name, model in models.items()
            if name in patterns
        }
        if len({len(matches) for matches in found.values()}) > 1:
            counts = ", ".join(f"{len(matches)} of {name!r}" for name, matches in found.items())
            raise InputError(
                f"tap {spec!r} matches {counts}; pair them, for example [{{{_example_pair(found)}}}]"
            )
        for matches in zip(*found.values(), strict=True):
            point = dict(zip(found, matches, strict=True))
            if point not in pairs:
                pairs.append(point)
    return pairs


def select(pattern: str, network: str, model: nn.Module, taps: Sequence[Tap]) -> list[Tap]:
    """The taps of one network that a preset, path or pattern means; a ``*`` does not cross a dot.

    A preset comes before a module of the same name (timm's ConvNeXt has a module ``stages``).

    Raises:
        InputError: None is meant, or a module that is called more than once is named without ``#``.
    """
    where = f"network {network!r}"
    by_name = {tap.name: tap for tap in taps}
    declared = declared_presets(model)
    if pattern in declared:
        return [tap for name in declared[pattern] for tap in select(name, network, model, taps)]
    in_preset = [tap for tap in taps if pattern in tap.presets or pattern == "all"]
    if in_preset:
        return in_preset
    if pattern in by_name:
        return [by_name[pattern]]
    calls = [tap.name for tap in taps if tap.path == pattern]
    if calls:
        raise InputError(
            f"{where}: {pattern!r} is called {len(calls)} times; write {' or '.join(map(repr, calls))}"
        )
    if pattern in dict(model.named_modules()):
        raise InputError(
            f"{where}: {pattern!r} cannot be a tap: it is never called, or does not return one tensor with"
            f" channels; sk.taps(model) lists the taps"
        )
    found = [tap for tap in taps if _matches(tap.path, pattern)]
    if not found and pattern in PRESETS:
        raise InputError(
            f"{where}: {type(model).__name__} has no {pattern} that are known; name taps (see sk.taps)"
        )
    if not found:
        raise unknown("tap", pattern, [*by_name, *declared, *PRESETS], where)
    return found


def _matches(path: str, pattern: str) -> bool:
    parts, patterns = path.split("."), pattern.split(".")
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def _example_pair(found: Mapping[str, list[Tap]]) -> str:
    return ", ".join(f"{name!r}: {matches[0].name!r}" for name, matches in found.items())

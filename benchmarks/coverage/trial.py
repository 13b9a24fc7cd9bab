"""One model, stitched with copies of itself: what came out, as plain data."""

import copy
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

import stitchkit as sk
from benchmarks.coverage import checks
from benchmarks.coverage.models import Model, images_for, set_apart, settled
from stitchkit.graph.observe import first_line, inputs_of
from stitchkit.networks import StitchedNet

FAKE_FROM = 200_000_000  # parameters; from there on networks have shapes and no values

TRIALS: dict[str, tuple[int, sk.CrossStitch]] = {
    "2": (2, sk.CrossStitch(granularity="layer", same=1.0)),
    "3": (3, sk.CrossStitch(granularity="channel", same=1.0)),
}
"""Number of networks and their units; alphas start as the identity."""


@dataclass
class Verdict:
    """What is to be said of one stitched network.

    Attributes:
        rung: How the networks were joined; empty where they were not.
        failed: The rungs that failed for the first network, with their causes.
        taps: The default taps.
        problems: What is wrong; nothing if all is well.
    """

    rung: str = ""
    failed: dict[str, str] = field(default_factory=dict)
    taps: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def joined(self, net: StitchedNet) -> None:
        """Note how networks were joined."""
        self.rung, self.taps = net.how.rung, list(net.taps)
        self.failed = dict(net.how.failed.get("a", {}))


def attempt(fields: dict[str, Any]) -> dict[str, Any]:
    """Stitch copies of a model, given by the fields of `Model`, and check what comes out."""
    model = Model(**fields)
    fake = model.parameters > FAKE_FROM
    nets = _networks(model, fake)
    images = next(iter(inputs_of(nets["a"]).values()))
    images = images if fake else images_for(nets["a"], images)
    verdicts: dict[str, Any] = {}
    alone: dict[str, checks.Alone] = {}
    for trial, (count, unit) in TRIALS.items():
        verdict = Verdict()
        verdicts[trial] = vars(verdict)
        try:
            these = dict(list(nets.items())[:count])
            own = {name: list(net.state_dict()) for name, net in these.items()}
            net = sk.stitch(these, unit=unit)
            verdict.joined(net)
            verdict.problems += checks.keys(net, own)
            verdict.problems += _shapes(net, images) if fake else _values(net, images, alone)
        except Exception as error:
            verdict.problems.append(first_line(error))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "side": images.shape[-1],
        "fake": fake,
        "verdicts": verdicts,
        "seconds": round(time.process_time(), 1),
        "peak_mib": usage.ru_maxrss // 1024,
    }


def _networks(model: Model, fake: bool) -> dict[str, nn.Module]:
    torch.manual_seed(0)
    names = "abc"[: max(count for count, _ in TRIALS.values())]
    built = settled(model.build())
    if fake:
        built.to("meta")
        return {name: copy.deepcopy(built) for name in names}
    return {name: set_apart(copy.deepcopy(built), seed) for seed, name in enumerate(names)}


def _values(net: StitchedNet, images: Tensor, alone: dict[str, checks.Alone]) -> Iterator[str]:
    """All checks of values; ``alone`` keeps what the networks compute by themselves for the next trial."""
    for name, one in net.nets.items():
        if name not in alone:
            alone[name] = checks.Alone.run(one, [taps[name] for taps in net.taps.values()], images)
    two = len(net.nets) == 2
    yield from checks.evaluation(net, images, alone)
    yield from checks.alphas(net, images, alone, every_tap=two)
    if two:
        yield from checks.copies(net, images, alone)
    yield from checks.training(net, images, alone)


def _shapes(net: StitchedNet, images: Tensor) -> Iterator[str]:
    """What can be said without values: outputs of the same shapes, and every alpha has a part in them."""
    for training in (False, True):
        net.train(training)
        for name, one in net.nets.items():
            if _shape(net(images)[name]) != _shape(one(images)):
                yield f"{name} has an output of another shape than the separate network"
    checks.loss(net(images)).backward()
    for tap, alpha in net.units.named_parameters():
        if alpha.grad is None:
            yield f"{tap} gets no gradient"


def _shape(outputs: Any) -> Any:
    return tree_map_only(Tensor, lambda x: (tuple(x.shape), x.dtype), outputs)

"""Torchvision's detectors: they take a list of images, and in training their targets."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

import stitchkit as sk
from benchmarks.coverage import checks
from benchmarks.coverage.models import Model, set_apart, settled
from stitchkit.graph.observe import first_line
from stitchkit.networks import StitchedNet

SIDE = 160  # pixels; detectors enlarge images by themselves
SHRINK = 0.4  # of the sizes that they enlarge them to, to save time
KEYPOINTS = 17


def attempt(fields: dict[str, Any]) -> dict[str, Any]:
    """Stitch two copies of a detector, given by the fields of `Model`, and try both modes."""
    torch.manual_seed(0)
    model = Model(**fields)
    nets = {name: _eased(settled(set_apart(model.build(), seed))) for seed, name in enumerate("ab")}
    example = _scene()
    unit = sk.CrossStitch(granularity="layer", same=1.0)
    result: dict[str, Any] = {}
    for mode, inputs, check in (
        ("evaluation", {"images": example["images"]}, _evaluates),
        ("training", example, _trains),
    ):
        try:
            net = sk.stitch(nets, unit=unit, example=inputs)
            result |= {
                "rung": net.how.rung,
                "failed": dict(net.how.failed.get("a", {})),
                "taps": list(net.taps),
            }
            result[mode] = "; ".join(check(net, inputs)) or "pass"
        except Exception as error:
            result[mode] = first_line(error)
    return result | {"seconds": round(time.process_time(), 1)}


def _eased(net: nn.Module) -> nn.Module:
    """A detector for smaller images, which keeps what a random network detects with little confidence."""
    transform: Any = net.transform
    transform.min_size = tuple(int(SHRINK * side) for side in transform.min_size)
    transform.max_size = int(SHRINK * transform.max_size)
    for module in net.modules():
        if hasattr(module, "score_thresh"):
            vars(module)["score_thresh"] = 0.0
    return net.eval()


def _evaluates(net: StitchedNet, example: Mapping[str, Any]) -> Iterator[str]:
    """Detections with alpha the identity are those of the separate networks, and change with alpha."""
    net.eval()
    with torch.no_grad():
        alone = {name: one(**example) for name, one in net.nets.items()}
        if not checks.equal(net(**example), alone):
            yield "with alpha the identity the detections are not those of the separate networks"
        for tap in net.units:
            with checks.changed(net, tap, 0, 1):
                together = net(**example)
            if checks.equal(together["a"], alone["a"]):
                yield f"tap {tap!r}: an alpha changes nothing"
            if not checks.equal(together["b"], alone["b"]):
                yield f"tap {tap!r}: alpha[:, 0, 1] changes the detections of b"


def _trains(net: StitchedNet, example: Mapping[str, Any]) -> Iterator[str]:
    """The losses give every alpha a gradient."""
    yield from checks.gradients(net, net.train()(**example))


def _scene() -> dict[str, Any]:
    """Two images, and for each a small, a middle and a large thing, so that all sizes of maps have a part."""
    generator = torch.Generator().manual_seed(0)
    images = [torch.rand(3, SIDE, SIDE, generator=generator) for _ in range(2)]
    target = {
        "boxes": torch.tensor([[0.1, 0.1, 0.3, 0.4], [0.4, 0.2, 0.9, 0.8], [0.0, 0.0, 1.0, 1.0]]) * SIDE,
        "labels": torch.ones(3, dtype=torch.int64),
        "masks": torch.ones(3, SIDE, SIDE, dtype=torch.uint8),
        "keypoints": torch.full((3, KEYPOINTS, 3), 0.25 * SIDE),
    }
    return {"images": images, "targets": [target] * 2}

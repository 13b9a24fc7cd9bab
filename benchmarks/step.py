"""``python -m benchmarks.step``: what units add to a training step, as a ratio to the separate networks.

A step is forward, backward and a fused SGD update of two networks on the same images. The pair is timed as
two separate networks, stitched with one alpha a layer and with one a channel, in turn and interleaved, and
the median over all rounds is taken. Seconds are printed for orientation; ratios are what to compare.
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable

import timm
import torch
from torch import Tensor, nn

import stitchkit as sk
from stitchkit.backbones.caffenet import CaffeNet, CaffeNetConfig

MODELS: dict[str, Callable[[], nn.Module]] = {
    "stitchkit:caffenet": lambda: CaffeNet(CaffeNetConfig(init="he", first_padding=4, fc6_padding=3)).dense(
        40
    ),
    "timm:resnet18": lambda: timm.create_model("resnet18", num_classes=40),
    "timm:resnet50": lambda: timm.create_model("resnet50", num_classes=40),
    "timm:convnext_tiny": lambda: timm.create_model("convnext_tiny", num_classes=40),
    "timm:vit_small_patch16_224": lambda: timm.create_model("vit_small_patch16_224", num_classes=40),
}


def steps(make: Callable[[], nn.Module], images: Tensor, half: bool) -> dict[str, Callable[[], None]]:
    """A training step of each form of the pair."""
    both = [make(), make()]
    forms: dict[str, nn.Module] = {"separate": nn.ModuleList(copy.deepcopy(both))}
    for granularity in ("layer", "channel"):
        unit = sk.CrossStitch(granularity=granularity)
        forms[granularity] = sk.stitch(*copy.deepcopy(both), unit=unit, example=images[:1].cpu())
    return {name: _step(net.to(images.device), images, half) for name, net in forms.items()}


def _step(net: nn.Module, images: Tensor, half: bool) -> Callable[[], None]:
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9, fused=True)

    def step() -> None:
        with torch.autocast(images.device.type, torch.bfloat16, enabled=half):
            outputs = [each(images) for each in net] if isinstance(net, nn.ModuleList) else net(images)
            loss = torch.stack([output.float().square().mean() for output in outputs]).sum()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def seconds(step: Callable[[], None], device: torch.device) -> float:
    """Time of one step, the accelerator's work included."""
    start = time.perf_counter()
    step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step", description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--size", type=int, default=224, help="of the images, in pixels")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--half", action="store_true", help="bfloat16 by autocast")
    parser.add_argument("models", nargs="*", default=list(MODELS), metavar="MODEL", help=", ".join(MODELS))
    asked = parser.parse_args()
    device = torch.device(asked.device)
    images = torch.rand(asked.batch, 3, asked.size, asked.size, device=device)
    print(f"{'model':28}{'separate':>12}{'one a layer':>14}{'one a channel':>16}")
    for model in asked.models:
        forms = steps(MODELS[model], images, asked.half)
        for step in forms.values():  # warm up
            seconds(step, device)
            seconds(step, device)
        rounds = [{name: seconds(step, device) for name, step in forms.items()} for _ in range(asked.rounds)]
        median = {name: statistics.median(each[name] for each in rounds) for name in forms}
        base = median["separate"]
        print(
            f"{model:28}{base * 1e3:9.1f} ms{median['layer'] / base:13.3f}x{median['channel'] / base:15.3f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()

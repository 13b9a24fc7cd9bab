"""How large activation maps become where every alpha starts at one."""

import torch
from matplotlib.figure import Figure
from stitchkit_misreadings import LegacyAllOnes
from torch import Tensor, nn

import stitchkit as sk
from docs.figures.drawing import drawn, panels
from stitchkit.report.colours import BLUE, PURPLE, VERMILLION
from stitchkit.units import Unit

LAYERS = 5


def network(seed: int) -> nn.Sequential:
    """Five convolutions with ReLU, started so that each keeps the size of its map (He et al.)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        convs = [nn.Conv2d(16 if i else 3, 16, 3, padding=1) for i in range(LAYERS)]
        for conv in convs:
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return nn.Sequential(*(nn.Sequential(conv, nn.ReLU()) for conv in convs))


def sizes(unit: Unit, other: int) -> list[float]:
    """Root mean square of network A's map after the unit of each layer, over that without units.

    Args:
        unit: What stands behind each layer.
        other: Seed of network B; that of A is 0.
    """
    a, b = network(0), network(other)
    images = torch.randn(4, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    net = sk.stitch(a, b, taps=[str(i) for i in range(LAYERS)], unit=unit, example=images)
    mixed: list[float] = []
    for place in net.units.values():
        place.register_forward_hook(lambda _module, _given, maps: mixed.append(size(maps[0])))
    alone, x = [], images
    with torch.no_grad():
        net(images)
        for layer in a:
            x = layer(x)
            alone.append(size(x))
    return [after / before for after, before in zip(mixed, alone, strict=True)]


def size(x: Tensor) -> float:
    """Root mean square."""
    return float(x.square().mean().sqrt())


@drawn
def figure() -> Figure:
    """The size of the maps, layer by layer, on a logarithmic axis."""
    drawing, (axes,) = panels(width=5.2, height=2.7)
    layers = range(1, LAYERS + 1)
    for unit, other, colour, label, above in (
        (LegacyAllOnes(), 0, VERMILLION, "ones, equal networks", 12),
        (LegacyAllOnes(), 1, PURPLE, "ones, unlike networks", -14),
        (sk.CrossStitch(same=0.9), 1, BLUE, "(0.9, 0.1), unlike networks", -16),
    ):
        values = sizes(unit, other)
        axes.semilogy(layers, values, "o-", base=2, color=colour)
        side, right = ("right", -4) if above > 0 else ("left", 4)
        axes.annotate(
            label, (3, values[2]), (right, above), textcoords="offset points", ha=side, color=colour
        )
    axes.set(
        xlabel="units passed", ylabel="size, over that\nwithout units", xticks=list(layers), ylim=(0.25, 64)
    )
    axes.set_yticks([0.5, 1, 2, 4, 8, 16, 32], ["½", "1", "2", "4", "8", "16", "32"])
    return drawing

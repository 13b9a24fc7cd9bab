"""How large activation maps become where every alpha starts at one."""

import torch
from matplotlib.figure import Figure
from stitchkit_misreadings import LegacyAllOnes
from torch import nn

import stitchkit as sk
from docs.figures.drawing import drawn, panels
from stitchkit.report.colours import BLUE, PURPLE, VERMILLION
from stitchkit.units import Unit

LAYERS = 5


def network(seed: int) -> nn.Module:
    """Five convolutions with ReLU, started so that each keeps the size of its map (He et al.)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [
            nn.Sequential(nn.Conv2d(16 if i else 3, 16, 3, padding=1), nn.ReLU()) for i in range(LAYERS)
        ]
        for layer in layers:
            nn.init.kaiming_normal_(layer[0].weight, nonlinearity="relu")
    return nn.Sequential(*layers)


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
        place.register_forward_hook(
            lambda _module, _maps, out: mixed.append(float(out[0].square().mean().sqrt()))
        )
    alone = []
    with torch.no_grad():
        net(images)
        maps = images
        for layer in a:
            maps = layer(maps)
            alone.append(float(maps.square().mean().sqrt()))
    return [after / before for after, before in zip(mixed, alone, strict=True)]


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
        place = {"ha": "right" if above > 0 else "left", "color": colour, "textcoords": "offset points"}
        axes.annotate(label, (3, values[2]), (-4 if above > 0 else 4, above), **place)
    axes.set(
        xlabel="units passed", ylabel="size, over that\nwithout units", xticks=list(layers), ylim=(0.25, 64)
    )
    axes.set_yticks([0.5, 1, 2, 4, 8, 16, 32], ["½", "1", "2", "4", "8", "16", "32"])
    return drawing

"""Two tasks that want their own maps: one alpha matrix can leave them alone, one mixing vector cannot."""

import torch
from matplotlib.figure import Figure
from stitchkit_misreadings import LegacySharedRow

import stitchkit as sk
from docs.figures.drawing import drawn, panels
from stitchkit.report.colours import BLUE, VERMILLION
from stitchkit.units import Unit

STEPS = 60


def losses(unit: Unit) -> list[float]:
    """The joint loss while alphas alone are trained; each task's target is its own network's map."""
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(8, 4, 6, 6, generator=generator) for _ in range(2))
    place = unit.build(networks=2, channels=4, channel_axis=1)
    optimizer = torch.optim.SGD(place.parameters(), lr=0.3)
    seen = []
    for _ in range(STEPS):
        mixed_a, mixed_b = place(a, b)
        loss = (mixed_a - a).square().mean() + (mixed_b - b).square().mean()
        seen.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return seen


@drawn
def figure() -> Figure:
    """Both losses, step by step, from the same start."""
    drawing, (axes,) = panels(width=5.2, height=2.6)
    axes.plot(losses(LegacySharedRow()), color=VERMILLION)
    axes.plot(losses(sk.CrossStitch(same=0.5)), color=BLUE)
    axes.annotate(
        "one mixing vector for both",
        (STEPS, 1),
        (0, 6),
        textcoords="offset points",
        ha="right",
        color=VERMILLION,
    )
    axes.annotate("one row for each", (STEPS, 0), (0, 8), textcoords="offset points", ha="right", color=BLUE)
    axes.set(xlim=(0, STEPS), ylim=(0, 1.3), xlabel="step", ylabel="sum of both losses")
    return drawing

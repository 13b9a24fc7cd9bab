"""The space of one cross-stitch unit with convex rows: its corners are architectures."""

import numpy as np
import torch
from matplotlib.figure import Figure

from docs.figures.drawing import INK, drawn, panels
from stitchkit.report.colours import BLUE, VERMILLION
from stitchkit.units import CrossStitchUnit

CORNERS = {  # alpha_AB, alpha_BA: what stands there, and where the text goes
    (0.0, 0.0): ("separate networks", (8, 4)),
    (0.0, 1.0): ("Split: both go on with A's", (8, -14)),
    (1.0, 0.0): ("Split: both with B's", (-100, 4)),
    (1.0, 1.0): ("swapped", (-48, -14)),
}


def apart(to_a: float, to_b: float) -> float:
    """How far apart two maps are after a unit, over how far they were before it."""
    unit = CrossStitchUnit(2)
    with torch.no_grad():
        unit.alpha.copy_(torch.tensor([[[1 - to_a, to_a], [to_b, 1 - to_b]]]))
        a, b = torch.tensor([[[1.0]]]), torch.tensor([[[0.0]]])
        mixed_a, mixed_b = unit(a, b)
    return float(mixed_a - mixed_b) / float(a - b)


@drawn
def figure() -> Figure:
    """Contours of how different the two networks' maps still are, with Table 1's starts."""
    drawing, (axes,) = panels(width=4.6, height=4.2)
    values = np.linspace(0, 1, 21)
    heights = [[abs(apart(x, y)) for x in values] for y in values]
    lines = axes.contour(values, values, heights, levels=[0.25, 0.5, 0.75], colors=INK, linewidths=0.7)
    places = [(0.07, 0.93 - left) for left in (0.25, 0.5, 0.75)] + [
        (0.93, 0.07 + left) for left in (0.25, 0.5, 0.75)
    ]
    axes.clabel(lines, fmt="%g", fontsize=7, manual=places)
    axes.plot([0, 1], [1, 0], color=BLUE)
    axes.annotate("rows equal: shared", (0.22, 0.78), (6, 4), textcoords="offset points", color=BLUE)
    for corner, (label, offset) in CORNERS.items():
        axes.plot(*corner, "s", color=INK, clip_on=False)
        axes.annotate(label, corner, offset, textcoords="offset points")
    for same in (0.9, 0.7, 0.5, 0.1):
        axes.plot(1 - same, 1 - same, "o", color=VERMILLION)
        label = f"({same:g}, {1 - same:g})"
        side, offset = ("right", (-8, -3)) if same < 0.5 else ("left", (8, -3))
        axes.annotate(
            label, (1 - same, 1 - same), offset, textcoords="offset points", ha=side, color=VERMILLION
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="α_AB: what A takes from B", ylabel="α_BA: what B takes from A")
    axes.grid(visible=False)
    return drawing

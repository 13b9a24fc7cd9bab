"""How far alphas go from where they began, by their learning rate."""

from matplotlib.figure import Figure

from docs.figures.drawing import drawn, panels
from docs.figures.toy import stitched
from stitchkit.report.colours import BLUE, GREEN, PURPLE, VERMILLION

SCALES = {0.2: BLUE, 1: GREEN, 5: PURPLE, 25: VERMILLION}
TAP = "first"
HIGHEST = 10.0  # beyond it, training has diverged


@drawn
def figure() -> Figure:
    """Mean distance from the start over the iterations, a line for each learning rate scale."""
    drawing, (axes,) = panels(width=5.4, height=2.8)
    for scale, colour in SCALES.items():
        alphas = stitched(scale=scale).alphas[TAP]
        drift = (alphas - alphas[0]).abs().mean((1, 2, 3))
        axes.semilogy(drift[drift < HIGHEST], color=colour, label=f"scale {scale:g}")
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.set(
        xlabel="iteration", ylabel="mean |alpha − start|", xlim=(0, len(alphas) - 1), ylim=(1e-4, HIGHEST)
    )
    return drawing

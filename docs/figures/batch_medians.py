"""Medians averaged over batches depend on the batch; the median of all pixels does not."""

import numpy as np
from matplotlib.figure import Figure

from docs.figures.drawing import drawn, panels
from stitchkit.report.colours import BLUE, VERMILLION

FRAMES, PIXELS = 512, 400


def angles() -> np.ndarray:
    """Angular errors in degrees of made-up frames, some easy and some hard: [frames, pixels]."""
    rng = np.random.default_rng(0)
    difficulty = rng.lognormal(mean=2.5, sigma=1.0, size=(FRAMES, 1))
    return np.minimum(rng.rayleigh(difficulty, size=(FRAMES, PIXELS)), 180.0)


@drawn
def figure() -> Figure:
    """The "median" that is reported, by the number of frames in a batch."""
    drawing, (axes,) = panels(width=5.2, height=2.7)
    errors = angles()
    sizes = [2**k for k in range(10)]
    averaged = [np.median(errors.reshape(FRAMES // size, -1), axis=1).mean() for size in sizes]
    axes.semilogx(sizes, averaged, "o-", base=2, color=VERMILLION)
    axes.axhline(np.median(errors), color=BLUE)
    axes.annotate(
        "mean of the batches' medians",
        (2, averaged[1]),
        (10, 4),
        textcoords="offset points",
        color=VERMILLION,
    )
    axes.annotate(
        "median of all pixels", (1, np.median(errors)), (0, -12), textcoords="offset points", color=BLUE
    )
    axes.set(xlabel="frames in a batch", ylabel="median error (°)", ylim=(0, None))
    axes.set_xticks(sizes, [str(size) for size in sizes], minor=False)
    return drawing

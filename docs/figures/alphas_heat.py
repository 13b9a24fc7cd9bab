"""Who listens to whom: mean alphas of three toy tasks, of which two ask for the same thing."""

from matplotlib.figure import Figure

from docs.figures.drawing import drawn, panels
from docs.figures.toy import TAPS, TASKS, stitched

MOST = 0.15  # of a change, in either direction, that is told apart


@drawn
def figure() -> Figure:
    """A heat map [to, from] at each tap: how far the mean alpha has moved, with its end as text."""
    drawing, row = panels(len(TAPS), width=2.3, height=2.5)
    alphas = stitched(TASKS, same=0.9).alphas
    for axes, tap in zip(row, TAPS, strict=True):
        start, end = alphas[tap][0].mean(0), alphas[tap][-1].mean(0)
        shades = axes.pcolormesh(end - start, cmap="PuOr", vmin=-MOST, vmax=MOST)
        for to in range(len(TASKS)):
            for source in range(len(TASKS)):
                place = (source + 0.5, to + 0.5)
                ink = "white" if abs(end - start)[to, source] > 0.7 * MOST else "#202020"
                axes.annotate(f"{end[to, source]:.2f}", place, ha="center", va="center", color=ink)
        middles = [i + 0.5 for i in range(len(TASKS))]
        axes.set_xticks(middles, TASKS)
        axes.set_yticks(middles, TASKS if tap == TAPS[0] else [""] * len(TASKS))
        axes.tick_params(length=0)
        axes.set(title=tap, xlabel="from", aspect="equal")
        axes.invert_yaxis()
        axes.grid(visible=False)
    row[0].set_ylabel("to")
    drawing.colorbar(shades, ax=row, shrink=0.6, label="change of the mean alpha")
    return drawing

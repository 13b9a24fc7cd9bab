"""Learned alphas of two toy tasks, sorted as in the paper's Table 4, from three starts."""

from matplotlib.figure import Figure

from docs.figures.drawing import drawn, panels
from docs.figures.toy import CHANNELS, TASKS, stitched
from stitchkit.report.colours import BLUE, VERMILLION

TAP = "first"
STARTS = (0.9, 0.5, 0.1)


@drawn
def figure() -> Figure:
    """A panel for each start: into ``edges``, same-task and different-task alphas, each sorted on its own."""
    drawing, row = panels(len(STARTS), width=2.3, height=2.6)
    for axes, same in zip(row, STARTS, strict=True):
        alpha = stitched(TASKS[:2], same).alphas[TAP][-1]
        for source, colour, start in ((0, VERMILLION, same), (1, BLUE, 1 - same)):
            axes.plot(range(1, CHANNELS + 1), alpha[:, 0, source].sort().values, color=colour)
            axes.axhline(start, color=colour, linestyle=(0, (4, 3)), linewidth=1)
        axes.set(title=f"started at ({same:g}, {1 - same:g})", xlabel="channels, sorted")
        axes.set(xlim=(1, CHANNELS), ylim=(-0.5, 1.5), xticks=[1, 8, 16])
    row[0].set_ylabel("alpha into edges")
    row[0].annotate("same task", (0.05, 0.86), xycoords="axes fraction", color=VERMILLION)
    row[0].annotate("different task", (0.05, 0.05), xycoords="axes fraction", color=BLUE)
    return drawing

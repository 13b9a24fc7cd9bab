"""Channel k of one network and channel k of another mean the same only if both began as one."""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from docs.figures.drawing import drawn, panels
from docs.figures.toy import CHANNELS, TAPS, ToyNet, one_task, pictures
from stitchkit.report.colours import BLUE, VERMILLION


def alike(a: ToyNet, b: ToyNet, tap: str) -> Tensor:
    """Correlation, over pictures and pixels, of each channel of A with that of B which it is mixed with."""
    with torch.no_grad():
        maps = [net.first(pictures()) for net in (a, b)]
        for after in TAPS[1 : TAPS.index(tap) + 1]:
            maps = [getattr(net, after)(x) for net, x in zip((a, b), maps, strict=True)]
    one, other = (x.transpose(0, 1).flatten(1) for x in maps)
    both = torch.stack([one, other]) - torch.stack([one, other]).mean(2, keepdim=True)
    return (both[0] * both[1]).sum(1) / both.square().sum(2).prod(0).sqrt().clamp(min=1e-12)


@drawn
def figure() -> Figure:
    """The correlations at each tap, sorted: one-task networks of one random start, and of two."""
    drawing, row = panels(len(TAPS), width=2.3, height=2.5)
    edges, slopes, elsewhere = one_task("edges"), one_task("slopes"), one_task("slopes", seed=1)
    for axes, tap in zip(row, TAPS, strict=True):
        for other, colour in ((slopes, BLUE), (elsewhere, VERMILLION)):
            axes.plot(range(1, CHANNELS + 1), alike(edges, other, tap).sort().values, color=colour)
        axes.set(title=tap, xlabel="channels, sorted", ylim=(-1, 1), xlim=(1, CHANNELS), xticks=[1, 8, 16])
    row[0].set_ylabel("correlation of\nchannel k and channel k")
    row[2].annotate("one start", (0.05, 0.9), xycoords="axes fraction", color=BLUE)
    row[2].annotate("two starts", (0.95, 0.05), xycoords="axes fraction", ha="right", color=VERMILLION)
    return drawing

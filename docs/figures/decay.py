"""What weight decay alone does to an alpha on which no loss pulls."""

import torch
from matplotlib.figure import Figure

from docs.figures.drawing import drawn, panels
from stitchkit.report.colours import BLUE, GREEN, PURPLE, VERMILLION

SCALES = {1: BLUE, 10: GREEN, 100: PURPLE, 1000: VERMILLION}
LR, DECAY, MOMENTUM, ITERATIONS, EVERY = 1e-3, 5e-4, 0.9, 10_000, 100


def decayed(scales: list[int]) -> torch.Tensor:
    """What is left of an alpha of 1 without gradient, at each rate: [iterations / 100 + 1, scales]."""
    alphas = [torch.ones(1, requires_grad=True) for _ in scales]
    groups = [{"params": [alpha], "lr": LR * scale} for alpha, scale in zip(alphas, scales, strict=True)]
    optimizer = torch.optim.SGD(groups, momentum=MOMENTUM, weight_decay=DECAY)
    kept = [torch.cat(alphas).detach()]
    for iteration in range(1, ITERATIONS + 1):
        for alpha in alphas:
            alpha.grad = torch.zeros(1)
        optimizer.step()
        if iteration % EVERY == 0:
            kept.append(torch.cat(alphas).detach())
    return torch.stack(kept)


@drawn
def figure() -> Figure:
    """What is left of alpha after so many iterations, a line for each learning rate scale."""
    drawing, (axes,) = panels(width=5.4, height=2.9)
    left = decayed(list(SCALES))
    for (scale, colour), values in zip(SCALES.items(), left.T, strict=True):
        axes.plot(range(0, ITERATIONS + 1, EVERY), values, color=colour, label=f"scale {scale:,}")
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.set(xlim=(0, ITERATIONS), ylim=(0, 1.05), xlabel="iteration", ylabel="part of alpha that is left")
    return drawing

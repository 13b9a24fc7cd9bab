"""What it is worth to pick the epoch on the test set, and what is left of it on new examples."""

import numpy as np
from matplotlib.figure import Figure

from docs.figures.drawing import drawn, panels
from stitchkit.report.colours import BLUE, PURPLE, VERMILLION

EPOCHS, SEEDS, FRAMES, DIMENSIONS = 40, 200, 100, 10


def accuracies() -> tuple[np.ndarray, np.ndarray]:
    """Validation and test accuracy in percent of a linear classifier after each epoch: [seeds, epochs] each.

    One example a step, at a rate so high that the classifier keeps moving; labels are flipped in a quarter
    of all cases, so that no classifier is right in more than 75 percent.
    """
    rng = np.random.default_rng(0)
    true = rng.normal(size=(SEEDS, DIMENSIONS, 1))

    def sample() -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(SEEDS, FRAMES, DIMENSIONS))
        flipped = np.where(rng.random((SEEDS, FRAMES)) < 0.25, -1, 1)
        return x, np.sign((x @ true)[..., 0]) * flipped

    (x, y), validation, test = sample(), sample(), sample()
    weights = np.zeros((SEEDS, DIMENSIONS))
    figures: list[list[np.ndarray]] = [[], []]
    for _ in range(EPOCHS):
        for i in rng.permutation(FRAMES):
            margin = y[:, i] * (x[:, i] * weights).sum(1)
            weights += 0.5 * (y[:, i] / (1 + np.exp(margin)))[:, None] * x[:, i]
        for kept, (images, labels) in zip(figures, (validation, test), strict=True):
            scores = (images * weights[:, None]).sum(2)
            kept.append(100 * (np.sign(scores) == labels).mean(1))
    return np.stack(figures[0], 1), np.stack(figures[1], 1)


@drawn
def figure() -> Figure:
    """Mean accuracy over the seeds, by how many epochs there were to choose from."""
    drawing, (axes,) = panels(width=5.8, height=2.9)
    validation, test = accuracies()
    seeds, epochs = np.arange(SEEDS), np.arange(1, EPOCHS + 1)
    on_test = [test[:, :n].argmax(1) for n in epochs]
    on_validation = [validation[:, :n].argmax(1) for n in epochs]
    ways = {  # validation examples serve as new ones where they picked nothing
        "best on test": ([test[seeds, best].mean() for best in on_test], VERMILLION),
        "the same networks\non new examples": ([validation[seeds, best].mean() for best in on_test], PURPLE),
        "best on validation": ([test[seeds, best].mean() for best in on_validation], BLUE),
    }
    for label, (values, colour) in ways.items():
        axes.plot(epochs, values, color=colour, label=label)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.set(xlim=(1, EPOCHS), xlabel="epochs to choose from", ylabel="accuracy (%)")
    return drawing

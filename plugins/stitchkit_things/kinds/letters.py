"""Block letters for number plates, labels and signs."""

from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import bar
from stitchkit_things.stock import Stock

_STROKES = {  # ends of strokes in a cell that is one wide and two high
    "A": ((0, 0, 0.5, 2), (1, 0, 0.5, 2), (0.2, 0.8, 0.8, 0.8)),
    "E": ((0, 0, 0, 2), (0, 0, 1, 0), (0, 1, 0.8, 1), (0, 2, 1, 2)),
    "H": ((0, 0, 0, 2), (1, 0, 1, 2), (0, 1, 1, 1)),
    "L": ((0, 0, 0, 2), (0, 0, 1, 0)),
    "N": ((0, 0, 0, 2), (1, 0, 1, 2), (0, 2, 1, 0)),
    "T": ((0.5, 0, 0.5, 2), (0, 2, 1, 2)),
    "X": ((0, 0, 1, 2), (0, 2, 1, 0)),
    "7": ((0.3, 0, 1, 2), (0, 2, 1, 2)),
}


def write(
    stock: Stock, model: Model, left: float, bottom: float, height: float, width: float, ink: Material
) -> None:
    """A line of letters, ``height`` high and not wider than ``width``."""
    unit = height / 2
    for k in range(max(1, int(width / (1.7 * unit)))):
        x = left + 1.7 * unit * k
        for x0, y0, x1, y1 in _STROKES[stock.one(*_STROKES)]:
            start, end = (x + unit * x0, bottom + unit * y0), (x + unit * x1, bottom + unit * y1)
            model.add(bar(start, end, 0.38 * unit), ink, "text")

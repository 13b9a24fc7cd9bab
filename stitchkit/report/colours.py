"""Colours that are told apart with any common colour vision, in the page's light and dark form."""

from dataclasses import dataclass
from itertools import chain, cycle, product

from stitchkit.report.rows import ordered
from stitchkit.results import Results

INK = "#010203"  # stands for the page's text colour until the SVG is written
PAPER = "#fdfcfb"  # stands for the page's background

# Okabe and Ito's colours, with an olive that is legible on white in place of their yellow, and grey
BLUE, VERMILLION, GREEN, PURPLE, ORANGE = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"
SKY, OLIVE, GREY = "#56b4e9", "#8a7d00", "#7a7f85"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, OLIVE, GREY)

_NAMES = {
    BLUE: "blue",
    VERMILLION: "vermillion",
    GREEN: "green",
    PURPLE: "purple",
    ORANGE: "orange",
    SKY: "sky",
    OLIVE: "olive",
    GREY: "grey",
    PAPER: "paper",
}
_OF_METHODS = {"constant": INK, "one_task": BLUE, "one_task_longer": GREEN, "cross_stitch": VERMILLION}


@dataclass(frozen=True)
class Look:
    """Colour and line, ``"solid"``, ``"dashed"`` or ``"dotted"``, of a row everywhere on the page."""

    colour: str
    line: str = "solid"


def looks(results: Results) -> dict[str, Look]:
    """A look for each row of the table.

    The paper's methods have theirs in every study, the first row of each where there are several; all other
    rows take the colours that are left, and then dashes.
    """
    own: dict[str, Look] = {}
    for name in ordered(results):
        look = Look(_OF_METHODS.get(results.rows[name].method, ""))
        if look.colour and look not in own.values():
            own[name] = look
    left = (Look(colour) for colour in PALETTE if Look(colour) not in own.values())
    spare = chain(left, cycle(Look(colour, line) for line, colour in product(("dashed", "dotted"), PALETTE)))
    return {name: own.get(name) or next(spare) for name in ordered(results)}


def css_colour(text: str) -> str:
    """The text with each colour of the palette as the page's own variable of it."""
    for colour, name in _NAMES.items():
        text = text.replace(colour, f"var(--{name}, {colour})")
    return text.replace(INK, "currentColor")

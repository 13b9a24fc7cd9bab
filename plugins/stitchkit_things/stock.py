"""The materials at hand for one picture, drawn at random; different kinds of objects share them."""

import colorsys

import numpy as np

from stitchkit_things.model import Colour, Material
from stitchkit_things.textures import SIDE


def screen(hue: float, saturation: float, value: float) -> Colour:
    """A colour as picked on a screen; all numbers in [0, 1]."""
    return colorsys.hsv_to_rgb(hue % 1.0, min(max(saturation, 0.0), 1.0), min(max(value, 0.0), 1.0))


class Stock:
    """Draws numbers and materials.

    Args:
        rng: Source of all that is random.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def between(self, low: float, high: float) -> float:
        """A number spread evenly."""
        return float(self.rng.uniform(low, high))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return bool(self.rng.random() < probability)

    def count(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return int(self.rng.integers(low, high + 1))

    def one(self, *of: str) -> str:
        """One of the words."""
        return of[self.rng.integers(len(of))]

    def colour(
        self, saturation: tuple[float, float] = (0.1, 0.85), value: tuple[float, float] = (0.2, 0.95)
    ) -> Colour:
        """Any colour."""
        return screen(self.between(0, 1), self.between(*saturation), self.between(*value))

    def material(
        self,
        names: tuple[str, ...],
        pattern: str,
        first: Colour,
        second: Colour | None = None,
        *,
        opacity: float = 1.0,
        gloss: float = 0.0,
    ) -> Material:
        """A material whose pattern starts at a random place; the second colour is a shade of the first."""
        if second is None:
            hue, saturation, value = colorsys.rgb_to_hsv(*first)
            factor = self.between(0.6, 0.8) if value > 0.35 else self.between(1.3, 1.7)
            second = screen(hue, saturation, value * factor)
        row, column = self.count(0, SIDE - 1), self.count(0, SIDE - 1)
        return Material(names, pattern, first, second, (row, column), opacity, gloss)

    def _coat(self) -> Colour:
        """Browns and greys, black and white."""
        if self.chance(0.3):
            return screen(0.08, 0.08, self.between(0.12, 0.95))
        return screen(self.between(0.03, 0.11), self.between(0.25, 0.75), self.between(0.22, 0.85))

    def fur(self) -> Material:
        """Long hair of an animal."""
        return self.material(("furry",), "fur", self._coat(), self._coat() if self.chance(0.3) else None)

    def hide(self) -> Material:
        """Short hair of an animal."""
        return self.material((), "hide", self._coat(), gloss=0.15)

    def patched_hide(self) -> Material:
        """Short hair in two colours."""
        return self.material((), "patches", self._coat(), self._coat())

    def wool(self) -> Material:
        """A fleece."""
        white = screen(0.11, self.between(0.02, 0.2), self.between(0.8, 0.97))
        return self.material(("wool",), "wool", screen(0.1, 0.15, 0.62), white)

    def knitwear(self) -> Material:
        """Woollen cloth of any colour."""
        return self.material(("wool", "cloth"), "wool", self.colour(), self.colour((0.1, 0.5), (0.6, 0.95)))

    def feathers(self) -> Material:
        """Plumage of any colour."""
        return self.material(
            ("feather",), "feather", self.colour(), self.colour() if self.chance(0.4) else None
        )

    def skin(self) -> Material:
        """Human skin from dark to fair."""
        value = self.between(0.3, 0.95)
        return self.material(("skin",), "plain", screen(self.between(0.04, 0.08), 0.75 - 0.4 * value, value))

    def hair(self) -> Material:
        """Human hair, manes, tails."""
        value = self.between(0.08, 0.75)
        return self.material((), "fur", screen(self.between(0.03, 0.12), self.between(0.1, 0.7), value))

    def cloth(self) -> Material:
        """Fabric, plain as a rule."""
        pattern = self.one("cloth", "cloth", "cloth", "stripes", "plaid", "dots")
        second = None if pattern == "cloth" else self.colour()
        return self.material(("cloth",), pattern, self.colour(), second)

    def leather(self) -> Material:
        """Black, brown or red leather."""
        value = self.between(0.12, 0.55)
        first = screen(self.between(0.0, 0.08), self.between(0.3, 0.8), value)
        return self.material(("leather", "shiny"), "leather", first, gloss=0.45)

    def wood(self) -> Material:
        """Any wood."""
        first = screen(self.between(0.05, 0.1), self.between(0.4, 0.75), self.between(0.3, 0.85))
        return self.material(("wood",), "wood", first)

    def metal(self) -> Material:
        """Bare metal, grey or golden, shiny more often than not."""
        tint = 0.45 if self.chance(0.15) else 0.05
        return self._glossy("metal", "metal", screen(0.12, tint, self.between(0.4, 0.85)), 0.6)

    def paint(self) -> Material:
        """Painted sheet metal, as on vehicles."""
        neutral = screen(0.6, 0.05, self.between(0.1, 0.95))
        return self._glossy(
            "metal", "metal", neutral if self.chance(0.3) else self.colour((0.4, 0.95), (0.3, 0.95)), 0.65
        )

    def plastic(self) -> Material:
        """Plastic of any colour, or dark."""
        dark = screen(0.6, 0.08, self.between(0.08, 0.3))
        return self._glossy(
            "plastic", "plain", dark if self.chance(0.4) else self.colour((0.3, 0.95), (0.4, 0.95)), 0.3
        )

    def _glossy(self, name: str, pattern: str, first: Colour, share: float) -> Material:
        if self.chance(share):
            return self.material((name, "shiny"), pattern, first, gloss=self.between(0.5, 0.8))
        return self.material((name,), pattern, first, gloss=self.between(0.0, 0.1))

    def glass(self) -> Material:
        """Panes, which reflect more than they let through."""
        first = screen(0.57, self.between(0.1, 0.35), self.between(0.2, 0.6))
        return self.material(("glass",), "glass", first, screen(0.56, 0.1, 0.9), opacity=0.9, gloss=0.3)

    def clear_glass(self) -> Material:
        """Glass to see through."""
        first = screen(self.between(0.25, 0.6), self.between(0.1, 0.4), self.between(0.6, 0.9))
        return self.material(
            ("glass", "clear", "shiny"), "glass", first, (1.0, 1.0, 1.0), opacity=0.45, gloss=0.8
        )

    def foliage(self) -> Material:
        """Green leaves."""
        first = screen(self.between(0.2, 0.4), self.between(0.45, 0.9), self.between(0.25, 0.7))
        return self.material(("vegetation",), "leaves", first)

    def petals(self) -> Material:
        """Bright petals."""
        hue = self.between(0.75, 1.17)
        return self.material(("vegetation",), "plain", screen(hue, self.between(0.5, 0.95), 0.95))

    def clay(self) -> Material:
        """Fired clay; none of the attributes names it."""
        return self.material((), "stone", screen(0.05, self.between(0.2, 0.7), self.between(0.4, 0.8)))

    def stone(self) -> Material:
        """Stone, plaster, concrete."""
        return self.material(
            (), "stone", screen(self.between(0, 1), self.between(0, 0.25), self.between(0.3, 0.9))
        )

    def rubber(self) -> Material:
        """Tyres and soles."""
        return self.material((), "plain", screen(0.6, 0.05, self.between(0.06, 0.18)))

    def tinted(self, hue: float, saturation: float, value: float, gloss: float = 0.0) -> Material:
        """A small part of a given colour, of no material worth a name."""
        return self.material((), "plain", screen(hue, saturation, value), gloss=gloss)

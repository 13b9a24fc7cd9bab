"""The materials at hand in one room, drawn at random; pieces of a room often share a wood or a fabric."""

import colorsys

import numpy as np

from stitchkit_rooms.textures import Colour, Material


def linear(hue: float, saturation: float, value: float) -> Colour:
    """Linear RGB of a colour as it would be picked on a screen; all numbers in [0, 1]."""
    r, g, b = (channel**2.2 for channel in colorsys.hsv_to_rgb(hue % 1.0, saturation, value))
    return (r, g, b)


class Stock:
    """Draws materials and sizes for one room.

    Args:
        rng: Source of all that is random in the room.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._woods = [self._new_wood() for _ in range(2)]
        self._cloths = [self._new_cloth() for _ in range(3)]
        self.white = linear(rng.uniform(0.05, 0.2), rng.uniform(0.0, 0.08), rng.uniform(0.85, 0.97))

    def between(self, low: float, high: float) -> float:
        """A length in metres, or any other number, spread evenly."""
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

    def material(self, pattern: str, first: Colour, second: Colour, gloss: float = 0.0) -> Material:
        """A material whose pattern starts at a random place and runs either way."""
        return Material(
            pattern,
            first,
            second,
            scale=self.between(0.75, 1.4),
            shift=(self.between(0, 200), self.between(0, 200)),
            turned=self.chance(0.5),
            gloss=gloss,
        )

    def hue(
        self, saturation: tuple[float, float] = (0.1, 0.7), value: tuple[float, float] = (0.2, 0.9)
    ) -> Colour:
        """Any colour, warm ones most often, as in most homes."""
        hue = self.rng.normal(0.08, 0.04) if self.chance(0.5) else self.rng.random()
        return linear(float(hue), self.between(*saturation), self.between(*value))

    def _new_wood(self) -> Material:
        hue, saturation, value = self.between(0.04, 0.11), self.between(0.3, 0.7), self.between(0.25, 0.85)
        dark = linear(hue, saturation, 0.65 * value)
        return self.material("wood", linear(hue, saturation, value), dark, gloss=self.between(0, 0.35))

    def _new_cloth(self) -> Material:
        pattern = self.one("woven", "woven", "woven", "stripes", "plaid", "dots", "floral")
        return self.material(pattern, self.hue(), self.hue())

    def wood(self) -> Material:
        """Wood, usually one of the two of this room."""
        return self._woods[self.rng.integers(2)] if self.chance(0.75) else self._new_wood()

    def paint(self) -> Material:
        """Paint or plastic: white, black, grey or any colour."""
        draw = self.rng.random()
        if draw < 0.45:
            colour = self.white
        elif draw < 0.6:
            colour = linear(0.6, 0.1, self.between(0.08, 0.25))
        else:
            colour = self.hue((0.05, 0.6))
        r, g, b = colour
        return self.material("plain", colour, (0.8 * r, 0.8 * g, 0.8 * b), gloss=self.between(0.0, 0.4))

    def surface(self) -> Material:
        """What furniture is made of: wood or paint."""
        return self.wood() if self.chance(0.65) else self.paint()

    def enamel(self) -> Material:
        """Shell of an appliance: white or black as a rule."""
        if self.chance(0.2):
            return self.metal() if self.chance(0.7) else self.paint()
        dark = self.between(0.05, 0.2)
        colour = self.white if self.chance(0.7) else (dark, dark, dark)
        return self.material("plain", colour, colour, gloss=self.between(0.3, 0.7))

    def metal(self) -> Material:
        """Grey or brass, glossy."""
        warm = self.chance(0.2)
        value = self.between(0.35, 0.8)
        colour = linear(0.12, 0.4 if warm else 0.03, value)
        return self.material("plain", colour, linear(0.12, 0.1, 0.6 * value), gloss=0.8)

    def cloth(self) -> Material:
        """Fabric, usually one of the three of this room."""
        return self._cloths[self.rng.integers(3)] if self.chance(0.5) else self._new_cloth()

    def ceramic(self) -> Material:
        """White or tinted, glossy."""
        colour = self.white if self.chance(0.8) else self.hue((0.1, 0.3), (0.7, 0.9))
        return self.material("plain", colour, colour, gloss=0.7)

    def stone(self) -> Material:
        """Counter tops and sills."""
        return self.material(
            "stone", self.hue((0, 0.3), (0.15, 0.9)), self.hue((0, 0.3), (0.3, 0.9)), gloss=0.4
        )

    def paper(self) -> Material:
        """Printed paper."""
        return self.material("print", linear(0.12, 0.04, 0.95), linear(0, 0, 0.2))

    def painting(self) -> Material:
        """A picture in two or three leading colours."""
        return self.material("painting", self.hue((0.2, 0.9), (0.1, 0.4)), self.hue((0.1, 0.6), (0.6, 1.0)))

"""An object to draw: its parts from back to front, each of one material."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stitchkit_things.shapes import Outline

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """What a part is made of.

    Attributes:
        names: The material's attributes, such as ``"metal"`` and ``"shiny"``; may be empty.
        pattern: Name in `stitchkit_things.textures.PATTERNS`.
        first, second: Colours in [0, 1] as on a screen, between which the pattern mixes.
        shift: Where on the tile the part lies.
        opacity: 1 hides what is behind.
        gloss: Strength of the highlight, 0 to 1.
    """

    names: tuple[str, ...]
    pattern: str
    first: Colour
    second: Colour
    shift: tuple[int, int] = (0, 0)
    opacity: float = 1.0
    gloss: float = 0.0

    @property
    def palette(self) -> NDArray[np.float32]:
        """The colour for each value of the pattern, float32 [256, 3]."""
        first, second = np.array([self.first, self.second], dtype=np.float32)
        return first + np.linspace(0, 1, 256, dtype=np.float32)[:, None] * (second - first)

    def shaded(self, factor: float) -> "Material":
        """The same material in less light."""

        def dim(colour: Colour) -> Colour:
            r, g, b = (factor * channel for channel in colour)
            return (r, g, b)

        return replace(self, first=dim(self.first), second=dim(self.second))


@dataclass(frozen=True)
class Part:
    """A piece of an object.

    Attributes:
        names: The part's attributes, and those of the parts that it belongs to: an eye is ``"eye"``,
            ``"face"`` and ``"head"``.
        outline: [P, 2].
        material: What it is made of.
        hole: Outline of an opening through which one sees what is behind, or None.
    """

    names: tuple[str, ...]
    outline: Outline
    material: Material
    hole: Outline | None = None


class Model:
    """An object as a list of parts, in the order in which they are drawn.

    Args:
        shapes: The attributes of its whole shape.
        flies: Whether it is in the air.
    """

    def __init__(self, *shapes: str, flies: bool = False) -> None:
        self.shapes = shapes
        self.flies = flies
        self.parts: list[Part] = []

    def add(self, outline: Outline, material: Material, *names: str, hole: Outline | None = None) -> None:
        """Put a part in front of those there are."""
        self.parts.append(Part(names, outline, material, hole))

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top of all parts."""
        points = np.concatenate([part.outline for part in self.parts])
        (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
        return float(left), float(bottom), float(right), float(top)

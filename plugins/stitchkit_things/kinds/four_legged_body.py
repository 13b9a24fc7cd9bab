"""What cats, dogs, horses, cows and sheep have in common: legs, torso, neck, and the parts of a head."""

from dataclasses import dataclass
from typing import NamedTuple

from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import Point, bar, blob, ellipse, limb, polygon
from stitchkit_things.stock import Stock


@dataclass(frozen=True)
class Build:
    """Proportions, the animal looking to the right; ``neck`` leads from the shoulders to the head."""

    length: float
    girth: float
    leg: float
    leg_width: float
    neck: Point
    neck_width: float
    lies: float  # how often it lies down, its legs out of sight


class Body(NamedTuple):
    """A body without its head and tail, the places where they go, and the height of the back."""

    model: Model
    head: Point
    rump: Point
    back: float


def body(stock: Stock, build: Build, coat: Material, foot: Material) -> Body:
    """Legs, torso and neck, in front of one another as seen from the side."""
    model = Model()
    legs = 0.0 if stock.chance(build.lies) else build.leg * stock.between(0.85, 1.15)
    half, girth = build.length / 2 * stock.between(0.9, 1.1), build.girth * stock.between(0.9, 1.1)
    middle = legs + girth / 2
    if legs:
        for x in (-0.72 * half, 0.62 * half):
            _leg(stock, model, (x + 0.12 * half, middle), build, coat.shaded(0.7), foot.shaded(0.7))
    torso = blob(
        (-half, middle + 0.1 * girth),
        (-0.8 * half, middle - 0.42 * girth),
        (0.0, middle - 0.5 * girth),
        (0.8 * half, middle - 0.45 * girth),
        (half, middle + 0.05 * girth),
        (0.85 * half, middle + 0.48 * girth),
        (0.0, middle + stock.between(0.36, 0.46) * girth),
        (-0.8 * half, middle + 0.48 * girth),
    )
    model.add(torso, coat, "torso")
    shoulder = (0.8 * half, middle + 0.15 * girth)
    head = (shoulder[0] + build.neck[0], shoulder[1] + build.neck[1] * stock.between(0.75, 1.15))
    if legs:
        for x in (-0.78 * half, 0.72 * half):
            _leg(stock, model, (x, middle), build, coat, foot)
    wide = build.neck_width
    model.add(limb([shoulder, head], [1.25 * wide, 0.8 * wide]), coat)
    return Body(model, head, (-half, middle + 0.25 * girth), middle + 0.45 * girth)


def _leg(stock: Stock, model: Model, hip: Point, build: Build, coat: Material, foot: Material) -> None:
    x, y = hip
    swing, wide = stock.between(-0.14, 0.14), build.leg_width
    model.add(
        limb([(x, y), (x + 0.8 * swing, 0.45 * y), (x + swing, 0.04)], [1.9 * wide, wide, 0.8 * wide]),
        coat,
        "leg",
    )
    model.add(ellipse(x + swing + 0.02, 0.035, 0.75 * wide, 0.04), foot, "foot or shoe", "leg")


def eye(stock: Stock, model: Model, x: float, y: float, size: float) -> None:
    """An eye with a pupil that looks to the right."""
    model.add(
        ellipse(x, y, 1.35 * size, size), stock.tinted(stock.between(0.05, 0.3), 0.4, 0.85), "eye", "head"
    )
    model.add(ellipse(x + 0.2 * size, y, 0.75 * size, 0.8 * size), stock.tinted(0, 0, 0.08), "eye", "head")


def snout(stock: Stock, model: Model, end: Point, start: Point, wide: float, coat: Material) -> None:
    """A snout with a nose at its end and a mouth below."""
    (x, y), (x0, y0) = end, start
    model.add(limb([start, end], [1.5 * wide, wide]), coat, "snout", "head")
    model.add(
        bar((x + 0.3 * wide, y - 0.28 * wide), ((x + x0) / 2, (y + y0) / 2 - 0.42 * wide), 0.13 * wide),
        stock.tinted(0.0, 0.5, 0.25),
        *("mouth", "snout", "head"),
    )
    model.add(
        ellipse(x + 0.42 * wide, y + 0.18 * wide, 0.24 * wide, 0.2 * wide),
        stock.tinted(0.03, 0.2, 0.12, gloss=0.3),
        *("nose", "snout", "head"),
    )


def ear(model: Model, x: float, y: float, dx: float, dy: float, wide: float, coat: Material) -> None:
    """An ear from the head at (x, y) to its tip, pointed if it stands and round if it hangs."""
    ear = (
        polygon((x - wide, y), (x + dx, y + dy), (x + wide, y))
        if dy > 0
        else limb([(x, y), (x + dx, y + dy)], [wide, 1.6 * wide])
    )
    model.add(ear, coat.shaded(0.85), "ear", "head")

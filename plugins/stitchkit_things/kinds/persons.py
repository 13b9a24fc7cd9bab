"""Persons."""

from dataclasses import dataclass

from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import Point, bar, blob, box, ellipse, limb, polygon
from stitchkit_things.stock import Stock


@dataclass(frozen=True)
class _Look:
    """What one person wears and is like; with ``bare`` arms and legs the sleeves and trousers are short."""

    skin: Material
    hair: Material
    shirt: Material
    trousers: Material
    bare: bool


_HIP, _SHOULDER = 0.82, 1.36  # heights of a person of 1.7


def _clothing(stock: Stock) -> Material:
    if stock.chance(0.03):
        return stock.leather()
    return stock.knitwear() if stock.chance(0.06) else stock.cloth()


def person(stock: Stock) -> Model:
    """Stands or walks, seen from the front or, one in four, from behind; arms hang or are raised."""
    model = Model()
    look = _Look(stock.skin(), stock.hair(), _clothing(stock), _clothing(stock), stock.chance(0.25))
    broad = stock.between(0.17, 0.23)
    for side in (-1, 1):
        _leg(stock, model, side, look.skin if look.bare else look.trousers)
    if look.bare or stock.chance(0.15):
        hem = stock.between(0.45, 0.62)
        waist, wide = 0.9 * broad, 1.1 * broad
        skirt = polygon((-waist, _HIP + 0.1), (waist, _HIP + 0.1), (wide, hem), (-wide, hem))
        model.add(skirt, look.trousers)
    raised = {side: stock.chance(0.2) for side in (-1, 1)}
    for side in (side for side, up in raised.items() if not up):
        _arm(stock, model, (side * (broad - 0.02), _SHOULDER), side, False, look)
    model.add(bar((0, _SHOULDER), (0, 1.5), 0.11), look.skin)
    torso = blob(
        *((-0.8 * broad, _HIP - 0.02), (0.8 * broad, _HIP - 0.02), (0.78 * broad, 1.1), (broad, 1.33)),
        *((0.6 * broad, 1.43), (-0.6 * broad, 1.43), (-broad, 1.33), (-0.78 * broad, 1.1)),
    )
    model.add(torso, look.shirt, "torso")
    for side in (side for side, up in raised.items() if up):
        _arm(stock, model, (side * (broad - 0.02), _SHOULDER), side, True, look)
    _head(stock, model, 1.58, look.skin, look.hair)
    return model


def _leg(stock: Stock, model: Model, side: int, cover: Material) -> None:
    x, knee, foot = 0.09 * side, side * stock.between(0.08, 0.14), side * stock.between(0.06, 0.2)
    model.add(limb([(x, _HIP), (knee, 0.45), (foot, 0.06)], [0.2, 0.16, 0.11]), cover, "leg")
    upper = stock.leather() if stock.chance(0.1) else stock.cloth() if stock.chance(0.4) else stock.rubber()
    shoe = blob((foot - 0.06, 0), (foot + 0.14, 0), (foot + 0.1, 0.07), (foot - 0.05, 0.1))
    model.add(shoe, upper, "foot or shoe")


def _arm(stock: Stock, model: Model, shoulder: Point, side: int, up: bool, look: _Look) -> None:
    """An arm that hangs or, ``up``, is raised; ``side`` is -1 for the left one in the picture."""
    x, y = shoulder
    out = x + side * stock.between(0.07, 0.16)
    elbow = (out, y if up else 1.1)
    hand = (out + side * stock.between(-0.12, 0.12), y + 0.37 if up else stock.between(0.8, 0.95))
    model.add(
        limb([shoulder, elbow, hand], [0.13, 0.11, 0.08]), look.skin if look.bare else look.shirt, "arm"
    )
    if look.bare:
        model.add(limb([shoulder, ((x + elbow[0]) / 2, (y + elbow[1]) / 2)], [0.15, 0.14]), look.shirt, "arm")
    model.add(ellipse(*hand, 0.055, 0.065), look.skin, "hand")


def _head(stock: Stock, model: Model, y: float, skin: Material, hair: Material) -> None:
    r = 0.115
    behind, bald = stock.chance(0.25), stock.chance(0.12)
    if not bald:
        long = stock.between(0.4, 2.3) if stock.chance(0.5) else 0.2
        model.add(box(-1.1 * r, y - long * r, 1.1 * r, y + 1.25 * r, r), hair, "hair", "head")
    for side in (-1, 1):
        model.add(ellipse(side * 0.95 * r, y, 0.2 * r, 0.32 * r), skin, "ear", "head")
    if behind:
        back = ellipse(0, y, 0.98 * r, 1.2 * r)
        model.add(back, skin, "head") if bald else model.add(back, hair, "hair", "head")
        return
    model.add(ellipse(0, y, 0.95 * r, 1.2 * r), skin, "face", "head")
    for side in (-1, 1):
        white = ellipse(side * 0.4 * r, y + 0.15 * r, 0.25 * r, 0.17 * r)
        model.add(white, stock.tinted(0, 0, 0.95), "eye", "face", "head")
        iris = ellipse(side * 0.4 * r, y + 0.15 * r, 0.14 * r, 0.16 * r)
        model.add(iris, stock.tinted(stock.between(0.05, 0.6), 0.5, 0.3), "eye", "face", "head")
    nose = polygon((-0.16 * r, y - 0.35 * r), (0.16 * r, y - 0.35 * r), (0, y + 0.12 * r))
    model.add(nose, skin.shaded(0.8), "nose", "face", "head")
    model.add(
        ellipse(0, y - 0.66 * r, 0.38 * r, 0.12 * r), stock.tinted(0.98, 0.6, 0.65), "mouth", "face", "head"
    )
    if not bald:
        fringe = blob(
            (-1.05 * r, y + 0.3 * r),
            (0, y + stock.between(0.55, 0.8) * r),
            (1.05 * r, y + 0.3 * r),
            (0, y + 1.35 * r),
        )
        model.add(fringe, hair, "hair", "head")
    elif stock.chance(0.5):
        cap = blob(
            (-1.1 * r, y + 0.5 * r), (1.1 * r, y + 0.5 * r), (0.8 * r, y + 1.3 * r), (-0.8 * r, y + 1.3 * r)
        )
        model.add(cap, stock.cloth(), "head")

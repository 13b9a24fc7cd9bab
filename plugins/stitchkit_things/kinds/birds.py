"""Birds, standing and flying."""

from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import Point, blob, ellipse, limb, polygon
from stitchkit_things.stock import Stock


def bird(stock: Stock) -> Model:
    """Stands with its wing folded or flies with its wings spread."""
    return _flying(stock) if stock.chance(0.45) else _standing(stock)


def _standing(stock: Stock) -> Model:
    model = Model()
    plumage, horn = stock.feathers(), stock.tinted(stock.between(0.03, 0.14), 0.8, 0.8)
    wing = stock.feathers() if stock.chance(0.5) else plumage.shaded(0.75)
    leg, neck = stock.between(0.15, 0.5), stock.between(0.12, 0.45)
    y = leg + 0.22
    for x in (-0.04, 0.08):
        model.add(limb([(x, y - 0.1), (x + 0.02, 0.02)], [0.05, 0.035]), horn, "leg")
        model.add(polygon((x - 0.03, 0), (x + 0.13, 0), (x + 0.02, 0.05)), horn, "foot or shoe", "leg")
    tail = polygon((-0.25, y + 0.08), (-0.68, y - 0.05), (-0.66, y - 0.17), (-0.22, y - 0.1))
    model.add(tail, wing, "tail")
    model.add(ellipse(0, y, 0.36, 0.21, 18), plumage, "torso")
    head = (0.3 + 0.25 * neck, y + 0.14 + neck)
    model.add(limb([(0.22, y + 0.06), (0.33, y + 0.1 + 0.4 * neck), head], [0.26, 0.17, 0.16]), plumage)
    _bird_head(stock, model, head, plumage, horn)
    folded = blob((0.2, y + 0.08), (0.05, y + 0.16), (-0.28, y + 0.02), (-0.5, y - 0.08), (-0.1, y - 0.12))
    model.add(folded, wing, "wing")
    return model


def _flying(stock: Stock) -> Model:
    model = Model(flies=True)
    plumage, horn = stock.feathers(), stock.tinted(stock.between(0.03, 0.14), 0.8, 0.8)
    wing = stock.feathers() if stock.chance(0.4) else plumage.shaded(0.8)
    lift, span = stock.between(-0.1, 0.35), stock.between(0.5, 0.8)
    far = blob(
        (0.15, 0.05), (0.25, 0.3 + lift), (0.1 + 0.2 * span, 0.45 + lift), (-0.1, 0.3 + lift), (-0.15, 0.05)
    )
    model.add(far, wing.shaded(0.75), "wing")
    model.add(polygon((-0.25, 0.06), (-0.65, 0.14), (-0.68, -0.06), (-0.25, -0.06)), wing, "tail")
    model.add(ellipse(0, 0, 0.36, 0.13, 6), plumage, "torso")
    head = (0.38, 0.08)
    _bird_head(stock, model, head, plumage, horn)
    near = blob(
        (0.16, 0), (0.1, 0.25 + lift), (-0.2, span + lift), (-0.4, 0.75 * span + lift), (-0.18, -0.02)
    )
    model.add(near, wing, "wing")
    return model


def _bird_head(stock: Stock, model: Model, at: Point, plumage: Material, horn: Material) -> None:
    x, y = at
    r, long = stock.between(0.1, 0.13), stock.between(1.6, 3.0)
    beak = polygon((x + 0.6 * r, y + 0.45 * r), (x + long * r, y - 0.15 * r), (x + 0.6 * r, y - 0.45 * r))
    model.add(beak, horn, "beak", "head")
    model.add(ellipse(x, y, r), plumage, "head")
    model.add(ellipse(x + 0.3 * r, y + 0.2 * r, 0.32 * r), stock.tinted(0.13, 0.4, 0.95), "eye", "head")
    model.add(ellipse(x + 0.33 * r, y + 0.2 * r, 0.18 * r), stock.tinted(0, 0, 0.05), "eye", "head")

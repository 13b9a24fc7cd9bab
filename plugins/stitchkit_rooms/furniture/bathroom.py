"""Toilet, bathtub and wash stand."""

from stitchkit_rooms.furniture.storage import fronts
from stitchkit_rooms.furniture.tables import basin
from stitchkit_rooms.shapes import Model
from stitchkit_rooms.stock import Stock


def toilet(stock: Stock) -> Model:
    """Tank, foot, bowl and lid."""
    w, d, h = stock.between(0.36, 0.42), stock.between(0.64, 0.72), stock.between(0.72, 0.82)
    model = Model((w, d, h))
    china = stock.ceramic()
    model.box("toilet", china, (-w / 2, w / 2), (0, 0.2), (0.38, h - 0.03))
    model.box("toilet", china, (-w / 2 - 0.01, w / 2 + 0.01), (0, 0.21), (h - 0.03, h))
    model.soft("toilet", china, (-0.11, 0.11), (0.12, d - 0.12), (0, 0.3), power=5)
    bowl = [(0.08, 0.18), (0.14, 0.28), (w / 2, 0.38), (w / 2, 0.4), (0, 0.4)]
    model.lathe("toilet", china, (0, 0.42), bowl, squash=(d - 0.42) / (w / 2))
    lid = stock.ceramic()
    if stock.chance(0.6):
        model.lathe(
            "toilet", lid, (0, 0.42), [(w / 2, 0.4), (w / 2, 0.43), (0, 0.43)], squash=(d - 0.42) / (w / 2)
        )
    else:
        model.soft("toilet", lid, (-w / 2, w / 2), (0.2, 0.24), (0.4, h), power=3)
    return model


def bathtub(stock: Stock) -> Model:
    """A tub along the wall, usually with a shower curtain drawn part of the way."""
    w, d, h = stock.between(1.4, 1.7), stock.between(0.68, 0.8), stock.between(0.45, 0.6)
    curtained = stock.chance(0.75)
    top = stock.between(1.85, 2.0) if curtained else h
    model = Model((w, d, top))
    enamel, rim = stock.ceramic(), 0.07
    for x in ((-w / 2, -w / 2 + rim), (w / 2 - rim, w / 2)):
        model.box("bathtub", enamel, x, (0, d - 0.02), (0, h))
    for y in ((0, rim), (d - 0.02 - rim, d - 0.02)):
        model.box("bathtub", enamel, (-w / 2, w / 2), y, (0, h))
    model.box("bathtub", enamel, (-w / 2, w / 2), (0, d - 0.02), (0, 0.14))
    if curtained:
        share = stock.between(0.35, 0.9)
        x = (-w / 2, -w / 2 + share * w) if stock.chance(0.5) else (w / 2 - share * w, w / 2)
        cloth = stock.cloth()
        model.drape("shower curtain", cloth, x, d - 0.08, (0.2, top - 0.02), round(10 * share) + 2, 0.06)
        model.box("otherprop", stock.metal(), (-w / 2, w / 2), (d - 0.06, d - 0.04), (top - 0.02, top))
    return model


def wash_stand(stock: Stock) -> Model:
    """A basin in a counter over a cabinet."""
    w, d, h = stock.between(0.6, 1.3), stock.between(0.45, 0.55), stock.between(0.78, 0.88)
    model = Model((w, d, h + 0.22), tops=[((-w / 2, w / 2), (0.03, 0.12), h)])
    body = stock.surface()
    model.box("cabinet", body, (-w / 2, w / 2), (0, d - 0.02), (0.05, h - 0.04))
    fronts(model, "cabinet", stock, body, (0.06, h - 0.05), 1, max(2, round(w / 0.4)))
    model.box("counter", stock.stone(), (-w / 2 - 0.01, w / 2 + 0.01), (0, d), (h - 0.04, h))
    basin(model, stock, stock.between(-w / 8, w / 8), d / 2 + 0.02, h)
    return model

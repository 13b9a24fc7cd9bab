"""Tables, desks and the working side of kitchens and bathrooms."""

from stitchkit_rooms.furniture.beds_and_seats import legs
from stitchkit_rooms.furniture.storage import fronts
from stitchkit_rooms.shapes import Model
from stitchkit_rooms.stock import Stock


def _table(stock: Stock, w: float, d: float, h: float) -> Model:
    model = Model((w, d, h), tops=[((-w / 2 + 0.05, w / 2 - 0.05), (0.05, d - 0.05), h)])
    if stock.chance(0.2):
        top = stock.surface()
        model.lathe(
            "table", top, (0, d / 2), [(0, h - 0.03), (w / 2, h - 0.03), (w / 2, h), (0, h)], squash=d / w
        )
        model.lathe(
            "table", stock.surface(), (0, d / 2), [(0.2, 0), (0.2, 0.03), (0.04, 0.06), (0.04, h - 0.03)]
        )
        model.tops = [((-w / 4, w / 4), (d / 4, 3 * d / 4), h)]
        return model
    model.box("table", stock.surface(), (-w / 2, w / 2), (0, d), (h - 0.035, h))
    legs(model, "table", stock, h - 0.035, stock.between(0.04, 0.08))
    return model


def table(stock: Stock) -> Model:
    """A dining or work table, rectangular or oval."""
    return _table(stock, stock.between(0.8, 1.7), stock.between(0.7, 0.95), stock.between(0.7, 0.77))


def coffee_table(stock: Stock) -> Model:
    """A low table for the space in front of a sofa."""
    return _table(stock, stock.between(0.7, 1.2), stock.between(0.45, 0.65), stock.between(0.35, 0.5))


def desk(stock: Stock) -> Model:
    """A desk with a drawer unit on one side, a panel on the other."""
    w, d, h = stock.between(1.0, 1.7), stock.between(0.55, 0.75), stock.between(0.7, 0.77)
    model = Model((w, d, h), tops=[((-w / 2 + 0.03, w / 2 - 0.03), (0.03, d - 0.05), h)])
    wood, side = stock.surface(), 1 if stock.chance(0.5) else -1
    model.box("desk", wood, (-w / 2, w / 2), (0, d), (h - 0.03, h))
    model.box("desk", wood, (-w / 2, w / 2), (0.02, 0.04), (0.3, h - 0.03))
    unit = sorted((side * w / 2, side * (w / 2 - 0.4)))
    model.box("desk", wood, (unit[0], unit[1]), (0.02, d - 0.03), (0.02, h - 0.03))
    front, handle = stock.surface(), stock.metal()
    for k in range(3):
        low = 0.04 + k * (h - 0.08) / 3
        model.box("desk", front, (unit[0] + 0.01, unit[1] - 0.01), (d - 0.03, d - 0.015), (low, low + 0.2))
        middle = (unit[0] + unit[1]) / 2
        model.box("desk", handle, (middle - 0.06, middle + 0.06), (d - 0.015, d), (low + 0.1, low + 0.115))
    panel = sorted((-side * w / 2, -side * (w / 2 - 0.03)))
    model.box("desk", wood, (panel[0], panel[1]), (0.02, d - 0.02), (0, h - 0.03))
    return model


def counter(stock: Stock) -> Model:
    """A kitchen run: cabinets under a counter top, often with a sink in it or a cooker at its end."""
    w, d, h = stock.between(1.4, 2.8), stock.between(0.58, 0.65), stock.between(0.86, 0.94)
    model = Model((w, d, h + 0.22), tops=[((-w / 2 + 0.04, w / 2 - 0.04), (0.06, d - 0.08), h)])
    body, top = stock.surface(), stock.stone() if stock.chance(0.6) else stock.surface()
    model.box("cabinet", body, (-w / 2, w / 2), (0, d - 0.1), (0, 0.09))
    model.box("cabinet", body, (-w / 2, w / 2), (0, d - 0.02), (0.09, h - 0.04))
    model.box("counter", top, (-w / 2, w / 2), (0, d), (h - 0.04, h))
    fronts(model, "cabinet", stock, body, (0.09, h - 0.04), 1, max(2, round(w / 0.5)))
    if stock.chance(0.7):
        basin(model, stock, stock.between(-w / 2 + 0.4, w / 2 - 0.4), d / 2, h)
        model.tops = [((-w / 2 + 0.04, w / 2 - 0.04), (0.06, 0.2), h)]
    return model


def basin(model: Model, stock: Stock, x: float, y: float, top: float) -> None:
    """A sink let into a top, with its tap."""
    material, metal = stock.metal() if stock.chance(0.5) else stock.ceramic(), stock.metal()
    w, d = stock.between(0.22, 0.32), 0.17
    dark = stock.material("plain", (0.1, 0.1, 0.1), (0.2, 0.2, 0.2), gloss=0.5)
    model.box("sink", material, (x - w, x + w), (y - d, y + d), (top - 0.01, top + 0.012))
    model.soft("sink", dark if stock.chance(0.4) else material, (x - w + 0.04, x + w - 0.04),
               (y - d + 0.04, y + d - 0.04), (top + 0.004, top + 0.018), power=5)  # fmt: skip
    model.rod("sink", metal, (x, y - d + 0.02), (top, top + 0.2), 0.014)
    model.box("sink", metal, (x - 0.012, x + 0.012), (y - d + 0.02, y), (top + 0.19, top + 0.21))


def cooker(stock: Stock) -> Model:
    """A cooker with a glass door and four plates."""
    w, d, h = 0.6, stock.between(0.58, 0.64), stock.between(0.86, 0.95)
    model = Model((w, d, h + 0.02))
    shell, black, name = (
        stock.enamel(),
        stock.material("plain", (0.02,) * 3, (0.05,) * 3, gloss=0.8),
        "otherprop",
    )
    model.box(name, shell, (-w / 2, w / 2), (0, d - 0.02), (0, h))
    model.box(name, black, (-w / 2 + 0.06, w / 2 - 0.06), (d - 0.02, d - 0.01), (0.3, 0.65))
    model.box(name, stock.metal(), (-w / 2 + 0.05, w / 2 - 0.05), (d - 0.01, d), (0.7, 0.72))
    for x in (-0.15, 0.15):
        for y in (0.17, 0.45):
            model.rod(name, black, (x, y), (h, h + 0.015), 0.09)
    return model


def podium(stock: Stock) -> Model:
    """A speaker's stand."""
    w, d, h = stock.between(0.5, 0.7), stock.between(0.4, 0.55), stock.between(1.0, 1.2)
    model = Model((w, d, h), tops=[((-w / 2, w / 2), (0, d), h)])
    wood = stock.surface()
    model.box("otherfurniture", wood, (-w / 2 + 0.04, w / 2 - 0.04), (0.04, d - 0.04), (0, h - 0.04))
    model.box("otherfurniture", wood, (-w / 2, w / 2), (0, d), (h - 0.04, h))
    return model

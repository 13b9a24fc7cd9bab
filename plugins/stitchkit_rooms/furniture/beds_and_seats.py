"""What people lie and sit on, and what lies on it."""

from stitchkit_rooms.shapes import Model
from stitchkit_rooms.stock import Stock


def legs(model: Model, name: str, stock: Stock, height: float, thick: float, inset: float = 0.03) -> None:
    """Four legs of one material under the corners of a piece, square or round."""
    w, d, _ = model.size
    material, round_ = stock.surface() if stock.chance(0.7) else stock.metal(), stock.chance(0.4)
    for x in (-w / 2 + inset, w / 2 - inset - thick):
        for y in (inset, d - inset - thick):
            if round_:
                model.rod(name, material, (x + thick / 2, y + thick / 2), (0, height), thick / 2)
            else:
                model.box(name, material, (x, x + thick), (y, y + thick), (0, height))


def bed(stock: Stock) -> Model:
    """Frame, mattress, cover and pillows; the head stands at the wall."""
    w, d, seat = stock.between(0.95, 1.8), stock.between(1.95, 2.15), stock.between(0.42, 0.6)
    head = stock.between(seat + 0.1, 1.2)
    model = Model((w, d, head), tops=[((-w / 2 + 0.1, w / 2 - 0.1), (0.7, d - 0.1), seat + 0.02)])
    frame, cover = stock.surface(), stock.cloth()
    model.box("bed", frame, (-w / 2, w / 2), (0, 0.06), (0, head))
    model.box("bed", frame, (-w / 2 + 0.02, w / 2 - 0.02), (0.06, d), (0.08, 0.28))
    model.soft("bed", stock.cloth(), (-w / 2, w / 2), (0.05, d), (0.24, seat), power=9)
    low = 0.12 if stock.chance(0.5) else 0.3
    model.soft("bed", cover, (-w / 2 - 0.01, w / 2 + 0.01), (0.55, d + 0.01), (low, seat + 0.04), power=9)
    pillows = 2 if w > 1.3 else 1
    linen = stock.cloth()
    for k in range(pillows):
        middle = (k - (pillows - 1) / 2) * w / 2 + stock.between(-0.04, 0.04)
        model.soft("pillow", linen, (middle - 0.33, middle + 0.33), (0.1, 0.52), (seat - 0.02, seat + 0.13))
    return model


def chair(stock: Stock) -> Model:
    """An upright chair with an open or closed back, or an office chair on a post."""
    w, d, seat = stock.between(0.42, 0.55), stock.between(0.44, 0.55), stock.between(0.42, 0.48)
    top = stock.between(0.78, 1.05)
    model = Model((w, d, top), tops=[((-w / 2, w / 2), (0.08, d), seat + 0.01)])
    frame, pad = stock.surface(), stock.cloth() if stock.chance(0.6) else stock.surface()
    if stock.chance(0.35):
        metal = stock.metal()
        model.rod("chair", metal, (0, d / 2), (0.05, seat), 0.03)
        model.box("chair", metal, (-w / 2, w / 2), (d / 2 - 0.03, d / 2 + 0.03), (0.02, 0.07))
        model.box("chair", metal, (-0.03, 0.03), (0, d), (0.02, 0.07))
        model.soft("chair", pad, (-w / 2, w / 2), (0.02, d), (seat - 0.07, seat + 0.03), power=6)
        model.soft("chair", pad, (-w / 2 + 0.02, w / 2 - 0.02), (0, 0.09), (seat + 0.12, top), power=5)
        return model
    legs(model, "chair", stock, seat - 0.03, 0.035, inset=0.0)
    model.box("chair", pad, (-w / 2, w / 2), (0, d), (seat - 0.04, seat))
    for x in (-w / 2, w / 2 - 0.035):
        model.box("chair", frame, (x, x + 0.035), (0, 0.035), (seat, top))
    if stock.chance(0.5):
        model.box("chair", pad, (-w / 2, w / 2), (0.005, 0.03), (seat + 0.12, top - 0.02))
    else:
        for k in range(3):
            z = seat + (top - seat) * (0.35 + 0.28 * k)
            model.box("chair", frame, (-w / 2, w / 2), (0.008, 0.028), (z - 0.05, z))
    return model


def sofa(stock: Stock) -> Model:
    """Back, two arms and a cushion a seat: an armchair or up to three seats."""
    seats = stock.count(1, 3)
    arm, seat, top = stock.between(0.12, 0.22), stock.between(0.38, 0.46), stock.between(0.72, 0.92)
    w, d = 0.62 * seats + 2 * arm, stock.between(0.8, 0.95)
    model = Model((w, d, top), tops=[((-w / 2 + arm, w / 2 - arm), (0.3, d - 0.05), seat + 0.01)])
    cover = stock.cloth()
    model.soft("sofa", cover, (-w / 2, w / 2), (0, 0.26), (0.08, top), power=8)
    model.box("sofa", cover, (-w / 2 + 0.02, w / 2 - 0.02), (0.1, d - 0.03), (0.08, seat - 0.12))
    for x in (-w / 2, w / 2 - arm):
        model.soft("sofa", cover, (x, x + arm), (0.02, d), (0.06, seat + 0.18), power=8)
    for k in range(seats):
        x = -w / 2 + arm + 0.62 * k
        model.soft("sofa", cover, (x, x + 0.62), (0.22, d - 0.01), (seat - 0.15, seat + 0.02), power=7)
    for _ in range(stock.count(0, seats)):
        x = stock.between(-w / 2 + arm + 0.02, w / 2 - arm - 0.42)
        model.soft("pillow", stock.cloth(), (x, x + 0.4), (0.22, 0.4), (seat, seat + 0.36), power=3)
    legs(model, "sofa", stock, 0.09, 0.06)
    return model


def stool(stock: Stock) -> Model:
    """A stool, an ottoman or a bean bag."""
    w, h = stock.between(0.35, 0.6), stock.between(0.35, 0.5)
    model = Model((w, w, h))
    if stock.chance(0.6):
        model.soft(
            "otherfurniture", stock.cloth(), (-w / 2, w / 2), (0, w), (0, h), power=stock.between(2.5, 8)
        )
    else:
        legs(model, "otherfurniture", stock, h - 0.03, 0.035)
        model.box("otherfurniture", stock.surface(), (-w / 2, w / 2), (0, w), (h - 0.04, h))
    return model


def pillow(stock: Stock) -> Model:
    """A loose pillow."""
    w, d, h = stock.between(0.35, 0.6), stock.between(0.3, 0.42), stock.between(0.1, 0.17)
    model = Model((w, d, h))
    model.soft("pillow", stock.cloth(), (-w / 2, w / 2), (0, d), (0, h), power=3.5)
    return model

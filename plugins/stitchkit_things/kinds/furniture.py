"""Chairs, tables and sofas."""

from stitchkit_things.model import Model
from stitchkit_things.shapes import bar, box, ellipse, limb, polygon
from stitchkit_things.stock import Stock


def chair(stock: Stock) -> Model:
    """Four legs, a seat seen from above and a back of a board or of bars; some have arms."""
    model = Model()
    frame = {"wood": stock.wood, "plastic": stock.plastic, "metal": stock.metal}[
        stock.one("wood", "wood", "plastic", "metal")
    ]()
    seat = {"frame": lambda: frame, "cloth": stock.cloth, "leather": stock.leather}[
        stock.one("frame", "frame", "cloth", "cloth", "leather")
    ]()
    lean, high, deep = stock.between(0.0, 0.16), stock.between(0.95, 1.2), 0.17
    near, far = (-0.3, 0.3), (-0.3 + lean, 0.3 + lean)
    for x in far:
        model.add(bar((x, 0.5), (x, deep * 0.7), 0.05), frame.shaded(0.7), "furniture leg")
    kind = stock.one("board", "bars", "frame")
    if kind == "board":
        model.add(box(far[0], 0.55, far[1], high, 0.08), seat, "furniture back")
    else:
        for x in far:
            model.add(bar((x, 0.5), (x, high), 0.055), frame, "furniture back")
        model.add(bar((far[0], high - 0.03), (far[1], high - 0.03), 0.09), frame, "furniture back")
        for k in range(1, 4):
            x, y = far[0] + 0.15 * k, 0.55 + (high - 0.55) * k / 4
            rung = bar((x, 0.53), (x, high), 0.04) if kind == "bars" else bar((far[0], y), (far[1], y), 0.06)
            model.add(rung, frame, "furniture back")
    for x in near:
        model.add(bar((x, 0.42), (x * 1.05, 0.02), 0.055), frame, "furniture leg")
    top = polygon(
        (near[0] - 0.03, 0.42), (near[1] + 0.03, 0.42), (far[1], 0.42 + deep), (far[0], 0.42 + deep)
    )
    model.add(top, seat, "furniture seat")
    model.add(box(near[0] - 0.03, 0.37, near[1] + 0.03, 0.43), seat.shaded(0.75), "furniture seat")
    if stock.chance(0.3):
        for a, b in zip(near, far, strict=True):
            model.add(limb([(a, 0.43), (a, 0.7), (b, 0.74)], [0.045, 0.06, 0.05]), frame, "furniture arm")
    return model


def diningtable(stock: Stock) -> Model:
    """A top seen from above, boxy or round, on four legs or one; some wear a cloth."""
    around = stock.chance(0.4)
    model = Model("round" if around else "2D boxy")
    wood = stock.wood() if stock.chance(0.75) else stock.plastic() if stock.chance(0.5) else stock.metal()
    top = stock.clear_glass() if stock.chance(0.1) else wood
    deep = stock.between(0.12, 0.24)
    if around:
        model.add(bar((0, 0.05), (0, 0.6), 0.12), wood, "furniture leg")
        model.add(ellipse(0, 0.06, 0.32, 0.06), wood.shaded(0.8), "furniture leg")
        model.add(ellipse(0, 0.58, 0.8, deep), wood.shaded(0.6))
        model.add(ellipse(0, 0.63, 0.8, deep), top)
        cloth = ellipse(0, 0.64, 0.6, 0.75 * deep)
    else:
        for x in (-0.55, 0.55):
            model.add(bar((x, 0.55), (x, 0.16), 0.07), wood.shaded(0.65), "furniture leg")
        for x in (-0.74, 0.74):
            model.add(bar((x, 0.55), (x, 0.03), 0.09), wood, "furniture leg")
        model.add(
            polygon((-0.85, 0.52), (0.85, 0.52), (0.62, 0.52 + 1.6 * deep), (-0.62, 0.52 + 1.6 * deep)), top
        )
        model.add(box(-0.85, 0.46, 0.85, 0.53), wood.shaded(0.8))
        cloth = polygon((-0.5, 0.36), (0.5, 0.36), (0.46, 0.52 + 1.6 * deep), (-0.46, 0.52 + 1.6 * deep))
    if stock.chance(0.35):
        model.add(cloth, stock.cloth())
    for _ in range(stock.count(0, 3)):
        x, y = stock.between(-0.45, 0.45), 0.62 + stock.between(-0.2, 0.3) * deep
        model.add(ellipse(x, y, 0.12, 0.045), stock.tinted(stock.between(0, 1), 0.15, 0.95, 0.3))
    return model


def sofa(stock: Stock) -> Model:
    """Two or three seats in cloth or leather between two arms."""
    model = Model("3D boxy")
    cover = stock.leather() if stock.chance(0.22) else stock.cloth()
    seats = stock.count(1, 3)
    half, high = 0.26 * seats + 0.12, stock.between(0.72, 0.9)
    for x in (-half + 0.06, half - 0.06):
        foot = stock.wood() if stock.chance(0.5) else stock.metal()
        model.add(box(x - 0.05, 0, x + 0.05, 0.13), foot, "furniture leg")
    model.add(box(-half, 0.3, half, high, 0.1), cover, "furniture back")
    step = 2 * half / seats
    for k in range(seats):
        left = -half + step * k
        model.add(
            box(left + 0.02, 0.42, left + step - 0.02, high - 0.05, 0.08),
            cover.shaded(1.05),
            "furniture back",
        )
    model.add(box(-half, 0.1, half, 0.34, 0.03), cover.shaded(0.8))
    for k in range(seats):
        left = -half + step * k
        model.add(box(left, 0.28, left + step, 0.47, 0.06), cover.shaded(1.1), "furniture seat")
    for side in (-1, 1):
        x = side * half
        model.add(box(x - 0.11, 0.09, x + 0.11, 0.58, 0.09), cover.shaded(0.92), "furniture arm")
    if stock.chance(0.45):
        x = stock.between(-half, half) * 0.6
        model.add(box(x - 0.14, 0.42, x + 0.14, 0.68, 0.06), stock.cloth())
    return model

"""Bicycles and motorbikes."""

from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import Point, bar, blob, box, ellipse, limb
from stitchkit_things.stock import Stock


def _spoked(model: Model, x: float, y: float, r: float, tyre: Material, spoke: Material) -> None:
    for end in ((0.9, 0.2), (0.35, 0.85), (-0.5, 0.75)):
        a, b = end[0] * r, end[1] * r
        model.add(bar((x - a, y - b), (x + a, y + b), 0.02), spoke, "wheel")
    model.add(ellipse(x, y, r), tyre, "wheel", hole=ellipse(x, y, 0.83 * r))


def bicycle(stock: Stock) -> Model:
    """Two spoked wheels, a frame to see through, saddle and handlebars."""
    model = Model()
    tyre, spoke, frame = stock.rubber(), stock.tinted(0.6, 0.03, 0.7), stock.paint()
    r = stock.between(0.27, 0.33)
    rear, front, crank = (-0.5, r), (0.5, r), (-0.06, 0.9 * r)
    seat, head = (-0.2, 2.25 * r), (0.33, 2.2 * r)
    for x, y in (rear, front):
        _spoked(model, x, y, r, tyre, spoke)
    for start, end in (
        (rear, crank),
        (rear, seat),
        (crank, seat),
        (crank, head),
        (seat, head),
        (front, head),
    ):
        model.add(bar(start, end, 0.055), frame)
    top: Point = (head[0] - 0.03, head[1] + 0.16)
    model.add(bar(head, top, 0.05), frame)
    grip = [(top[0] - 0.14, top[1] + stock.between(-0.08, 0.06)), top, (top[0] + 0.12, top[1] + 0.02)]
    model.add(limb(grip, [0.05, 0.045, 0.05]), stock.metal(), "handlebars")
    model.add(bar(seat, (seat[0] - 0.02, seat[1] + 0.1), 0.045), frame)
    saddle = blob(
        *(
            (seat[0] + dx, seat[1] + dy)
            for dx, dy in ((-0.16, 0.14), (-0.14, 0.07), (0.14, 0.1), (0.12, 0.14))
        )
    )
    model.add(saddle, stock.leather() if stock.chance(0.5) else stock.plastic(), "saddle")
    model.add(ellipse(*crank, 0.085), stock.metal())
    for dx in (-0.06, 0.06):
        arm = (crank[0] + dx, crank[1] - 2 * dx)
        model.add(bar(crank, arm, 0.03), spoke, "pedal")
        model.add(box(arm[0] - 0.06, arm[1] - 0.025, arm[0] + 0.06, arm[1] + 0.025), stock.rubber(), "pedal")
    return model


def motorbike(stock: Stock) -> Model:
    """Thick wheels, an engine, an exhaust, a shiny tank."""
    model = Model()
    tyre, rim, paint, steel = stock.rubber(), stock.metal(), stock.paint(), stock.metal()
    r = stock.between(0.26, 0.3)
    rear, front, head = (-0.55, r), (0.6, r), (0.36, 0.78)
    model.add(bar(front, head, 0.07), steel)
    for x, y in (rear, front):
        model.add(ellipse(x, y, r), tyre, "wheel", hole=ellipse(x, y, 0.55 * r))
        model.add(ellipse(x, y, 0.62 * r), rim, "wheel", hole=ellipse(x, y, 0.36 * r))
        model.add(ellipse(x, y, 0.2 * r), rim, "wheel")
        model.add(bar((x, y - 0.5 * r), (x, y + 0.5 * r), 0.03), rim, "wheel")
    model.add(limb([rear, (-0.1, 0.4), (0.3, 0.62)], [0.1, 0.12, 0.1]), steel.shaded(0.6))
    model.add(box(-0.2, 0.2, 0.2, 0.52, 0.06), steel, "engine")
    for k in range(3):
        model.add(box(-0.16, 0.3 + 0.07 * k, 0.16, 0.33 + 0.07 * k), steel.shaded(0.5), "engine")
    if stock.chance(0.75):
        pipe = [(0.1, 0.22), (-0.2, 0.15), (-0.75, 0.26)]
        model.add(limb(pipe, [0.06, 0.08, 0.11]), stock.metal(), "exhaust")
    model.add(blob((0.36, 0.72), (0.28, 0.55), (-0.08, 0.54), (-0.06, 0.72), (0.18, 0.82)), paint)
    model.add(
        blob((-0.02, 0.66), (-0.1, 0.56), (-0.62, 0.6), (-0.74, 0.72), (-0.35, 0.66)),
        stock.leather(),
        "saddle",
    )
    model.add(blob((-0.6, 0.6), (-0.86, 0.66), (-0.84, 0.5), (-0.62, 0.5)), paint)
    model.add(ellipse(-0.86, 0.6, 0.05), stock.tinted(0.0, 0.9, 0.75, 0.4), "taillight")
    fender = blob((0.36, 0.5), (0.6, 0.66), (0.84, 0.5), (0.6, 0.58))
    model.add(fender, paint)
    model.add(ellipse(0.46, 0.74, 0.09, 0.1), stock.tinted(0.14, 0.15, 0.98, 0.6), "headlight")
    model.add(
        limb([(0.18, 0.98), (0.34, 0.9), (0.38, 0.78)], [0.05, 0.05, 0.06]), stock.metal(), "handlebars"
    )
    if stock.chance(0.5):
        model.add(bar((0.3, 0.92), (0.34, 1.05), 0.03), steel)
        model.add(ellipse(0.34, 1.07, 0.07, 0.05), stock.glass(), "side mirror")
    return model

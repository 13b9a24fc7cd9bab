"""Cars and buses."""

from stitchkit_things.kinds.letters import write
from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import bar, blob, box, ellipse, limb, polygon
from stitchkit_things.stock import Stock


def wheel(model: Model, x: float, y: float, r: float, tyre: Material, rim: Material) -> None:
    """A tyre around a solid rim."""
    model.add(ellipse(x, y, r), tyre, "wheel")
    model.add(ellipse(x, y, 0.58 * r), rim, "wheel")
    model.add(ellipse(x, y, 0.15 * r), tyre, "wheel")


def car(stock: Stock) -> Model:
    """From the side or, one in three, from the front or the back."""
    return _car_from_an_end(stock) if stock.chance(0.33) else _car_from_the_side(stock)


def _car_from_the_side(stock: Stock) -> Model:
    model = Model("3D boxy")
    paint, tyre, rim, glass = stock.paint(), stock.rubber(), stock.metal(), stock.glass()
    hood, roof = stock.between(0.3, 0.5), stock.between(0.72, 0.88)
    rear = stock.one("saloon", "hatch", "van")
    back = {"saloon": -0.62, "hatch": -0.88, "van": -0.96}[rear]
    trunk = 0.52 if rear == "saloon" else 0.55
    top = {"saloon": -0.38, "hatch": -0.6, "van": -0.9}[rear]
    if stock.chance(0.4):
        model.add(bar((-0.95, 0.13), (-1.08, 0.13), 0.05), stock.metal(), "exhaust")
    cabin = polygon((back, trunk - 0.02), (top, roof), (0.22, roof), (hood + 0.05, 0.5))
    model.add(cabin, paint)
    body = blob(
        *((-1.0, 0.14), (-0.5, 0.12), (0.5, 0.12), (1.0, 0.14), (1.02, 0.32), (0.9, 0.44), (hood, 0.52)),
        *((-0.2, 0.53), (back, trunk), (-0.96, trunk - 0.04), (-1.02, 0.32)),
    )
    model.add(body, paint)
    panes = [(top + 0.04, -0.17), (-0.13, 0.2)]
    if rear == "van":
        panes = [(-0.86, -0.52), (-0.48, -0.17), (-0.13, 0.2)]
    names = ("window", "row of windows") if len(panes) > 2 else ("window",)
    for left, right in panes:
        slant = 0.14 if right > 0 else 0.0
        lean = -0.1 if left < -0.3 and rear != "van" else 0.0
        pane = polygon((left + lean, 0.55), (left, roof - 0.05), (right, roof - 0.05), (right + slant, 0.55))
        model.add(pane, glass, *names)
    for left, right in ((-0.46, -0.17), (-0.13, 0.28)):
        model.add(box(left, 0.18, right, 0.53, 0.03), paint.shaded(0.95), "door")
        model.add(box(right - 0.12, 0.43, right - 0.04, 0.46), stock.metal(), "door")
    model.add(ellipse(0.94, 0.36, 0.06, 0.05), stock.tinted(0.14, 0.1, 1.0, 0.6), "headlight")
    model.add(box(-1.0, 0.34, -0.92, 0.44, 0.02), stock.tinted(0.0, 0.9, 0.75, 0.4), "taillight")
    if stock.chance(0.65):
        model.add(ellipse(0.31, 0.57, 0.055, 0.045), paint.shaded(0.8), "side mirror")
    for x in (-0.6, 0.6):
        model.add(ellipse(x, 0.17, 0.2), tyre.shaded(0.6))
        wheel(model, x, 0.16, 0.17, tyre, rim)
    return model


def _car_from_an_end(stock: Stock) -> Model:
    model = Model("2D boxy")
    paint, front = stock.paint(), stock.chance(0.6)
    for side in (-1, 1):
        model.add(box(side * 0.36 - 0.09, 0, side * 0.36 + 0.09, 0.25, 0.04), stock.rubber(), "wheel")
    roof = stock.between(0.78, 0.92)
    model.add(polygon((-0.47, 0.48), (-0.36, roof), (0.36, roof), (0.47, 0.48)), paint)
    model.add(
        polygon((-0.4, 0.52), (-0.32, roof - 0.06), (0.32, roof - 0.06), (0.4, 0.52)), stock.glass(), "window"
    )
    model.add(box(-0.52, 0.12, 0.52, 0.54, 0.1), paint)
    for side in (-1, 1):
        if front:
            model.add(ellipse(side * 0.38, 0.38, 0.09, 0.07), stock.tinted(0.14, 0.1, 1.0, 0.6), "headlight")
        else:
            light = box(side * 0.43 - 0.06, 0.32, side * 0.43 + 0.06, 0.46, 0.02)
            model.add(light, stock.tinted(0.0, 0.9, 0.75, 0.4), "taillight")
        if front or stock.chance(0.5):
            model.add(ellipse(side * 0.53, 0.58, 0.07, 0.05), paint.shaded(0.85), "side mirror")
    if front:
        model.add(box(-0.22, 0.32, 0.22, 0.42, 0.03), stock.tinted(0.6, 0.1, 0.15))
    model.add(box(-0.17, 0.18, 0.17, 0.29), stock.tinted(0.13, 0.1, 0.92))
    write(stock, model, -0.14, 0.2, 0.07, 0.28, stock.tinted(0, 0, 0.1))
    if not front and stock.chance(0.6):
        model.add(ellipse(0.3, 0.11, 0.05, 0.035), stock.metal(), "exhaust")
    return model


def bus(stock: Stock) -> Model:
    """From the side with a row of windows, or from the front."""
    return _bus_from_the_front(stock) if stock.chance(0.3) else _bus_from_the_side(stock)


def _bus_from_the_side(stock: Stock) -> Model:
    model = Model("3D boxy")
    paint, tyre, rim, glass = stock.paint(), stock.rubber(), stock.metal(), stock.glass()
    face = stock.between(0.08, 0.3)  # the front, seen at a slant
    end = polygon((1.0, 0.1), (1.0 + face, 0.16), (1.0 + face, 0.86), (1.0, 0.95))
    model.add(end, paint.shaded(0.75))
    pane = polygon((1.02, 0.45), (1.0 + 0.9 * face, 0.46), (1.0 + 0.9 * face, 0.8), (1.02, 0.86))
    model.add(pane, glass, "window")
    model.add(
        ellipse(1.0 + 0.5 * face, 0.27, 0.3 * face, 0.05), stock.tinted(0.14, 0.1, 1.0, 0.6), "headlight"
    )
    model.add(box(-1.0, 0.1, 1.0, 0.95, 0.05), paint)
    if stock.chance(0.5):
        model.add(box(-0.99, 0.28, 0.99, 0.4), stock.paint())
    count = stock.count(4, 7)
    step = 1.5 / count
    for k in range(count):
        left = -0.94 + step * k
        model.add(box(left, 0.5, left + 0.86 * step, 0.8, 0.02), glass, "window", "row of windows")
    model.add(box(0.62, 0.13, 0.92, 0.8, 0.02), glass.shaded(0.8), "door")
    model.add(bar((0.77, 0.13), (0.77, 0.8), 0.03), paint, "door")
    if stock.chance(0.7):
        write(stock, model, -0.8, 0.84, 0.08, stock.between(0.4, 1.2), stock.tinted(0.13, 0.8, 0.95))
    if stock.chance(0.6):
        model.add(
            limb([(1.0 + face, 0.8), (1.1 + face, 0.78), (1.1 + face, 0.66)], [0.04, 0.05, 0.07]),
            tyre,
            "side mirror",
        )
    model.add(box(-1.0, 0.22, -0.96, 0.36), stock.tinted(0.0, 0.9, 0.75, 0.4), "taillight")
    for x in (-0.6, 0.45):
        wheel(model, x, 0.14, 0.15, tyre, rim)
    return model


def _bus_from_the_front(stock: Stock) -> Model:
    model = Model("2D boxy")
    paint, dark = stock.paint(), stock.rubber()
    for side in (-1, 1):
        model.add(box(side * 0.33 - 0.08, 0, side * 0.33 + 0.08, 0.2, 0.03), dark, "wheel")
        model.add(
            limb([(side * 0.45, 0.95), (side * 0.56, 0.9), (side * 0.56, 0.75)], [0.04, 0.05, 0.08]),
            dark,
            "side mirror",
        )
    model.add(box(-0.46, 0.1, 0.46, 1.1, 0.07), paint)
    model.add(box(-0.41, 0.45, 0.41, 0.9, 0.04), stock.glass(), "window")
    model.add(bar((0, 0.45), (0, 0.9), 0.02), dark)
    model.add(box(-0.34, 0.93, 0.34, 1.06, 0.02), stock.tinted(0, 0, 0.08))
    write(stock, model, -0.3, 0.95, 0.09, 0.6, stock.tinted(0.12, 0.8, 1.0))
    for side in (-1, 1):
        model.add(ellipse(side * 0.34, 0.27, 0.075, 0.065), stock.tinted(0.14, 0.1, 1.0, 0.6), "headlight")
    return model

"""Aeroplanes, boats and trains."""

from stitchkit_things.kinds.letters import write
from stitchkit_things.kinds.road import wheel
from stitchkit_things.model import Model
from stitchkit_things.shapes import bar, blob, box, ellipse, limb, polygon
from stitchkit_things.stock import Stock


def aeroplane(stock: Stock) -> Model:
    """From the side, driven by jets or by a propeller; the wheels are out or not."""
    lands = stock.chance(0.5)
    model = Model("horizontal cylinder", flies=not lands)
    jets, paint = stock.chance(0.55), stock.paint() if stock.chance(0.6) else stock.metal()
    slim = stock.between(0.11, 0.14) if jets else stock.between(0.13, 0.17)
    if lands:
        for x in (-0.15, 0.1, 0.7):
            model.add(bar((x, -slim), (x, -slim - 0.12), 0.03), stock.metal())
            model.add(ellipse(x, -slim - 0.14, 0.06), stock.rubber(), "wheel")
    far = polygon((0.25, 0.03), (-0.1, 0.3), (-0.25, 0.3), (-0.1, 0.03))
    model.add(far, paint.shaded(0.7), "wing")
    fin = polygon((-0.62, 0.05), (-1.0, 0.5), (-1.14, 0.5), (-0.98, 0.04))
    colour = stock.paint()
    model.add(fin, colour, "tail")
    body = blob(
        (1.1, 0.0),
        (0.85, slim),
        (0.0, 1.08 * slim),
        (-0.8, 0.7 * slim),
        (-1.12, 0.06),
        (-0.6, -0.8 * slim),
        (0.0, -slim),
        (0.85, -0.9 * slim),
    )
    model.add(body, paint)
    model.add(polygon((-0.75, 0.04), (-1.1, 0.13), (-1.2, 0.1), (-0.98, 0.0)), colour.shaded(0.9), "tail")
    cockpit = polygon((0.8, 0.03), (0.8, 0.6 * slim + 0.02), (0.92, 0.55 * slim + 0.02), (1.0, 0.03))
    model.add(cockpit, stock.glass(), "window")
    count, glass = (stock.count(7, 11), stock.glass()) if jets else (stock.count(0, 3), stock.glass())
    for k in range(count):
        x = 0.68 - 0.12 * k
        names = ("window", "row of windows") if count > 2 else ("window",)
        model.add(box(x - 0.035, 0.02, x + 0.035, 0.02 + 0.45 * slim, 0.02), glass, *names)
    if stock.chance(0.6):
        model.add(box(0.72, -0.6 * slim, 0.79, 0.55 * slim, 0.02), paint.shaded(0.9), "door")
    if stock.chance(0.4):
        write(stock, model, -0.6, -0.5 * slim, 0.5 * slim, 0.5, stock.tinted(stock.between(0, 1), 0.8, 0.4))
    near = polygon((0.22, -0.02), (-0.18, -0.38), (-0.36, -0.4), (-0.16, -0.03))
    model.add(near, paint.shaded(1.1), "wing")
    if jets:
        for x, y in ((0.1, -0.18), (-0.1, -0.3)):
            model.add(
                box(x - 0.16, y - 0.06, x + 0.12, y + 0.05, 0.05), stock.metal(), "jet engine", "engine"
            )
            model.add(ellipse(x + 0.1, y, 0.03, 0.055), stock.tinted(0, 0, 0.1), "jet engine", "engine")
    else:
        model.add(ellipse(1.06, 0.0, 0.1, 0.08), stock.metal(), "engine")
        blade = stock.wood() if stock.chance(0.3) else stock.tinted(0.12, 0.2, 0.25)
        for lean in (-0.06, 0.06):
            model.add(
                limb([(1.14, 0), (1.14 + lean, 0.3 if lean > 0 else -0.3)], [0.07, 0.06]), blade, "propeller"
            )
        model.add(ellipse(1.16, 0, 0.05, 0.045), colour, "propeller")
    return model


def boat(stock: Stock) -> Model:
    """A sailing boat, a motor boat or a rowing boat."""
    return {"sail": _sailing, "motor": _motor, "row": _rowing}[stock.one("sail", "sail", "motor", "row")](
        stock
    )


def _hull(stock: Stock, model: Model, high: float) -> None:
    shell = stock.wood() if stock.chance(0.35) else stock.plastic() if stock.chance(0.5) else stock.paint()
    model.add(polygon((-0.7, 0), (0.62, 0), (1.0, high + 0.06), (0.4, high), (-0.85, high)), shell)
    if stock.chance(0.6):
        model.add(
            polygon((-0.83, 0.85 * high), (0.9, 0.92 * high), (1.0, high + 0.06), (-0.85, high)),
            stock.paint(),
        )
    if stock.chance(0.45):
        write(
            stock,
            model,
            0.1,
            0.35 * high,
            0.4 * high,
            0.45,
            stock.tinted(0.6, 0.6, 0.95 if stock.chance(0.5) else 0.1),
        )


def _sailing(stock: Stock) -> Model:
    model = Model()
    high, top = stock.between(0.2, 0.3), stock.between(1.3, 1.8)
    model.add(
        bar((0.08, 0.15), (0.08, top + 0.06), 0.05),
        stock.wood() if stock.chance(0.5) else stock.metal(),
        "mast",
    )
    main, jib = stock.cloth(), stock.cloth()
    if stock.chance(0.85):
        model.add(
            blob((0.04, top), (0.02, high + 0.12), (-0.7, high + 0.14), (-0.4, 0.6 * top)), main, "sail"
        )
        model.add(polygon((0.13, 0.92 * top), (0.13, high + 0.12), (0.85, high + 0.12)), jib, "sail")
    _hull(stock, model, high)
    return model


def _motor(stock: Stock) -> Model:
    model = Model()
    high = stock.between(0.3, 0.42)
    if stock.chance(0.5):
        model.add(bar((-0.2, 0.7), (-0.2, stock.between(1.0, 1.3)), 0.035), stock.metal(), "mast")
    cabin = stock.paint() if stock.chance(0.5) else stock.plastic()
    model.add(
        polygon((-0.55, high - 0.02), (-0.5, high + 0.4), (0.2, high + 0.4), (0.42, high - 0.02)), cabin
    )
    glass = stock.glass()
    for k in range(3):
        x = -0.44 + 0.24 * k
        model.add(box(x, high + 0.12, x + 0.18, high + 0.32, 0.02), glass, "window", "row of windows")
    _hull(stock, model, high)
    if stock.chance(0.6):
        model.add(box(-0.98, 0.1, -0.8, high + 0.12, 0.04), stock.plastic(), "engine")
        model.add(limb([(-0.9, 0.12), (-0.9, -0.05)], [0.06, 0.05]), stock.metal(), "engine")
    return model


def _rowing(stock: Stock) -> Model:
    model = Model()
    _hull(stock, model, stock.between(0.26, 0.36))
    wood = stock.wood()
    for x in (-0.3, 0.2):
        model.add(bar((x, 0.4), (x - 0.45, -0.08), 0.04), wood)
        model.add(ellipse(x - 0.47, -0.1, 0.1, 0.05, 40), wood)
    return model


def train(stock: Stock) -> Model:
    """A railcar or a locomotive with its front seen at a slant, on small wheels."""
    model = Model("3D boxy")
    paint, glass, steel = stock.paint(), stock.glass(), stock.metal()
    model.add(bar((-1.7, 0.0), (1.75, 0.0), 0.045), steel.shaded(0.5))
    for x in (-1.45, -1.15, -0.2, 0.1, 0.85, 1.15):
        wheel(model, x, 0.11, 0.1, stock.rubber(), steel)
    nose = stock.between(0.25, 0.45)
    front = polygon((1.3, 0.12), (1.3 + nose, 0.16), (1.32 + 0.75 * nose, 0.72), (1.3, 0.85))
    model.add(front, paint.shaded(0.8))
    model.add(
        polygon((1.33, 0.48), (1.31 + 0.78 * nose, 0.46), (1.3 + 0.68 * nose, 0.68), (1.33, 0.76)),
        glass,
        "window",
    )
    model.add(ellipse(1.3 + 0.6 * nose, 0.3, 0.06), stock.tinted(0.14, 0.1, 1.0, 0.6), "headlight")
    model.add(box(-1.65, 0.14, 1.3, 0.85, 0.06), paint)
    band = stock.paint()
    model.add(box(-1.64, 0.25, 1.29, stock.between(0.3, 0.4)), band)
    count = stock.count(7, 10)
    step = 2.6 / count
    doors = {stock.count(0, 2), stock.count(4, count - 1)}
    for k in range(count):
        left = -1.52 + step * k
        if k in doors:
            model.add(box(left, 0.17, left + 0.8 * step, 0.78, 0.02), band.shaded(0.9), "door")
            model.add(box(left + 0.1 * step, 0.5, left + 0.7 * step, 0.72), glass, "window")
        else:
            model.add(box(left, 0.47, left + 0.78 * step, 0.72, 0.03), glass, "window", "row of windows")
    if stock.chance(0.5):
        write(stock, model, -1.0, 0.28, 0.09, stock.between(0.4, 0.9), stock.tinted(0.13, 0.3, 0.95))
    if stock.chance(0.4):
        model.add(
            limb([(-0.4, 0.85), (-0.15, 1.02), (-0.35, 1.14), (-0.1, 1.14)], [0.035] * 4), steel.shaded(0.6)
        )
    return model

"""What belongs to the walls and the ceiling: doors, windows, pictures, lamps, columns."""

from dataclasses import replace

import numpy as np

from stitchkit_rooms.shapes import Light, Model, Range
from stitchkit_rooms.stock import Stock, linear
from stitchkit_rooms.textures import Material


def _frame(model: Model, name: str, material: Material, wide: float, y: Range) -> None:
    w, _, h = model.size
    for x in ((-w / 2, -w / 2 + wide), (w / 2 - wide, w / 2)):
        model.box(name, material, x, y, (0, h))
    for z in ((0, wide), (h - wide, h)):
        model.box(name, material, (-w / 2, w / 2), y, z)


def door(stock: Stock) -> Model:
    """A closed door with its frame, panels and handle."""
    w, h = stock.between(0.85, 1.05), stock.between(2.0, 2.12)
    model = Model((w, 0.07, h))
    leaf, trim = stock.surface(), stock.surface()
    model.box("door", leaf, (-w / 2 + 0.06, w / 2 - 0.06), (0, 0.02), (0, h - 0.06))
    for x in ((-w / 2, -w / 2 + 0.07), (w / 2 - 0.07, w / 2)):
        model.box("door", trim, x, (0, 0.04), (0, h))
    model.box("door", trim, (-w / 2, w / 2), (0, 0.04), (h - 0.07, h))
    if stock.chance(0.7):
        rows = stock.count(1, 3)
        for k in range(rows):
            for x in ((-w / 2 + 0.15, -0.04), (0.04, w / 2 - 0.15)):
                z = 0.15 + k * (h - 0.35) / rows
                model.box("door", leaf, x, (0.02, 0.03), (z, z + (h - 0.35) / rows - 0.1))
    side = 1 if stock.chance(0.5) else -1
    knob = side * (w / 2 - 0.12)
    model.box("door", stock.metal(), (knob - 0.05, knob + 0.05), (0.03, 0.07), (0.98, 1.0))
    return model


def window(stock: Stock) -> Model:
    """A window by day or by night, bare, with blinds, or with curtains on both sides."""
    w, h, dressing = stock.between(0.8, 1.8), stock.between(0.9, 1.5), stock.one("none", "blinds", "curtain")
    model = Model((w, 0.14, h))
    day = 0.0 if stock.chance(0.2) else stock.between(0.8, 2.2)
    dark, light = ((0.0,) * 3, (1.0,) * 3) if day else ((0.01, 0.012, 0.02), (0.02, 0.02, 0.03))
    shift = (stock.between(0, 200), stock.between(-0.5, 0.5))
    sky = Material("outdoors", dark, light, shift=shift, gloss=0.3, glow=day)
    trim = stock.surface()
    model.box("window", sky, (-w / 2 + 0.05, w / 2 - 0.05), (0, 0.01), (0.05, h - 0.05))
    _frame(model, "window", trim, 0.07, (0, 0.04))
    for k in range(1, stock.count(1, 2)):
        x = -w / 2 + k * w / 2
        model.box("window", trim, (x - 0.02, x + 0.02), (0, 0.03), (0.07, h - 0.07))
    if stock.chance(0.5):
        model.box("window", trim, (-w / 2, w / 2), (0, 0.03), (h / 2 - 0.02, h / 2 + 0.02))
    model.box("window", trim, (-w / 2, w / 2), (0, 0.1), (-0.0, 0.03))
    if dressing == "blinds":
        _slats(model, stock)
    elif dressing == "curtain":
        _curtains(model, stock)
    if day:
        blue = linear(0.58, stock.between(0.02, 0.2), 1.0)
        power = 1.6 * day * w * h * (0.5 if dressing == "blinds" else 1.0)
        model.lights.append(
            Light(
                np.array([0, 0.2, h / 2]),
                np.diag([0.8 * w, 0.02, 0.8 * h]),
                (power * blue[0], power * blue[1], power * blue[2]),
                np.array([0.0, 1.0, 0.0]),
            )
        )
    return model


def _slats(model: Model, stock: Stock) -> None:
    w, _, h = model.size
    slat, low = stock.paint(), h * (0.03 if stock.chance(0.6) else stock.between(0.2, 0.6))
    tilt = stock.between(0.4, 1.3)
    for z in np.arange(low, h - 0.03, 0.055):
        corners = [
            [[x, 0.05, z], [x, 0.05 + 0.05 * np.cos(tilt), z + 0.05 * np.sin(tilt)]] for x in (-w / 2, w / 2)
        ]
        model.surface("blinds", slat, np.array(corners))
    model.box("blinds", slat, (-w / 2, w / 2), (0.04, 0.11), (h - 0.05, h))


def _curtains(model: Model, stock: Stock) -> None:
    w, _, h = model.size
    cloth, share = stock.cloth(), stock.between(0.15, 0.45)
    model.size = (w + 0.3, 0.14, h)
    half = w / 2 + 0.15
    for x in ((-half, -half + share * w), (half - share * w, half)):
        model.drape("curtain", cloth, x, 0.06, (0.0, h - 0.02), max(3, round(share * w / 0.08)), 0.06)
    model.box("curtain", stock.surface(), (-half, half), (0.08, 0.1), (h - 0.02, h))


def picture(stock: Stock) -> Model:
    """A framed picture."""
    w, h = stock.between(0.25, 1.0), stock.between(0.25, 0.8)
    model = Model((w, 0.035, h))
    edge = stock.between(0.015, 0.06)
    model.box("picture", stock.painting(), (-w / 2 + edge, w / 2 - edge), (0, 0.02), (edge, h - edge))
    _frame(model, "picture", stock.surface(), edge, (0, 0.035))
    return model


def mirror(stock: Stock) -> Model:
    """A framed mirror, which shows the room."""
    w, h = stock.between(0.45, 1.1), stock.between(0.6, 1.2)
    model = Model((w, 0.035, h))
    glass = replace(stock.ceramic(), mirror=True)
    model.box("mirror", glass, (-w / 2 + 0.04, w / 2 - 0.04), (0, 0.02), (0.04, h - 0.04))
    _frame(model, "mirror", stock.surface(), 0.045, (0, 0.035))
    return model


def whiteboard(stock: Stock) -> Model:
    """A board, white or green, with a rail for pens."""
    w, h = stock.between(1.2, 2.4), stock.between(0.8, 1.15)
    model = Model((w, 0.08, h))
    if stock.chance(0.75):
        board = stock.material("plain", linear(0, 0, 0.93), linear(0, 0, 0.75), gloss=0.5)
    else:
        board = stock.material("plaster", linear(0.4, 0.5, 0.25), linear(0.4, 0.2, 0.4))
    model.box("whiteboard", board, (-w / 2 + 0.03, w / 2 - 0.03), (0, 0.02), (0.03, h - 0.03))
    _frame(model, "whiteboard", stock.surface() if stock.chance(0.4) else stock.metal(), 0.035, (0, 0.03))
    model.box("whiteboard", stock.metal(), (-w / 4, w / 4), (0, 0.08), (0.0, 0.015))
    return model


def ceiling_lamp(stock: Stock) -> Model:
    """A panel or a disc under the ceiling, lit unless daylight is enough; its frame hangs from z = 0.12."""
    w = stock.between(0.3, 0.6)
    model = Model((w, w, 0.12))
    tint = linear(stock.between(0.08, 0.14), stock.between(0.03, 0.4), 1.0)
    on = stock.chance(0.8)
    glass = Material("plain", tint, tint, glow=2.5 if on else 0.0)
    if stock.chance(0.5):
        model.box("lamp", glass, (-w / 2, w / 2), (0, w), (0.04, 0.12))
    else:
        model.lathe("lamp", glass, (0, w / 2), [(0, 0.0), (0.6 * w / 2, 0.03), (w / 2, 0.1), (w / 2, 0.12)])
    if on:
        power = stock.between(1.5, 4.0)
        model.lights.append(
            Light(
                np.array([0, w / 2, -0.02]),
                np.diag([w, w, 0.01]),
                (power * tint[0], power * tint[1], power * tint[2]),
                np.array([0.0, 0.0, -1.0]),
            )
        )
    return model


def column(stock: Stock) -> Model:
    """A pier or a chimney breast from floor to ceiling (cut off by it)."""
    w, d = stock.between(0.25, 0.9), stock.between(0.15, 0.45)
    model = Model((w, d, 2.3))
    stone = stock.one("plaster", "bricks", "wood")
    body = (
        stock.wood() if stone == "wood" else stock.material(stone, stock.hue((0, 0.4)), stock.hue((0, 0.4)))
    )
    model.box("otherstructure", body, (-w / 2, w / 2), (0, d), (0, 3.2))
    return model


def fireplace(stock: Stock) -> Model:
    """A surround of brick or stone with a dark hearth and a mantel."""
    w, d, h = stock.between(1.2, 1.6), stock.between(0.3, 0.45), stock.between(1.0, 1.2)
    model = Model((w, d, h), tops=[((-w / 2, w / 2), (0.02, d - 0.02), h)])
    body = stock.material(stock.one("bricks", "stone", "plaster"), stock.hue((0, 0.5)), stock.hue((0, 0.3)))
    soot = stock.material("plain", (0.01,) * 3, (0.04,) * 3)
    for x in ((-w / 2 + 0.03, -0.35), (0.35, w / 2 - 0.03)):
        model.box("otherstructure", body, x, (0, d - 0.06), (0, h - 0.06))
    model.box("otherstructure", body, (-0.35, 0.35), (0, d - 0.06), (0.7, h - 0.06))
    model.box("otherstructure", soot, (-0.35, 0.35), (0, 0.04), (0, 0.7))
    model.box("otherstructure", stock.surface(), (-w / 2, w / 2), (0, d), (h - 0.06, h))
    return model

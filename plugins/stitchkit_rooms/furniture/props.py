"""Small things that stand, lie and hang about, and people."""

import numpy as np

from stitchkit_rooms.shapes import Light, Model
from stitchkit_rooms.stock import Stock, linear
from stitchkit_rooms.textures import Material


def books(stock: Stock) -> Model:
    """A stack of books."""
    w, d = stock.between(0.16, 0.28), stock.between(0.14, 0.22)
    count = stock.count(1, 6)
    model = Model((w, d, 0.04 * count))
    for k in range(count):
        less = stock.between(0, 0.02)
        model.box(
            "books",
            stock.paint(),
            (-w / 2 + less, w / 2 - less),
            (less, d - less),
            (0.04 * k, 0.04 * k + 0.037),
        )
    return model


def paper(stock: Stock) -> Model:
    """Sheets of paper lying on one another."""
    model = Model((0.26, 0.3, 0.01))
    model.box("paper", stock.paper(), (-0.11, 0.11), (0, 0.3), (0.0, 0.006))
    model.box("paper", stock.paper(), (-0.05, 0.13), (0.03, 0.28), (0.006, 0.01))
    return model


def notice(stock: Stock) -> Model:
    """Sheets of paper on the wall."""
    count = stock.count(1, 4)
    model = Model((0.26 * count, 0.01, 0.36))
    for k in range(count):
        x, z = -0.13 * count + 0.26 * k, stock.between(0, 0.05)
        model.box("paper", stock.paper(), (x + 0.02, x + 0.23), (0, 0.01), (z, z + 0.3))
    return model


def box(stock: Stock) -> Model:
    """A carton or another plain box."""
    w, d, h = stock.between(0.18, 0.45), stock.between(0.16, 0.35), stock.between(0.12, 0.4)
    model = Model((w, d, h), tops=[((-w / 2, w / 2), (0, d), h)])
    card = stock.material("plaster", linear(0.09, 0.45, 0.65), linear(0.09, 0.5, 0.5))
    model.box("box", card if stock.chance(0.5) else stock.paint(), (-w / 2, w / 2), (0, d), (0, h))
    model.box("box", stock.paint(), (-0.03, 0.03), (0, d + 0.002), (0.3 * h, h + 0.002))
    return model


def bag(stock: Stock) -> Model:
    """A bag or a backpack with straps."""
    w, d, h = stock.between(0.25, 0.42), stock.between(0.14, 0.24), stock.between(0.28, 0.45)
    model = Model((w, d, h + 0.1))
    cloth = stock.cloth()
    model.soft("bag", cloth, (-w / 2, w / 2), (0, d), (0, h), power=stock.between(3, 6))
    model.soft("bag", cloth, (-w / 3, w / 3), (d - 0.05, d + 0.03), (0.03, 0.55 * h), power=4)
    strap = stock.cloth()
    for x in (-w / 4, w / 4 - 0.03):
        model.box("bag", strap, (x, x + 0.03), (d / 2 - 0.01, d / 2 + 0.01), (h - 0.03, h + 0.1))
    model.box("bag", strap, (-w / 4, w / 4), (d / 2 - 0.01, d / 2 + 0.01), (h + 0.08, h + 0.1))
    return model


def clothes(stock: Stock) -> Model:
    """A heap of clothes."""
    w, d, h = stock.between(0.35, 0.7), stock.between(0.3, 0.55), stock.between(0.08, 0.22)
    model = Model((w, d, h))
    x, y = np.meshgrid(np.linspace(-1, 1, 18), np.linspace(-1, 1, 18))
    bumps = sum(
        np.cos(stock.between(2, 6) * x + stock.between(2, 6) * y + stock.between(0, 6)) for _ in range(4)
    )
    inside = np.clip(1 - x**2 - 0.3 * np.cos(3 * x), 0, 1) * np.clip(1.2 * (1 - y**2), 0, 1)
    z = h * inside * (0.7 + 0.1 * bumps) - 0.004
    model.surface("clothes", stock.cloth(), np.stack([x * w / 2, (y + 1) * d / 2, z], axis=-1))
    return model


def hanging_clothes(stock: Stock) -> Model:
    """Clothes on hooks on the wall."""
    count = stock.count(2, 4)
    w, h = 0.3 * count, stock.between(0.7, 1.0)
    model = Model((w, 0.18, h))
    model.box("otherprop", stock.wood(), (-w / 2, w / 2), (0, 0.02), (h - 0.08, h))
    for k in range(count):
        x, low = -w / 2 + 0.3 * k, stock.between(0, 0.3)
        model.drape(
            "clothes",
            stock.cloth(),
            (x + 0.02, x + 0.28),
            0.04,
            (low, h - 0.05),
            2,
            stock.between(0.04, 0.12),
        )
    return model


def towel(stock: Stock) -> Model:
    """A towel over a rail on the wall."""
    w, h = stock.between(0.35, 0.7), stock.between(0.4, 0.75)
    model = Model((w + 0.1, 0.1, h))
    model.box("otherprop", stock.metal(), (-w / 2 - 0.05, w / 2 + 0.05), (0.03, 0.05), (h - 0.03, h - 0.01))
    model.drape("towel", stock.cloth(), (-w / 2, w / 2), 0.055, (0, h), 3, 0.025)
    return model


def folded_towels(stock: Stock) -> Model:
    """A stack of folded towels."""
    count = stock.count(1, 3)
    model = Model((0.36, 0.26, 0.08 * count))
    for k in range(count):
        model.soft("towel", stock.cloth(), (-0.18, 0.18), (0, 0.26), (0.08 * k, 0.08 * k + 0.085), power=7)
    return model


def television(stock: Stock) -> Model:
    """A flat screen on a foot, on or off."""
    w = stock.between(0.6, 1.2)
    h = 0.58 * w + 0.06
    model = Model((w, 0.2, h))
    black = stock.material("plain", (0.01,) * 3, (0.03,) * 3, gloss=0.7)
    model.box("television", black, (-w / 2, w / 2), (0.08, 0.12), (0.06, h))
    model.box("television", black, (-w / 5, w / 5), (0, 0.2), (0, 0.015))
    model.box("television", black, (-0.04, 0.04), (0.09, 0.11), (0.01, 0.1))
    on = stock.chance(0.3)
    screen = (
        Material("painting", (0.05,) * 3, (0.7,) * 3, shift=(stock.between(0, 99), 0), glow=1.0)
        if on
        else black
    )
    model.box("television", screen, (-w / 2 + 0.02, w / 2 - 0.02), (0.12, 0.122), (0.08, h - 0.02))
    return model


def monitor(stock: Stock) -> Model:
    """A computer's screen and keyboard, which NYUv2 counts among other things."""
    model = Model((0.52, 0.4, 0.44))
    shell = (
        stock.material("plain", (0.02,) * 3, (0.05,) * 3, gloss=0.3) if stock.chance(0.7) else stock.paint()
    )
    model.box("otherprop", shell, (-0.26, 0.26), (0.05, 0.09), (0.1, 0.44))
    model.box("otherprop", shell, (-0.1, 0.1), (0, 0.16), (0, 0.02))
    model.box("otherprop", shell, (-0.03, 0.03), (0.04, 0.07), (0, 0.2))
    glass = Material("painting", (0.1,) * 3, (0.8,) * 3, glow=0.9) if stock.chance(0.5) else shell
    model.box("otherprop", glass, (-0.245, 0.245), (0.09, 0.092), (0.115, 0.425))
    model.box("otherprop", shell, (-0.22, 0.22), (0.25, 0.39), (0, 0.025))
    return model


def lamp(stock: Stock) -> Model:
    """A lamp with a shade, for a table."""
    return _shaded(stock, stock.between(0.4, 0.6), stock.between(0.12, 0.18))


def floor_lamp(stock: Stock) -> Model:
    """A lamp with a shade on a tall post."""
    return _shaded(stock, stock.between(1.4, 1.75), stock.between(0.18, 0.24))


def _shaded(stock: Stock, h: float, radius: float) -> Model:
    model = Model((2 * radius, 2 * radius, h))
    at, tall, on = (0.0, radius), stock.between(0.9, 1.5) * radius, stock.chance(0.5)
    foot = stock.metal() if stock.chance(0.5) else stock.surface()
    base = 0.7 * radius
    model.lathe("lamp", foot, at, [(0, 0), (base, 0), (base, 0.02), (0.015, 0.05), (0.015, h - tall)])
    tint = linear(stock.between(0.06, 0.13), stock.between(0.1, 0.5), 1.0)
    shade = Material("woven", tint, tint, glow=2.0) if on else stock.cloth()
    top = stock.between(0.5, 0.95) * radius
    model.lathe("lamp", shade, at, [(0, h - tall + 0.01), (radius, h - tall), (top, h), (0, h - 0.01)])
    if on:
        power = stock.between(0.2, 0.5)
        spread = np.diag([2.4 * radius, 2.4 * radius, tall + 0.3])
        colour = (power * tint[0], power * tint[1], power * tint[2])
        model.lights.append(Light(np.array([0, radius, h - tall / 2]), spread, colour))
    return model


def plant(stock: Stock) -> Model:
    """A pot with leaves."""
    w = stock.between(0.2, 0.5)
    h = w * stock.between(1.3, 2.4)
    model = Model((w, w, h))
    pot = 0.3 * h
    model.lathe("otherprop", stock.surface(), (0, w / 2), [(0, 0), (0.22 * w, 0), (0.32 * w, pot), (0, pot)])
    leaf = stock.material("woven", linear(stock.between(0.22, 0.36), 0.6, 0.5), linear(0.3, 0.7, 0.2))
    for _ in range(9):
        x, y, z = stock.between(-w / 3, w / 3), stock.between(w / 6, 5 * w / 6), stock.between(pot, 0.8 * h)
        r = stock.between(0.08, 0.17) * w
        model.soft("otherprop", leaf, (x - r, x + r), (y - r, y + r), (z, z + 0.2 * h), power=2)
    return model


def vessel(stock: Stock) -> Model:
    """A vase, a bottle, a cup or a bowl."""
    radius, h = stock.between(0.03, 0.11), stock.between(0.07, 0.3)
    model = Model((2 * radius, 2 * radius, h))
    waist, neck = stock.between(0.5, 1.0), stock.between(0.3, 1.0)
    profile = [
        (0, 0),
        (0.7 * radius, 0),
        (radius, 0.35 * h),
        (waist * radius, 0.7 * h),
        (neck * radius, h),
        (0, h),
    ]
    material = stock.ceramic() if stock.chance(0.3) else stock.paint() if stock.chance(0.6) else stock.metal()
    model.lathe("otherprop", material, (0, radius), profile)
    return model


def bin_(stock: Stock) -> Model:
    """A waste bin."""
    r, h = stock.between(0.12, 0.2), stock.between(0.28, 0.6)
    model = Model((2 * r, 2 * r, h))
    profile = [(0, 0), (0.8 * r, 0), (r, h), (0.93 * r, h), (0.8 * r, 0.2 * h), (0, 0.2 * h)]
    model.lathe("otherprop", stock.paint() if stock.chance(0.7) else stock.metal(), (0, r), profile)
    return model


def floor_mat(stock: Stock) -> Model:
    """A rug."""
    w, d = stock.between(0.7, 2.2), stock.between(0.5, 1.5)
    model = Model((w, d, 0.012))
    pattern = stock.one("ornament", "carpet", "stripes", "plaid", "floral")
    rug = stock.material(pattern, stock.hue(), stock.hue())
    model.box("floor mat", rug, (-w / 2, w / 2), (0, d), (0.0, 0.012))
    return model


def person(stock: Stock) -> Model:
    """Somebody standing."""
    h = stock.between(1.55, 1.85)
    model = Model((0.5, 0.32, h))
    trousers, shirt = stock.cloth(), stock.cloth()
    skin = stock.material(
        "plain", linear(0.06, stock.between(0.25, 0.55), stock.between(0.35, 0.9)), (0.3, 0.2, 0.15)
    )
    hair = stock.material("woven", linear(0.08, 0.5, stock.between(0.05, 0.5)), (0.05, 0.04, 0.03))
    hip, shoulder = 0.5 * h, 0.82 * h
    for x in (-0.1, 0.1):
        model.soft("person", trousers, (x - 0.09, x + 0.09), (0.06, 0.26), (0.05, hip + 0.08), power=4)
        model.soft("person", hair, (x - 0.06, x + 0.06), (0.04, 0.32), (0, 0.09), power=3)
        arm = (2.2 * x - 0.05, 2.2 * x + 0.05)
        model.soft("person", shirt, arm, (0.1, 0.22), (hip + 0.05, shoulder), power=3)
        model.soft("person", skin, arm, (0.12, 0.24), (hip - 0.1, hip + 0.1), power=2.5)
    model.soft("person", shirt, (-0.2, 0.2), (0.05, 0.27), (hip - 0.02, shoulder + 0.02), power=3.5)
    model.soft("person", skin, (-0.08, 0.08), (0.07, 0.27), (shoulder, h - 0.02), power=2.3)
    model.soft("person", hair, (-0.085, 0.085), (0.05, 0.22), (h - 0.14, h), power=2.3)
    return model

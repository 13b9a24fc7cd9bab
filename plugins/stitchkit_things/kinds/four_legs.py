"""Cats, dogs, horses, cows and sheep: one body with other proportions, heads and coats."""

import math

from stitchkit_things.kinds.four_legged_body import Build, body, ear, eye, snout
from stitchkit_things.model import Model
from stitchkit_things.shapes import Point, bar, blob, box, ellipse, limb, polygon
from stitchkit_things.stock import Stock


def cat(stock: Stock) -> Model:
    """Looks at the beholder, its tail up."""
    coat = stock.fur()
    build = Build(0.85, 0.3, 0.26, 0.075, (0.06, 0.16), 0.2, lies=0.35)
    model, (x, y), (rump_x, rump_y), _ = body(stock, build, coat, coat)
    bend = stock.between(-0.25, 0.1)
    tail = [(rump_x + 0.05, rump_y), (rump_x - 0.18, rump_y + 0.15), (rump_x + bend, rump_y + 0.45)]
    model.add(limb(tail, [0.08, 0.075, 0.06]), coat, "tail")
    r = stock.between(0.16, 0.2)
    for side in (-1, 1):
        ear = ((side * 0.95, 0.25), (side * 0.85, 1.5), (side * 0.1, 0.85))
        model.add(polygon(*((x + r * a, y + r * b) for a, b in ear)), coat, "ear", "head")
    model.add(ellipse(x, y, 1.12 * r, r), coat, "head")
    for side in (-1, 1):
        eye(stock, model, x + side * 0.45 * r, y + 0.15 * r, 0.2 * r)
    muzzle = stock.fur() if stock.chance(0.4) else coat.shaded(1.15)
    model.add(ellipse(x, y - 0.42 * r, 0.5 * r, 0.34 * r), muzzle, "snout", "head")
    nose = polygon((x - 0.16 * r, y - 0.2 * r), (x + 0.16 * r, y - 0.2 * r), (x, y - 0.42 * r))
    model.add(nose, stock.tinted(0.97, 0.45, 0.7), "nose", "snout", "head")
    line = bar((x - 0.15 * r, y - 0.58 * r), (x + 0.15 * r, y - 0.58 * r), 0.08 * r)
    model.add(line, stock.tinted(0, 0.3, 0.2), "mouth", "snout", "head")
    return model


def dog(stock: Stock) -> Model:
    """Seen from the side, with a long snout; ears stand or hang."""
    coat = stock.fur() if stock.chance(0.75) else stock.hide()
    leg = stock.between(0.25, 0.46)
    build = Build(0.85, 0.32, leg, 0.09, (0.16, 0.24), 0.2, lies=0.15)
    model, (x, y), (rump_x, rump_y), _ = body(stock, build, coat, coat)
    rise = stock.between(-0.15, 0.35)
    tail = [(rump_x + 0.04, rump_y), (rump_x - 0.16, rump_y + 0.4 * rise), (rump_x - 0.22, rump_y + rise)]
    model.add(limb(tail, [0.09, 0.07, 0.04]), coat, "tail")
    r = stock.between(0.13, 0.16)
    model.add(ellipse(x, y, 1.15 * r, r), coat, "head")
    snout(
        stock,
        model,
        (x + stock.between(1.7, 2.2) * r, y - 0.45 * r),
        (x + 0.7 * r, y - 0.2 * r),
        0.75 * r,
        coat,
    )
    eye(stock, model, x + 0.45 * r, y + 0.25 * r, 0.22 * r)
    hangs = stock.chance(0.6)
    ear(model, x - 0.45 * r, y + 0.6 * r, -0.25 * r, -1.2 * r if hangs else 1.0 * r, 0.45 * r, coat)
    if stock.chance(0.4):
        collar = bar((x - 1.0 * r, y - 0.2 * r), (x - 0.1 * r, y - 1.15 * r), 0.3 * r)
        model.add(collar, stock.leather())
    return model


def horse(stock: Stock) -> Model:
    """Long legs, a high neck with a mane; one in three is saddled and bridled."""
    coat, hair, hoof = stock.hide(), stock.hair(), stock.tinted(0.07, 0.3, 0.2)
    build = Build(0.95, 0.36, 0.56, 0.075, (0.3, 0.4), 0.2, lies=0.0)
    model, (x, y), (rump_x, rump_y), back = body(stock, build, coat, hoof)
    tail = [(rump_x + 0.03, rump_y), (rump_x - 0.12, rump_y - 0.08), (rump_x - 0.1, rump_y - 0.45)]
    model.add(limb(tail, [0.07, 0.11, 0.08]), hair, "tail")
    model.add(
        limb([(x - 0.08, y + 0.09), (x - 0.2, y - 0.1), (x - 0.36, y - 0.36)], [0.1, 0.13, 0.08]),
        hair,
        "hair",
    )
    ear(model, x - 0.05, y + 0.07, -0.02, 0.16, 0.04, coat)
    model.add(ellipse(x, y, 0.14, 0.11, -30), coat, "head")
    droop = stock.between(0.14, 0.26)
    snout(stock, model, (x + 0.25, y - droop), (x + 0.04, y - 0.02), 0.11, coat)
    eye(stock, model, x + 0.06, y + 0.03, 0.026)
    if stock.chance(0.35):
        seat, strap = stock.leather(), stock.leather()
        cloth = box(-0.2, back - 0.17, 0.12, back + 0.01, 0.05)
        model.add(cloth, stock.cloth() if stock.chance(0.5) else seat, "saddle")
        horn = blob(
            (-0.2, back), (-0.12, back - 0.06), (0.06, back - 0.06), (0.14, back + 0.07), (-0.04, back + 0.02)
        )
        model.add(horn, seat, "saddle")
        rein = limb(
            [(x + 0.2, y - droop + 0.02), (x - 0.1, y - 0.3), (0.12, back + 0.03)], [0.03, 0.03, 0.03]
        )
        model.add(rein, strap, "rein")
        model.add(bar((x + 0.13, y - 0.16), (x + 0.2, y - 0.05), 0.03), strap, "rein", "head")
    return model


def cow(stock: Stock) -> Model:
    """Heavy, often in two colours, some with horns."""
    coat = stock.patched_hide() if stock.chance(0.65) else stock.hide()
    build = Build(1.15, 0.5, 0.34, 0.1, (0.22, 0.06), 0.3, lies=0.1)
    model, (x, y), (rump_x, rump_y), _ = body(stock, build, coat, stock.tinted(0.07, 0.3, 0.2))
    tail = [(rump_x + 0.03, rump_y + 0.08), (rump_x - 0.06, rump_y - 0.1), (rump_x - 0.03, rump_y - 0.36)]
    model.add(limb(tail, [0.05, 0.04, 0.04]), coat, "tail")
    model.add(ellipse(tail[-1][0], tail[-1][1] - 0.04, 0.04, 0.08), stock.hair(), "tail")
    if stock.chance(0.45):
        bone = stock.tinted(0.11, 0.25, 0.88)
        for side in (-1, 1):
            horn = [(x + side * 0.05, y + 0.1), (x + side * 0.14, y + 0.16), (x + side * 0.14, y + 0.3)]
            model.add(limb(horn, [0.06, 0.05, 0.02]), bone, "horn", "head")
    model.add(ellipse(x - 0.13, y + 0.05, 0.1, 0.045, -20), coat.shaded(0.85), "ear", "head")
    model.add(ellipse(x + 0.01, y, 0.15, 0.13), coat, "head")
    pink = stock.material((), "plain", (0.85, 0.62, 0.58)) if stock.chance(0.6) else coat
    snout(stock, model, (x + 0.22, y - 0.17), (x + 0.07, y - 0.05), 0.17, pink)
    eye(stock, model, x + 0.06, y + 0.05, 0.026)
    return model


def sheep(stock: Stock) -> Model:
    """A fleece on thin legs; few have horns."""
    fleece = stock.wool()
    dark = stock.chance(0.5)
    face = stock.tinted(0.08, 0.15, stock.between(0.1, 0.25) if dark else stock.between(0.75, 0.9))
    build = Build(0.8, 0.42, 0.2, 0.065, (0.14, 0.1), 0.2, lies=0.2)
    model, (x, y), (rump_x, rump_y), back = body(stock, build, face, stock.tinted(0.07, 0.3, 0.2))
    middle = back - 0.19
    bumps = [
        ((0.5 + 0.05 * (-1) ** k) * cos, middle + (0.27 + 0.025 * (-1) ** k) * sin)
        for k, (cos, sin) in enumerate(_circle(14))
    ]
    model.add(blob(*bumps), fleece, "torso")
    model.add(ellipse(rump_x - 0.07, rump_y - 0.06, 0.07, 0.1), fleece, "tail")
    model.add(ellipse(x - 0.13, y + 0.02, 0.09, 0.04, 15), face.shaded(0.85), "ear", "head")
    model.add(ellipse(x, y, 0.12, 0.13), face, "head")
    snout(stock, model, (x + 0.14, y - 0.13), (x + 0.04, y - 0.04), 0.11, face)
    model.add(ellipse(x - 0.03, y + 0.11, 0.12, 0.07), fleece, "head")
    eye(stock, model, x + 0.05, y + 0.01, 0.028)
    if stock.chance(0.2):
        curl = [(x - 0.04, y + 0.08), (x - 0.17, y + 0.08), (x - 0.17, y - 0.1), (x - 0.05, y - 0.09)]
        model.add(limb(curl, [0.08, 0.08, 0.06, 0.03]), stock.tinted(0.1, 0.35, 0.7), "horn", "head")
    return model


def _circle(count: int) -> list[Point]:
    angles = [2 * math.pi * k / count for k in range(count)]
    return [(math.cos(angle), math.sin(angle)) for angle in angles]

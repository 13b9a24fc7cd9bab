"""Bottles, potted plants and monitors."""

import math

from stitchkit_things.kinds.letters import write
from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import Outline, bar, blob, box, ellipse, limb, polygon
from stitchkit_things.stock import Stock


def bottle(stock: Stock) -> Model:
    """Of clear glass, plastic or metal, most with a label."""
    model = Model("vertical cylinder")
    shell = {"glass": stock.clear_glass, "plastic": stock.plastic, "metal": stock.metal}[
        stock.one("glass", "glass", "plastic", "plastic", "metal")
    ]()
    wide, shoulder, neck = stock.between(0.16, 0.24), stock.between(0.5, 0.65), stock.between(0.045, 0.08)
    if "clear" in shell.names:
        drink = stock.tinted(stock.between(0, 1), stock.between(0.3, 0.9), stock.between(0.3, 0.8))
        model.add(box(-0.9 * wide, 0.03, 0.9 * wide, stock.between(0.2, shoulder), 0.04), drink)
    left = [
        (-wide, 0.03),
        (-wide, shoulder - 0.06),
        (-0.6 * wide, shoulder + 0.06),
        (-neck, shoulder + 0.14),
        (-neck, 0.95),
    ]
    outline = polygon(*left, *((-x, y) for x, y in reversed(left)))
    model.add(outline, shell)
    cap = stock.metal() if stock.chance(0.5) else stock.plastic()
    model.add(box(-1.25 * neck, 0.93, 1.25 * neck, 1.0, 0.01), cap)
    if stock.chance(0.75):
        low, high = 0.14, stock.between(0.34, 0.46)
        model.add(
            box(-wide, low, wide, high),
            stock.tinted(stock.between(0, 1), stock.between(0, 0.7), 0.92),
            "label",
        )
        if stock.chance(0.8):
            ink = stock.tinted(stock.between(0, 1), 0.8, stock.between(0.1, 0.4))
            write(stock, model, -0.8 * wide, low + 0.35 * (high - low), 0.4 * (high - low), 1.6 * wide, ink)
    return model


def pottedplant(stock: Stock) -> Model:
    """Leaves on stems, or a round crown on a trunk, out of a pot; half of them flower."""
    model = Model(*(("round",) if (crown := stock.chance(0.25)) else ()))
    green, brown = stock.foliage(), stock.wood()
    rim = stock.between(0.3, 0.42)
    if crown:
        y, r = rim + stock.between(0.4, 0.6), stock.between(0.24, 0.32)
        model.add(bar((0, rim - 0.05), (0, y), 0.06), brown, "stem or trunk")
        model.add(_bumpy(0, y + 0.1, r), green, "leaf")
        tips = [(0.8 * r * math.cos(a), y + 0.1 + 0.8 * r * math.sin(a)) for a in _angles(stock, 5)]
    else:
        tips = _fronds(stock, model, rim, green)
    if stock.chance(0.45):
        petals = stock.petals()
        for x, y in tips:
            for angle in _angles(stock, 5):
                petal = ellipse(x + 0.055 * math.cos(angle), y + 0.055 * math.sin(angle), 0.045)
                model.add(petal, petals, "flower")
            model.add(ellipse(x, y, 0.035), stock.tinted(0.13, 0.9, 0.9), "flower")
    _pot(stock, model, rim)
    return model


def _angles(stock: Stock, count: int) -> list[float]:
    start = stock.between(0, 2 * math.pi)
    return [start + 2 * math.pi * k / count for k in range(count)]


def _bumpy(x: float, y: float, r: float) -> Outline:
    """A circle with bumps, as of a clipped tree."""
    angles = [2 * math.pi * k / 16 for k in range(16)]
    radii = [r * (1 + 0.07 * (-1) ** k) for k in range(16)]
    return blob(*((x + d * math.cos(a), y + d * math.sin(a)) for a, d in zip(angles, radii, strict=True)))


def _fronds(stock: Stock, model: Model, rim: float, green: Material) -> list[tuple[float, float]]:
    """Stems that lean out, each with leaves; returns where they end."""
    tips = []
    count, stem = stock.count(4, 7), green.shaded(0.6)
    for k in range(count):
        lean = -0.5 + k / (count - 1) + stock.between(-0.06, 0.06)
        top = (lean, rim + stock.between(0.35, 0.65) - 0.4 * abs(lean))
        model.add(
            limb([(0, rim - 0.05), (0.4 * lean, 0.6 * (rim + top[1])), top], [0.04] * 3),
            stem,
            "stem or trunk",
        )
        for share in (0.45, 0.75, 1.0):
            x, y = share * top[0], rim + share * (top[1] - rim)
            turn = math.degrees(math.atan2(top[1] - rim, lean)) + stock.between(-50, 50)
            shade = green.shaded(stock.between(0.75, 1.15))
            model.add(ellipse(x, y, 0.15, 0.055, turn), shade, "leaf")
        tips.append(top)
    return tips


def _pot(stock: Stock, model: Model, rim: float) -> None:
    shell = {"clay": stock.clay, "plastic": stock.plastic, "metal": stock.metal, "wood": stock.wood}[
        stock.one("clay", "clay", "plastic", "metal", "wood")
    ]()
    wide = stock.between(0.17, 0.26)
    model.add(polygon((-0.7 * wide, 0), (0.7 * wide, 0), (wide, rim), (-wide, rim)), shell, "pot")
    model.add(box(-1.12 * wide, 0.85 * rim, 1.12 * wide, rim + 0.03, 0.02), shell.shaded(0.9), "pot")
    if stock.chance(0.15):
        model.add(
            box(-0.5 * wide, 0.3 * rim, 0.5 * wide, 0.65 * rim), stock.tinted(0.13, 0.05, 0.95), "label"
        )


def tvmonitor(stock: Stock) -> Model:
    """A flat screen on a foot, or a deep case with a small screen; shows a picture, text or nothing."""
    deep = stock.chance(0.4)
    model = Model("3D boxy" if deep else "2D boxy")
    shell, wide = stock.plastic(), 0.5 if deep else stock.between(0.52, 0.75)
    low, edge = (0.1, 0.1) if deep else (0.2, 0.045)
    if deep:
        side = polygon((0.5, low), (0.72, low + 0.1), (0.72, 0.8), (0.5, 0.95))
        model.add(side, shell.shaded(0.6))
        model.add(box(-0.3, 0, 0.35, low + 0.03, 0.03), shell.shaded(0.8))
    else:
        model.add(box(-0.07, 0.03, 0.07, low + 0.05), shell.shaded(0.8))
        model.add(ellipse(0, 0.035, 0.3, 0.035), shell)
    model.add(box(-wide, low, wide, 0.95, 0.04), shell)
    left, bottom, right, top = -wide + edge, low + edge + 0.04, wide - edge, 0.95 - edge
    blank = stock.material(("glass", "shiny"), "glass", (0.05, 0.07, 0.1), (0.16, 0.2, 0.26), gloss=0.25)
    shows = stock.one("nothing", "nothing", "picture", "text")
    glow = stock.material(("glass",), "clouds", stock.colour((0.3, 0.9), (0.5, 0.95)), stock.colour())
    model.add(box(left, bottom, right, top, 0.03), glow if shows == "picture" else blank, "screen")
    if shows == "text":
        ink = stock.tinted(stock.between(0, 1), 0.4, 0.95)
        for k in range(3):
            y = top - 0.15 - 0.17 * k
            write(stock, model, left + 0.06, y, 0.09, stock.between(0.4, 1.0) * (right - left - 0.12), ink)
    if shows == "picture":
        hill = blob(
            (left, bottom + 0.02),
            (right, bottom + 0.02),
            (0.6 * right, bottom + 0.25),
            (0.4 * left, bottom + 0.4),
        )
        model.add(hill, stock.material(("glass",), "plain", stock.colour()), "screen")
    if deep:
        model.add(ellipse(right - 0.02, low + 0.06, 0.025), stock.tinted(0.3, 0.8, 0.7))
    return model

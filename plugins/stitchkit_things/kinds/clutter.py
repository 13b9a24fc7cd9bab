"""Things that are in the way and have no name: rocks, crates, posts, bushes, fences, discs, banners."""

from collections.abc import Callable

from stitchkit_things.model import Model
from stitchkit_things.shapes import bar, blob, box, ellipse, polygon
from stitchkit_things.stock import Stock


def _rock(stock: Stock) -> Model:
    model = Model()
    points = [(-0.5, 0.0), (0.5, 0.0), (0.45, 0.25), (0.1, 0.45), (-0.4, 0.3)]
    model.add(
        blob(*((x * stock.between(0.8, 1.2), y * stock.between(0.7, 1.3)) for x, y in points)), stock.stone()
    )
    return model


def _crate(stock: Stock) -> Model:
    model = Model()
    wood, high = stock.wood() if stock.chance(0.5) else stock.cloth(), stock.between(0.4, 0.9)
    model.add(box(-0.4, 0, 0.4, high), wood)
    model.add(polygon((-0.4, high), (0.4, high), (0.55, high + 0.15), (-0.25, high + 0.15)), wood.shaded(1.2))
    model.add(polygon((0.4, 0), (0.55, 0.15), (0.55, high + 0.15), (0.4, high)), wood.shaded(0.65))
    return model


def _post(stock: Stock) -> Model:
    model = Model()
    model.add(box(-0.06, 0, 0.06, 1.6), stock.metal() if stock.chance(0.5) else stock.wood())
    if stock.chance(0.5):
        model.add(ellipse(0, 1.6, 0.2) if stock.chance(0.5) else box(-0.3, 1.4, 0.3, 1.7), stock.paint())
    return model


def _bush(stock: Stock) -> Model:
    model = Model()
    green = stock.foliage()
    for x in (-0.4, 0.35, 0.0):
        y, r = stock.between(0.2, 0.4), stock.between(0.25, 0.4)
        model.add(ellipse(x, y, r, 0.8 * r), green.shaded(stock.between(0.7, 1.0)))
    return model


def _fence(stock: Stock) -> Model:
    model = Model()
    wood = stock.wood() if stock.chance(0.6) else stock.metal()
    for y in (0.25, 0.6):
        model.add(bar((-0.9, y), (0.9, y), 0.07), wood.shaded(0.8))
    for k in range(7):
        model.add(box(-0.9 + 0.28 * k, 0, -0.8 + 0.28 * k, 0.8), wood)
    return model


def _heap(stock: Stock) -> Model:
    model = Model()
    for _ in range(stock.count(2, 4)):
        x, y, r = stock.between(-0.4, 0.4), stock.between(0.1, 0.3), stock.between(0.12, 0.28)
        material = {
            "fur": stock.fur,
            "cloth": stock.cloth,
            "hide": stock.patched_hide,
            "plastic": stock.plastic,
        }[stock.one("fur", "cloth", "hide", "plastic")]()
        model.add(ellipse(x, y, r, 0.7 * r, stock.between(0, 90)), material)
    return model


def _disc(stock: Stock) -> Model:
    model = Model()
    model.add(ellipse(0, 0.4, 0.4), stock.rubber() if stock.chance(0.4) else stock.paint())
    model.add(ellipse(0, 0.4, stock.between(0.15, 0.3)), stock.metal())
    return model


def _banner(stock: Stock) -> Model:
    model = Model()
    model.add(box(-0.5, 0.1, 0.5, stock.between(0.4, 1.0)), stock.cloth())
    return model


CLUTTER: tuple[Callable[[Stock], Model], ...] = (_rock, _crate, _post, _bush, _fence, _heap, _disc, _banner)

"""What stands behind the objects: sky and ground outdoors, wall and floor in a room."""

import numpy as np
from numpy.typing import NDArray

from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import blob, box, ellipse
from stitchkit_things.stock import Stock, screen
from stitchkit_things.textures import SIDE, tile

PLACES = {"street": 0.28, "field": 0.29, "shore": 0.11, "room": 0.32}  # and how frequent each is


def _surface(
    material: Material, height: int, width: int, zoom: float, near: float = 1.0
) -> NDArray[np.float32]:
    """A flat surface [height, width, 3], its pattern ``near`` times as large at the bottom as at the top."""
    row, column = material.shift
    size = zoom * np.linspace(1, near, max(height, 1))
    rows = (row + np.cumsum(1 / size)).astype(int) % SIDE
    columns = (column + (np.arange(width) - width / 2)[None, :] / size[:, None]).astype(int) % SIDE
    return material.palette[tile(material.pattern)[rows[:, None], columns]]


def _light(picture: NDArray[np.float32], top: float, bottom: float) -> None:
    picture *= np.linspace(top, bottom, len(picture), dtype=np.float32)[:, None, None]


def backdrop(place: str, stock: Stock, size: tuple[int, int], horizon: int) -> NDArray[np.float32]:
    """Sky or wall above row ``horizon`` and ground below it, float32 [H, W, 3] in [0, 1]."""
    height, width = size
    above, below = _far(place, stock), _ground(place, stock)
    picture = np.empty((height, width, 3), np.float32)
    picture[:horizon] = _surface(above, horizon, width, stock.between(1.5, 4))
    picture[horizon:] = _surface(
        below, height - horizon, width, stock.between(0.8, 1.5), near=stock.between(2, 5)
    )
    _light(picture[:horizon], stock.between(0.75, 1.0), 1.05)
    _light(picture[horizon:], 0.8, 1.1)
    return picture


def _far(place: str, stock: Stock) -> Material:
    if place == "room":
        pattern = stock.one("plain", "plain", "stripes", "bricks", "plaid", "dots", "cloth")
        wall = screen(stock.between(0, 1), stock.between(0.03, 0.5), stock.between(0.45, 0.95))
        return stock.material((), pattern, wall)
    blue = screen(stock.between(0.52, 0.62), stock.between(0.05, 0.65), stock.between(0.6, 0.98))
    return stock.material((), "clouds", blue, screen(0.6, 0.05, stock.between(0.75, 1.0)))


def _ground(place: str, stock: Stock) -> Material:
    if place == "room":
        colour = screen(stock.between(0.02, 0.12), stock.between(0.05, 0.6), stock.between(0.3, 0.85))
        return stock.material((), stock.one("planks", "planks", "cloth", "plaid", "stone"), colour)
    if place == "shore":
        water = screen(stock.between(0.48, 0.62), stock.between(0.3, 0.7), stock.between(0.35, 0.8))
        return stock.material((), "waves", water, screen(0.55, 0.2, 0.85))
    if place == "street":
        return stock.material(
            (), stock.one("stone", "stone", "bricks"), screen(0.6, 0.05, stock.between(0.3, 0.7))
        )
    green = screen(stock.between(0.12, 0.36), stock.between(0.3, 0.75), stock.between(0.35, 0.75))
    return stock.material((), "grass", green)


def skyline(place: str, stock: Stock) -> Model:
    """What stands at the horizon, 4 units wide: hills, trees and houses, or pictures on the wall."""
    model = Model()
    if place == "room":
        for _ in range(stock.count(1, 3)):
            x, y, w, h = (
                stock.between(-1.8, 1.4),
                stock.between(0.25, 0.9),
                stock.between(0.2, 0.6),
                stock.between(0.2, 0.5),
            )
            model.add(box(x, y, x + w, y + h), stock.wood())
            model.add(box(x + 0.04, y + 0.04, x + w - 0.04, y + h - 0.04), stock.cloth())
        model.add(box(-2, 0, 2, 0.06), stock.wood())
        return model
    for _ in range(stock.count(1, 2)):
        x, h = stock.between(-1.5, 1.5), stock.between(0.2, 0.6)
        hill = stock.foliage() if stock.chance(0.6) else stock.stone()
        model.add(blob((x - 1.2, 0), (x - 0.3, h), (x + 0.4, 0.8 * h), (x + 1.2, 0)), hill.shaded(0.9))
    for _ in range(stock.count(2, 5) if place == "street" else stock.count(0, 1)):
        x, w, h = stock.between(-2, 1.6), stock.between(0.3, 0.7), stock.between(0.4, 1.2)
        wall = stock.material(
            (), stock.one("bricks", "stone", "plain"), stock.colour((0.05, 0.5), (0.4, 0.9))
        )
        model.add(box(x, 0, x + w, h), wall)
        dark = stock.glass().shaded(0.7)
        for column in np.arange(x + 0.06, x + w - 0.08, 0.16):
            for row in np.arange(0.12, h - 0.12, 0.22):
                model.add(box(column, row, column + 0.08, row + 0.12), dark)
    for _ in range(stock.count(0, 4) if place != "shore" else 0):
        x, h = stock.between(-1.9, 1.9), stock.between(0.25, 0.7)
        model.add(box(x - 0.03, 0, x + 0.03, h), stock.wood())
        model.add(ellipse(x, h, 0.22, 0.26), stock.foliage())
    return model

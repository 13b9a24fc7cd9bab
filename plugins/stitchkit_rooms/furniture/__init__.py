"""Recipes for everything that stands, lies or hangs in a room.

Each recipe draws one piece from the materials at hand: ``Stock`` in, `Model` out. Two pieces of one class
differ in size, material and often in build.
"""

from collections.abc import Callable

from stitchkit_rooms.furniture import bathroom, beds_and_seats, fittings, props, storage, tables
from stitchkit_rooms.shapes import Model
from stitchkit_rooms.stock import Stock

Recipe = Callable[[Stock], Model]

RECIPES: dict[str, Recipe] = {
    recipe.__name__.rstrip("_"): recipe
    for recipe in (
        *(
            beds_and_seats.bed,
            beds_and_seats.chair,
            beds_and_seats.sofa,
            beds_and_seats.stool,
            beds_and_seats.pillow,
        ),
        *(storage.cabinet, storage.wall_cabinet, storage.dresser, storage.night_stand, storage.bookshelf),
        *(storage.shelves, storage.refridgerator),
        *(tables.table, tables.coffee_table, tables.desk, tables.counter, tables.cooker, tables.podium),
        *(bathroom.toilet, bathroom.bathtub, bathroom.wash_stand),
        *(fittings.door, fittings.window, fittings.picture, fittings.mirror, fittings.whiteboard),
        *(fittings.ceiling_lamp, fittings.column, fittings.fireplace),
        *(props.books, props.paper, props.notice, props.box, props.bag, props.clothes, props.hanging_clothes),
        *(props.towel, props.folded_towels, props.television, props.monitor, props.lamp, props.floor_lamp),
        *(props.plant, props.vessel, props.bin_, props.floor_mat, props.person),
    )
}

__all__ = ["RECIPES", "Recipe"]

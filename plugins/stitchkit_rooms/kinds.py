"""Kinds of rooms, and what one finds in each.

The kind decides what stands together, so that there is context to learn: a pillow lies on a bed or a sofa, a
towel hangs in a bathroom. Common things come in most rooms and take much of the picture, rare ones neither.
"""

from dataclasses import dataclass
from typing import Literal

Where = Literal["wall", "free", "hang", "beside", "before", "around", "over"]


@dataclass(frozen=True)
class Wish:
    """A piece that a room may have.

    Attributes:
        what: Name of a recipe.
        where: ``"wall"``: on the floor, its back at a wall; ``"free"``: on the floor; ``"hang"``: on a wall;
            ``"beside"``, ``"before"``, ``"around"``, ``"over"``: relative to the pieces ``of``.
        chance: Probability of each of the ``most`` tries.
        most: How many there may be (of each host, for pieces placed relative to others).
        of: Recipe of the host.
        height: Range in metres of the underside of what hangs.
    """

    what: str
    where: Where
    chance: float = 1.0
    most: int = 1
    of: str = ""
    height: tuple[float, float] = (1.2, 1.6)


@dataclass(frozen=True)
class Kind:
    """A kind of room.

    Attributes:
        share: How frequent it is among all rooms.
        width, depth: Ranges in metres.
        wishes: What it may hold, in the order of placing.
        props: Small things for its table tops, with repetition for the frequent ones.
        clutter: How many of those to try for each square metre of table top.
    """

    share: float
    width: tuple[float, float]
    depth: tuple[float, float]
    wishes: tuple[Wish, ...]
    props: tuple[str, ...]
    clutter: float


_DOOR = Wish("door", "hang", height=(0, 0))
_WINDOWS = Wish("window", "hang", 0.65, 2, height=(0.75, 1.0))
_PICTURES = Wish("picture", "hang", 0.6, 6, height=(1.2, 1.6))
_SITTER = Wish("person", "free", 0.06)

KINDS: dict[str, Kind] = {
    "bedroom": Kind(
        0.26,
        (2.7, 4.0),
        (2.8, 4.4),
        (
            _DOOR,
            Wish("bed", "wall"),
            Wish("night_stand", "beside", 0.7, 2, of="bed"),
            _WINDOWS,
            Wish("dresser", "wall", 0.75),
            Wish("cabinet", "wall", 0.75, 2),
            Wish("desk", "wall", 0.4),
            Wish("chair", "before", 0.9, of="desk"),
            Wish("bookshelf", "wall", 0.35),
            Wish("column", "wall", 0.15),
            Wish("mirror", "hang", 0.5, height=(0.9, 1.2)),
            Wish("mirror", "over", 0.5, of="dresser", height=(1.25, 1.3)),
            Wish("picture", "over", 0.5, of="bed", height=(1.35, 1.6)),
            _PICTURES,
            Wish("shelves", "hang", 0.25),
            Wish("hanging_clothes", "hang", 0.3, height=(0.9, 1.1)),
            Wish("chair", "free", 0.6, 2),
            Wish("stool", "free", 0.3),
            Wish("floor_mat", "free", 0.8),
            Wish("box", "free", 0.25, 2),
            Wish("bag", "free", 0.1),
            Wish("clothes", "free", 0.3, 2),
            Wish("bin", "free", 0.3),
            Wish("floor_lamp", "wall", 0.25),
            _SITTER,
        ),
        ("books", "lamp", "clothes", "clothes", "vessel", "box", "paper", "pillow", "plant", "television"),
        4.0,
    ),
    "living room": Kind(
        0.26,
        (3.2, 5.0),
        (3.2, 5.0),
        (
            _DOOR,
            Wish("fireplace", "wall", 0.25),
            Wish("sofa", "wall"),
            Wish("coffee_table", "before", 0.85, of="sofa"),
            _WINDOWS,
            Wish("window", "hang", 0.4, height=(0.75, 1.0)),
            Wish("cabinet", "wall", 0.85, 2),
            Wish("bookshelf", "wall", 0.5, 2),
            Wish("sofa", "wall", 0.8),
            Wish("sofa", "free", 0.6),
            Wish("dresser", "wall", 0.2),
            Wish("table", "free", 0.4),
            Wish("chair", "around", 0.8, 4, of="table"),
            Wish("column", "wall", 0.2),
            Wish("picture", "over", 0.6, of="sofa", height=(1.3, 1.6)),
            _PICTURES,
            Wish("shelves", "hang", 0.3),
            Wish("mirror", "hang", 0.2),
            Wish("floor_lamp", "wall", 0.5, 2),
            Wish("stool", "free", 0.45),
            Wish("plant", "wall", 0.5, 2),
            Wish("floor_mat", "free", 0.9),
            Wish("box", "free", 0.15),
            Wish("bag", "free", 0.06),
            Wish("chair", "free", 0.6, 2),
            _SITTER,
        ),
        ("books", "lamp", "vessel", "vessel", "plant", "television", "television", "paper", "box", "books"),
        4.5,
    ),
    "kitchen": Kind(
        0.19,
        (2.8, 4.2),
        (2.8, 4.5),
        (
            _DOOR,
            Wish("counter", "wall", 1.0, 2),
            Wish("cooker", "beside", 0.8, of="counter"),
            Wish("refridgerator", "wall", 0.9),
            Wish("window", "over", 0.45, of="counter", height=(1.17, 1.3)),
            Wish("wall_cabinet", "over", 0.8, of="counter", height=(1.4, 1.5)),
            Wish("wall_cabinet", "hang", 0.7, 3, height=(1.4, 1.5)),
            Wish("cabinet", "wall", 0.6),
            _WINDOWS,
            Wish("table", "free", 0.7),
            Wish("chair", "around", 0.75, 4, of="table"),
            Wish("shelves", "hang", 0.4),
            Wish("stool", "free", 0.3),
            Wish("towel", "hang", 0.3, height=(0.8, 1.0)),
            Wish("picture", "hang", 0.4, 2),
            Wish("bin", "wall", 0.5),
            Wish("box", "wall", 0.25),
            Wish("bag", "free", 0.06),
            Wish("notice", "hang", 0.3),
            Wish("floor_mat", "free", 0.25),
            Wish("column", "wall", 0.2),
            _SITTER,
        ),
        ("vessel", "vessel", "vessel", "plant", "box", "paper", "folded_towels", "books"),
        8.0,
    ),
    "bathroom": Kind(
        0.12,
        (1.9, 2.8),
        (2.2, 3.2),
        (
            _DOOR,
            Wish("bathtub", "wall", 0.85),
            Wish("wash_stand", "wall"),
            Wish("mirror", "over", 0.9, of="wash_stand", height=(1.12, 1.2)),
            Wish("toilet", "wall", 0.95),
            Wish("window", "hang", 0.35, height=(1.2, 1.4)),
            Wish("towel", "hang", 0.8, 2, height=(0.8, 1.1)),
            Wish("wall_cabinet", "hang", 0.4, height=(1.3, 1.5)),
            Wish("shelves", "hang", 0.3),
            Wish("bin", "wall", 0.5),
            Wish("picture", "hang", 0.3),
            Wish("floor_mat", "free", 0.9),
            Wish("clothes", "free", 0.3),
            Wish("stool", "free", 0.2),
            Wish("column", "wall", 0.2),
        ),
        ("vessel", "vessel", "folded_towels", "box", "plant", "paper"),
        10.0,
    ),
    "office": Kind(
        0.13,
        (2.8, 4.6),
        (2.8, 4.6),
        (
            _DOOR,
            Wish("desk", "wall", 0.9, 3),
            Wish("chair", "before", 0.95, of="desk"),
            Wish("bookshelf", "wall", 0.7, 2),
            Wish("whiteboard", "hang", 0.5, height=(0.9, 1.1)),
            _WINDOWS,
            Wish("cabinet", "wall", 0.6, 2),
            Wish("table", "free", 0.3),
            Wish("chair", "around", 0.7, 3, of="table"),
            Wish("shelves", "hang", 0.5, 2),
            Wish("notice", "hang", 0.5, 2),
            Wish("picture", "hang", 0.35, 2),
            Wish("sofa", "wall", 0.15),
            Wish("box", "free", 0.45, 3),
            Wish("bag", "free", 0.12),
            Wish("bin", "free", 0.5),
            Wish("plant", "wall", 0.3),
            Wish("column", "wall", 0.3),
            Wish("hanging_clothes", "hang", 0.15, height=(0.9, 1.1)),
            Wish("person", "free", 0.12),
        ),
        ("monitor", "monitor", "paper", "paper", "books", "books", "box", "lamp", "vessel", "plant"),
        6.0,
    ),
    "classroom": Kind(
        0.04,
        (4.5, 6.5),
        (4.5, 7.0),
        (
            _DOOR,
            Wish("whiteboard", "hang", 1.0, 2, height=(0.9, 1.1)),
            Wish("window", "hang", 0.9, 3, height=(0.8, 1.0)),
            Wish("podium", "free", 0.6),
            Wish("table", "free", 0.9, 4),
            Wish("chair", "around", 0.8, 3, of="table"),
            Wish("chair", "free", 0.5, 3),
            Wish("column", "wall", 0.5, 2),
            Wish("cabinet", "wall", 0.5),
            Wish("bookshelf", "wall", 0.3),
            Wish("notice", "hang", 0.7, 2),
            Wish("bag", "free", 0.3),
            Wish("bin", "wall", 0.6),
            Wish("person", "free", 0.5, 2),
        ),
        ("paper", "paper", "books", "box", "vessel", "monitor"),
        3.5,
    ),
}

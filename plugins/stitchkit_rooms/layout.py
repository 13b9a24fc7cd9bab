"""What stands in a room and where: drawn piece by piece, a piece that would overlap another is left out."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stitchkit_rooms.furniture import RECIPES
from stitchkit_rooms.kinds import KINDS, Kind, Wish
from stitchkit_rooms.shapes import Model, Range
from stitchkit_rooms.stock import Stock

LIES_ON_SEATS = ("clothes", "clothes", "pillow", "pillow", "books", "paper", "bag")
TRIES = 16  # places tried for a piece before it is left out


@dataclass(frozen=True)
class Pose:
    """Where a piece stands: the middle of its back edge in metres, and its turn about z in degrees."""

    x: float
    y: float
    z: float
    turn: float

    @property
    def rotation(self) -> NDArray[np.float64]:
        """Piece's frame to the room's, [3, 3]."""
        c, s = np.cos(np.radians(self.turn)), np.sin(np.radians(self.turn))
        return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])

    def apply(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points [..., 3] of the piece's frame in the room's."""
        return points @ self.rotation.T + [self.x, self.y, self.z]

    def then(self, x: float, y: float, z: float, turn: float) -> "Pose":
        """The pose of something placed in this piece's own frame."""
        px, py, pz = self.apply(np.array([x, y, z]))
        return Pose(float(px), float(py), float(pz), self.turn + turn)


@dataclass(frozen=True)
class Item:
    """A piece in its place. ``keep`` is free space in metres that it wants in front of it."""

    name: str
    model: Model
    pose: Pose
    keep: float = 0.0

    @cached_property
    def footprint(self) -> NDArray[np.float64]:
        """Corners of the floor it takes, with the free space before it: [4, 2]."""
        w, d, _ = self.model.size
        half, end = w / 2, d + self.keep
        corners = np.array([[-half, 0, 0], [half, 0, 0], [half, end, 0], [-half, end, 0]])
        return self.pose.apply(corners)[:, :2]

    @property
    def span(self) -> Range:
        """From its lowest to its highest point."""
        return self.pose.z, self.pose.z + self.model.size[2]


def apart(a: Item, b: Item, slack: float = 0.004, rug: float = 0.015) -> bool:
    """Whether two pieces do not overlap (bounding boxes turned about z; separating axes).

    Up to ``slack`` metres do not count sideways, up to ``rug`` metres upwards: things stand on rugs.
    """
    if a.span[0] > b.span[1] - rug or b.span[0] > a.span[1] - rug:
        return True
    first, second = a.footprint, b.footprint
    axes = np.concatenate([first[1:3] - first[:2], second[1:3] - second[:2]])
    axes /= np.hypot(axes[:, 0], axes[:, 1])[:, None]
    p, q = first @ axes.T, second @ axes.T
    return bool(((p.min(0) > q.max(0) - slack) | (q.min(0) > p.max(0) - slack)).any())


@dataclass
class Room:
    """A furnished room: x in [0, width], y in [0, depth], z in [0, height] metres."""

    kind: str
    width: float
    depth: float
    height: float
    stock: Stock
    items: list[Item]

    def fits(self, item: Item) -> bool:
        """Whether a piece lies inside the walls and overlaps nothing."""
        corners, bounds = item.footprint, np.array([self.width, self.depth])
        inside = (corners > -1e-3).all() and (corners < bounds + 1e-3).all()
        return bool(inside) and all(apart(item, other) for other in self.items)

    def wall(self, number: int) -> tuple[float, Pose]:
        """Length of a wall, and the pose at its start looking into the room (x runs along the wall)."""
        w, d = self.width, self.depth
        starts = (Pose(0, 0, 0, 0), Pose(w, 0, 0, 90), Pose(w, d, 0, 180), Pose(0, d, 0, 270))
        return (w if number % 2 == 0 else d), starts[number]


def furnish(rng: np.random.Generator) -> Room:
    """Draw a room of a random kind with everything in it."""
    names = list(KINDS)
    kind_name = names[rng.choice(len(names), p=[KINDS[name].share for name in names])]
    kind, stock = KINDS[kind_name], Stock(rng)
    height = stock.between(2.35, 2.9)
    room = Room(kind_name, stock.between(*kind.width), stock.between(*kind.depth), height, stock, [])
    _hang_lamps(room)
    for wish in kind.wishes:
        hosts = [item for item in room.items if item.name == wish.of] if wish.of else [None]
        for host in hosts:
            for _ in range(wish.most):
                if stock.chance(wish.chance):
                    _place(room, wish, host)
    _strew(room, kind)
    return room


def _hang_lamps(room: Room) -> None:
    for share in (0.5,) if room.width * room.depth < 16 else (0.3, 0.7):
        model = RECIPES["ceiling_lamp"](room.stock)
        x, y = room.width * 0.5, room.depth * share
        room.items.append(Item("ceiling_lamp", model, Pose(x, y - model.size[1] / 2, room.height - 0.12, 0)))


def _place(room: Room, wish: Wish, host: Item | None) -> None:
    model = RECIPES[wish.what](room.stock)
    keep = 0.75 if wish.what == "door" else 0.0
    for _ in range(TRIES):
        item = Item(wish.what, model, _pose(room, wish, model, host), keep)
        if item.span[1] < room.height and room.fits(item):
            room.items.append(item)
            return


def _pose(room: Room, wish: Wish, model: Model, host: Item | None) -> Pose:
    stock, (w, d, _) = room.stock, model.size
    if host is None and wish.where == "free":
        square = 0.0 if wish.what == "floor_mat" else stock.between(-40, 40) if stock.chance(0.5) else 0.0
        turn = 90 * stock.count(0, 3) + square
        return Pose(stock.between(0.2, room.width - 0.2), stock.between(0.2, room.depth - 0.2), 0, turn)
    if host is None:
        length, start = room.wall(stock.count(0, 3))
        along = stock.between(min(w / 2, length / 2), max(length - w / 2, length / 2))
        if wish.where == "hang":
            return start.then(along, 0, stock.between(*wish.height), 0)
        if stock.chance(0.35):  # many things stand in corners
            along = w / 2 + 0.01 if stock.chance(0.5) else length - w / 2 - 0.01
        return start.then(along, stock.between(0.005, 0.05), 0, 0)
    hw, hd, _ = host.model.size
    if wish.where == "beside":
        side = 1 if stock.chance(0.5) else -1
        return host.pose.then(side * (hw + w + stock.between(0.02, 0.2)) / 2, 0, 0, 0)
    if wish.where == "over":
        x = stock.between(-0.2, 0.2) * hw
        back = host.pose.then(x, 0, 0, 0)
        return _against_wall(room, back, stock.between(*wish.height))
    reach = stock.between(0.03, 0.25) + d
    if wish.where == "before":
        if wish.what == "chair":
            return host.pose.then(stock.between(-0.2, 0.2) * hw, hd + reach, 0, 180 + stock.between(-25, 25))
        return host.pose.then(stock.between(-0.1, 0.1) * hw, hd + stock.between(0.25, 0.5), 0, 0)
    side, spread = stock.count(0, 3), stock.between(-0.3, 0.3)
    places = (
        (spread * hw, hd + reach, 180),
        (spread * hw, -reach, 0),
        (hw / 2 + reach, hd / 2, 90),
        (-hw / 2 - reach, hd / 2, 270),
    )
    x, y, turn = places[side]
    return host.pose.then(x, y, 0, turn + stock.between(-15, 15))


def _against_wall(room: Room, back: Pose, height: float) -> Pose:
    """The pose moved back onto the wall it stands near, and up to a height."""
    number = round(back.turn / 90) % 4
    x = back.x if number % 2 == 0 else (room.width if number == 1 else 0.0)
    y = back.y if number % 2 == 1 else (room.depth if number == 2 else 0.0)
    return Pose(x, y, height, back.turn)


def _strew(room: Room, kind: Kind) -> None:
    """Put small things on everything level."""
    stock = room.stock
    for host in list(room.items):
        choice = LIES_ON_SEATS if host.name in ("sofa", "chair", "bed") else kind.props
        for x, y, z in host.model.tops:
            area = (x[1] - x[0]) * (y[1] - y[0])
            small = stock.rng.poisson(kind.clutter * area + 0.2)
            for _ in range(min(int(small), 8)):
                model = RECIPES[stock.one(*choice)](stock)
                w, d, _ = model.size
                if w > x[1] - x[0] or d > y[1] - y[0]:
                    continue
                for _ in range(3):
                    at = stock.between(x[0] + w / 2, x[1] - w / 2), stock.between(y[0], y[1] - d)
                    pose = host.pose.then(*at, z + 0.001, stock.between(-12, 12))
                    item = Item("prop", model, pose)
                    others = [o for o in room.items if o is not host]
                    if item.span[1] < room.height - 0.05 and all(apart(item, o) for o in others):
                        room.items.append(item)
                        break

"""What things are kept in and on: cabinets, dressers, shelves, refrigerators."""

from stitchkit_rooms.furniture.beds_and_seats import legs
from stitchkit_rooms.shapes import Model, Range
from stitchkit_rooms.stock import Stock
from stitchkit_rooms.textures import Material


def fronts(
    model: Model, name: str, stock: Stock, material: Material, z: Range, rows: int, columns: int
) -> None:
    """Doors or drawers with handles on the front of a carcass, which ends 2 cm behind the piece's front."""
    w, d, _ = model.size
    handle, knob = stock.metal() if stock.chance(0.7) else stock.wood(), stock.chance(0.5)
    wide, high = w / columns, (z[1] - z[0]) / rows
    for r in range(rows):
        for c in range(columns):
            x, low = -w / 2 + c * wide, z[0] + r * high
            model.box(name, material, (x + 0.008, x + wide - 0.008), (d - 0.02, d - 0.008),
                      (low + 0.008, low + high - 0.008))  # fmt: skip
            middle, level = (
                (x + wide / 2, low + 0.6 * high) if rows >= columns else (x + wide - 0.06, low + high / 2)
            )
            half, tall = (0.015, 0.015) if knob else (0.06, 0.008) if rows >= columns else (0.008, 0.07)
            model.box(
                name, handle, (middle - half, middle + half), (d - 0.01, d), (level - tall, level + tall)
            )


def carcass(model: Model, name: str, stock: Stock, rows: int, columns: int, feet: float = 0.06) -> None:
    """A closed box on a plinth or on legs, with a top that carries things."""
    w, d, h = model.size
    body, front = stock.surface(), stock.surface()
    if feet > 0.08:
        legs(model, name, stock, feet, 0.04)
    else:
        model.box(name, body, (-w / 2 + 0.02, w / 2 - 0.02), (0, d - 0.06), (0, feet))
    model.box(name, body, (-w / 2, w / 2), (0, d - 0.02), (feet, h - 0.03))
    model.box(name, body, (-w / 2 - 0.005, w / 2 + 0.005), (0, d), (h - 0.03, h))
    fronts(model, name, stock, body if stock.chance(0.7) else front, (feet, h - 0.03), rows, columns)
    model.tops.append(((-w / 2 + 0.03, w / 2 - 0.03), (0.03, d - 0.03), h))


def cabinet(stock: Stock) -> Model:
    """A low cabinet or a wardrobe, with doors."""
    tall = stock.chance(0.35)
    w, d = stock.between(0.7, 1.6), stock.between(0.38, 0.6)
    model = Model((w, d, stock.between(1.7, 2.2) if tall else stock.between(0.6, 1.1)))
    carcass(model, "cabinet", stock, 1, max(1, round(w / 0.5)))
    return model


def wall_cabinet(stock: Stock) -> Model:
    """A cabinet that hangs on the wall."""
    w, h = stock.between(0.6, 1.8), stock.between(0.5, 0.8)
    model = Model((w, stock.between(0.28, 0.36), h))
    body = stock.surface()
    model.box("cabinet", body, (-w / 2, w / 2), (0, model.size[1] - 0.02), (0, h))
    fronts(model, "cabinet", stock, body, (0, h), 1, max(1, round(w / 0.45)))
    return model


def dresser(stock: Stock) -> Model:
    """A chest of drawers."""
    model = Model((stock.between(0.8, 1.5), stock.between(0.42, 0.52), stock.between(0.75, 1.15)))
    carcass(model, "dresser", stock, stock.count(3, 5), stock.count(1, 2), feet=stock.between(0.04, 0.16))
    return model


def night_stand(stock: Stock) -> Model:
    """A small chest beside the bed."""
    model = Model((stock.between(0.38, 0.55), stock.between(0.35, 0.45), stock.between(0.45, 0.65)))
    carcass(model, "night stand", stock, stock.count(1, 3), 1, feet=stock.between(0.04, 0.25))
    return model


def bookshelf(stock: Stock) -> Model:
    """Open shelves full of books and some other things."""
    w, d, h = stock.between(0.7, 1.3), stock.between(0.26, 0.34), stock.between(1.1, 2.1)
    model = Model((w, d, h), tops=[((-w / 2, w / 2), (0, d), h)])
    wood = stock.surface()
    model.box("bookshelf", wood, (-w / 2, w / 2), (0, 0.012), (0, h))
    for x in (-w / 2, w / 2 - 0.025):
        model.box("bookshelf", wood, (x, x + 0.025), (0, d), (0, h))
    count = max(3, round(h / 0.36))
    for k in range(count + 1):
        z = k * (h - 0.025) / count
        model.box("bookshelf", wood, (-w / 2, w / 2), (0, d), (z, z + 0.025))
        if k < count and stock.chance(0.85):
            row_of_books(model, stock, (-w / 2 + 0.03, w / 2 - 0.03), z + 0.025, h / count - 0.06)
    return model


def row_of_books(model: Model, stock: Stock, x: Range, z: float, room: float) -> None:
    """Books side by side, with a gap or an ornament somewhere."""
    at = x[0] + stock.between(0, 0.1)
    end = x[1] - stock.between(0, 0.3)
    while True:
        thick, tall = stock.between(0.025, 0.06), room * stock.between(0.6, 0.98)
        if at + thick > end:
            return
        if stock.chance(0.05):
            at += stock.between(0.05, 0.15)
        model.box("books", stock.paint(), (at, at + thick), (0.02, stock.between(0.17, 0.24)), (z, z + tall))
        at += thick + 0.002


def shelves(stock: Stock) -> Model:
    """One to three boards on the wall, with things on them."""
    w, d, gap, boards = (
        stock.between(0.6, 1.3),
        stock.between(0.2, 0.28),
        stock.between(0.28, 0.36),
        stock.count(2, 4),
    )
    model = Model((w, d, gap * boards))
    wood = stock.surface()
    for k in range(boards):
        model.box("shelves", wood, (-w / 2, w / 2), (0, d), (k * gap, k * gap + 0.03))
        model.tops.append(((-w / 2, w / 2), (0.01, d - 0.01), k * gap + 0.03))
    for x in (-w / 2 + 0.1, w / 2 - 0.13):
        model.box("shelves", wood, (x, x + 0.03), (0, 0.03), (0, gap * boards))
    return model


def refridgerator(stock: Stock) -> Model:
    """Two doors above one another, with long handles."""
    w, d, h = stock.between(0.6, 0.9), stock.between(0.6, 0.75), stock.between(1.5, 1.9)
    model = Model((w, d, h), tops=[((-w / 2, w / 2), (0, d - 0.1), h)])
    shell, split = stock.enamel(), h * stock.between(0.25, 0.72)
    name, handle = "refridgerator", stock.metal()
    model.box(name, shell, (-w / 2, w / 2), (0, d - 0.07), (0.02, h))
    for low, high in ((0.06, split - 0.005), (split + 0.005, h)):
        model.box(name, shell, (-w / 2, w / 2), (d - 0.065, d - 0.02), (low, high))
        middle = (low + high) / 2
        model.box(name, handle, (-w / 2 + 0.04, -w / 2 + 0.06), (d - 0.02, d), (middle - 0.15, middle + 0.15))
    return model

"""The 40 classes of NYUv2 in their usual order; a label is the position in this list, counted from 1.

And the four structural classes of Silberman, Hoiem, Kohli and Fergus (ECCV 2012): ground, permanent
structures, furniture and props. Which of the 40 belong to each is decided here, by what the paper means by
them: what one walks on, what is fixed to the building, large pieces, and things that are easily carried.
"""

CLASSES = (
    "wall", "floor", "cabinet", "bed", "chair", "sofa", "table", "door", "window", "bookshelf",
    "picture", "counter", "blinds", "desk", "shelves", "curtain", "dresser", "pillow", "mirror", "floor mat",
    "clothes", "ceiling", "books", "refridgerator", "television", "paper", "towel", "shower curtain", "box",
    "whiteboard", "person", "night stand", "toilet", "sink", "lamp", "bathtub", "bag", "otherstructure",
    "otherfurniture", "otherprop",
)  # fmt: skip

LABELS = {name: number for number, name in enumerate(CLASSES, start=1)}

STRUCTURE: dict[str, tuple[str, ...]] = {
    "ground": ("floor", "floor mat"),
    "structure": ("wall", "door", "window", "blinds", "ceiling", "whiteboard", "otherstructure"),
    "furniture": (
        "cabinet", "bed", "chair", "sofa", "table", "bookshelf", "counter", "desk", "shelves", "dresser",
        "refridgerator", "night stand", "toilet", "sink", "bathtub", "otherfurniture",
    ),
    "props": (
        "picture", "curtain", "pillow", "mirror", "clothes", "books", "television", "paper", "towel",
        "shower curtain", "box", "person", "lamp", "bag", "otherprop",
    ),
}  # fmt: skip

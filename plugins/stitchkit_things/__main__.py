"""``python -m stitchkit_things PICTURE.jpg``: draw twelve pictures with their boxes and attributes."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from stitchkit_things.order import Order
from stitchkit_things.render import Picture

SEED, COLUMNS, ROWS, ZOOM = 7, 4, 3, 2


def labelled(picture: Picture) -> NDArray[np.uint8]:
    """The picture, `ZOOM` times as large, with box and name of every object; difficult ones are grey."""
    height, width, _ = picture.image.shape
    large = Image.fromarray(picture.image).resize((ZOOM * width, ZOOM * height), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(large)
    for thing in picture.things:
        left, top, right, bottom = (ZOOM * edge for edge in thing.box)
        colour = "grey" if thing.difficult else "red"
        pen.rectangle((left, top, right - 1, bottom - 1), outline=colour)
        pen.text((left + 3, top + 1), thing.kind, fill=colour)
    return np.asarray(large)


def sheet(pictures: list[Picture]) -> NDArray[np.uint8]:
    """Pictures in rows of `COLUMNS`, uint8 RGB."""
    tiles = [labelled(picture) for picture in pictures]
    rows = [np.concatenate(tiles[k : k + COLUMNS], axis=1) for k in range(0, len(tiles), COLUMNS)]
    return np.concatenate(rows)


def main(words: list[str]) -> int:
    """Write the picture to the path given; returns the exit status."""
    if len(words) != 1:
        print("usage: python -m stitchkit_things PICTURE.jpg", file=sys.stderr)
        return 2
    shots = Order(train=COLUMNS * ROWS, test=1, size=(160, 200), seed=SEED).shots()[: COLUMNS * ROWS]
    Image.fromarray(sheet([shot.take() for shot in shots])).save(Path(words[0]), optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``python -m stitchkit_rooms PICTURE.png``: draw eight frames with their labels and normals."""

import sys
from pathlib import Path

import numpy as np
from matplotlib.colors import hsv_to_rgb
from numpy.typing import NDArray
from PIL import Image

from stitchkit_rooms.classes import CLASSES
from stitchkit_rooms.render import Frame
from stitchkit_rooms.visit import VIEWS, Order

SEED = 7


def strip(frame: Frame) -> NDArray[np.uint8]:
    """Image, labels and normals side by side, uint8 RGB [H, 3 W, 3]; void is black."""
    hue = np.mod(0.618 * np.arange(len(CLASSES)), 1)
    colours = hsv_to_rgb(np.stack([hue, 0.4 + 0.4 * np.mod(7 * hue, 1), 0.95 - 0.4 * np.mod(3 * hue, 1)], -1))
    palette = np.concatenate([np.zeros((1, 3)), colours])
    labels = (255 * palette[frame.labels]).astype(np.uint8)
    normals = (127.5 * (1 - frame.normals)).astype(np.uint8)
    return np.concatenate([frame.image, labels, normals], axis=1)


def sheet(frames: list[Frame]) -> NDArray[np.uint8]:
    """Strips in two columns, uint8 RGB."""
    strips = [strip(frame) for frame in frames]
    half = len(strips) // 2
    return np.concatenate([np.concatenate(strips[:half]), np.concatenate(strips[half:])], axis=1)


def main(words: list[str]) -> int:
    """Write the picture to the path given; returns the exit status."""
    if len(words) != 1:
        print("usage: python -m stitchkit_rooms PICTURE.png", file=sys.stderr)
        return 2
    visits = Order(train=8 * VIEWS, test=1, size=(120, 160), seed=SEED).rooms()[:8]
    frames = [visit.frames()[0][1] for visit in visits]
    Image.fromarray(sheet(frames)).save(Path(words[0]), optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

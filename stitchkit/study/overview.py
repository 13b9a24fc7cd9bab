"""Pictures of one frame side by side, each under its name."""

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

MOST_HEIGHT = 480  # of each picture, in pixels; larger ones are made smaller
_STRIP, _FONT, _GAP = 26, 16, 8  # pixels: of the strip with the name, of its letters, between pictures
_LEAST_WIDTH = 120  # of a column, so that its name can be read


def side_by_side(pictures: Mapping[str, Tensor]) -> Image.Image:
    """One picture of several, from left to right in their order.

    Args:
        pictures: uint8 RGB [3, H, W], by name.
    """
    shown = {name: _shrunk(to_image(picture)) for name, picture in pictures.items()}
    widths = [max(picture.width, _LEAST_WIDTH) for picture in shown.values()]
    height = max(picture.height for picture in shown.values())
    whole = Image.new("RGB", (sum(widths) + _GAP * (len(shown) - 1), height + _STRIP), "white")
    draw, font, left = ImageDraw.Draw(whole), ImageFont.load_default(_FONT), 0
    for (name, picture), width in zip(shown.items(), widths, strict=True):
        draw.text((left, _STRIP // 2), name, "black", font, anchor="lm")
        whole.paste(picture, (left, _STRIP))
        left += width + _GAP
    return whole


def to_image(picture: Tensor) -> Image.Image:
    """The picture of a tensor, uint8 RGB [3, H, W]."""
    return Image.fromarray(np.ascontiguousarray(picture.as_subclass(Tensor).cpu().permute(1, 2, 0).numpy()))


def _shrunk(picture: Image.Image) -> Image.Image:
    if picture.height <= MOST_HEIGHT:
        return picture
    width = max(1, round(picture.width * MOST_HEIGHT / picture.height))
    return picture.resize((width, MOST_HEIGHT), Image.Resampling.BOX)

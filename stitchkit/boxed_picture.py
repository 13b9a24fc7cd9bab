"""Boxes with labels, drawn on an image."""

import colorsys

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

SEEN_HEIGHT = 240  # in pixels; the reader sees pictures at about this height
_LINE, _FONT = 2, 12  # pixels of a line and of a letter's height at that size

Rectangle = tuple[int, int, int, int]
Colour = tuple[int, int, int]


class BoxedPicture:
    """An image to draw on, with lines and letters that stay readable when the picture is made small.

    Args:
        image: uint8 RGB [3, H, W].

    Attributes:
        height: In pixels.
        width: In pixels.
        line: Thickness of lines in pixels.
    """

    def __init__(self, image: Tensor) -> None:
        pixels = image.as_subclass(Tensor).cpu().permute(1, 2, 0).contiguous().numpy()
        self._picture = Image.fromarray(pixels)
        self._pen = ImageDraw.Draw(self._picture)
        self.width, self.height = self._picture.size
        scale = max(1.0, self.height / SEEN_HEIGHT)
        self.line = round(_LINE * scale)
        self._font = ImageFont.load_default(round(_FONT * scale))

    def outline(self, box: Tensor, colour: Colour) -> Rectangle:
        """Outline a box [4], edges in pixels; returns it in whole pixels, the last ones inside."""
        left, top, right, bottom = box.as_subclass(Tensor).round().int().tolist()
        pixels = left, top, max(left, right - 1), max(top, bottom - 1)
        self._pen.rectangle(pixels, outline=colour, width=self.line)
        return pixels

    def extent(self, text: str) -> tuple[int, int]:
        """Width and height of a label in pixels, its margin included; the text may have several lines."""
        _, _, right, bottom = self._pen.multiline_textbbox((0, 0), text, self._font)
        return round(right) + 2 * self.line, round(bottom) + self.line

    def label(self, left: int, top: int, text: str, colour: Colour) -> Rectangle:
        """Write black letters on a coloured ground; returns the ground."""
        wide, high = self.extent(text)
        ground = left, top, left + wide, top + high
        self._pen.rectangle(ground, fill=colour)
        self._pen.multiline_text((left + self.line, top), text, "black", self._font)
        return ground

    def pixels(self) -> Tensor:
        """What was drawn: uint8 RGB [3, H, W]."""
        return torch.from_numpy(np.array(self._picture)).permute(2, 0, 1).contiguous()


def distinct_colour(number: int) -> Colour:
    """A light colour for black letters on it; the hues of numbers that follow each other are far apart."""
    golden_ratio = 0.618034
    red, green, blue = colorsys.hsv_to_rgb(number * golden_ratio % 1, 0.6, 1.0)
    return round(255 * red), round(255 * green), round(255 * blue)

"""Backbones: what one-task networks are made of."""

from stitchkit.backbones.base import Backbone, Preprocess
from stitchkit.backbones.caffenet import CaffeNet, caffenet

__all__ = ["Backbone", "CaffeNet", "Preprocess", "caffenet"]

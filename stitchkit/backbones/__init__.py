"""Backbones: what one-task networks are made of."""

from stitchkit.backbones.base import Backbone, Preprocess

__all__ = ["Backbone", "Preprocess"]

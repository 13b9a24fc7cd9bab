"""Backbones: what one-task networks are made of."""

from stitchkit.backbones.base import Backbone, Preprocess
from stitchkit.backbones.caffenet import CaffeNet, caffenet
from stitchkit.backbones.model import ModelBackbone

__all__ = ["Backbone", "CaffeNet", "ModelBackbone", "Preprocess", "caffenet"]

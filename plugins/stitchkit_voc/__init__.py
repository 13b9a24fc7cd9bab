"""PASCAL VOC 2008 with the attributes of a-PASCAL: objects with boxes, classes and 64 attributes."""

from stitchkit_voc.dataset import VOC2008, VOC2008Config
from stitchkit_voc.prepare import PrepareOptions

__all__ = ["VOC2008", "PrepareOptions", "VOC2008Config"]

"""Semantic segmentation: a class for every pixel (paper, Section 5)."""

from stitchkit_segmentation.metrics import Confusion
from stitchkit_segmentation.task import Segmentation, SegmentationConfig

__all__ = ["Confusion", "Segmentation", "SegmentationConfig"]

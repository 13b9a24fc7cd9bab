"""Depth from one image, as a task of stitchkit."""

from example_depth.metrics import DepthMetrics
from example_depth.task import Depth, DepthConfig

__all__ = ["Depth", "DepthConfig", "DepthMetrics"]

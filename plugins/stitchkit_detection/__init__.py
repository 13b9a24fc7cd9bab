"""Detection: boxes of objects with their classes and scores, as Fast R-CNN does it (paper, Section 6)."""

from stitchkit_detection.metrics import DetectionAP
from stitchkit_detection.task import Detection, DetectionConfig

__all__ = ["Detection", "DetectionAP", "DetectionConfig"]

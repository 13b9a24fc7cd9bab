"""NYU Depth v2: 1449 labelled frames of indoor scenes with depth (Silberman et al., ECCV 2012)."""

from stitchkit_nyuv2.dataset import NYUv2, NYUv2Config
from stitchkit_nyuv2.prepare import PrepareOptions

__all__ = ["NYUv2", "NYUv2Config", "PrepareOptions"]

"""Surface normals: a unit vector for every pixel (paper, Section 5)."""

from stitchkit_normals.metrics import NormalMetrics
from stitchkit_normals.task import SurfaceNormals, SurfaceNormalsConfig

__all__ = ["NormalMetrics", "SurfaceNormals", "SurfaceNormalsConfig"]

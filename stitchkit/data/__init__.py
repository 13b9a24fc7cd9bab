"""Data sets, the maps they hold, and how training reads them."""

from stitchkit.data.dataset import Dataset, Sample, Split
from stitchkit.data.maps import VOID, Depth, Labels, Normals, Target

__all__ = ["VOID", "Dataset", "Depth", "Labels", "Normals", "Sample", "Split", "Target"]

"""NDDR: cross-stitch units that mix every channel with every other (Gao et al., CVPR 2019)."""

from stitchkit_nddr.unit import NDDR, NDDRUnit

__all__ = ["NDDR", "NDDRUnit"]

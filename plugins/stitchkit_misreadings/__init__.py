"""Two common misreadings of cross-stitch units, for comparison only."""

from stitchkit_misreadings.all_ones import LegacyAllOnes
from stitchkit_misreadings.shared_row import LegacySharedRow, LegacySharedRowUnit

__all__ = ["LegacyAllOnes", "LegacySharedRow", "LegacySharedRowUnit"]

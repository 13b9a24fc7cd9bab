"""Units that stand at a tap and mix the activation maps of all networks (paper, Section 3.3)."""

from stitchkit.units.adapted import AdaptedUnit
from stitchkit.units.base import MixingUnit, SameTask, Sharing, Unit, convex_start
from stitchkit.units.cross_stitch import ConstrainedCrossStitchUnit, CrossStitch, CrossStitchUnit
from stitchkit.units.maps import check_maps, laid_out_like
from stitchkit.units.mix import mix

__all__ = [
    "AdaptedUnit",
    "ConstrainedCrossStitchUnit",
    "CrossStitch",
    "CrossStitchUnit",
    "MixingUnit",
    "SameTask",
    "Sharing",
    "Unit",
    "check_maps",
    "convex_start",
    "laid_out_like",
    "mix",
]

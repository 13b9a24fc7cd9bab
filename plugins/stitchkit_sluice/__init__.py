"""Sluice: cross-stitch units between subspaces of channels (Ruder et al., AAAI 2019)."""

from stitchkit_sluice.unit import Sluice, SluiceUnit

__all__ = ["Sluice", "SluiceUnit"]

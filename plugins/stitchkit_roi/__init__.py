"""Regions of interest: the mini-batches of Fast R-CNN (paper, Section 6)."""

from stitchkit_roi.sampler import RoISampler, RoISamplerConfig

__all__ = ["RoISampler", "RoISamplerConfig"]

"""Attributes: what is true of an object beside its class, such as "has wheel" (paper, Section 6)."""

from stitchkit_attributes.metrics import AttributeAP
from stitchkit_attributes.task import Attributes, AttributesConfig

__all__ = ["AttributeAP", "Attributes", "AttributesConfig"]

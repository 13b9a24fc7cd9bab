"""Recipes: what they may hold, how they are read and how they are written."""

from stitchkit.recipe.load import load
from stitchkit.recipe.resolved import dump
from stitchkit.recipe.schema import Loaded, Recipe, Variant

__all__ = ["Loaded", "Recipe", "Variant", "dump", "load"]

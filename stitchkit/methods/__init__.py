"""The rows of a table: what each method trains, builds and predicts. Registered as a stranger's would be."""

from stitchkit.methods.base import Bench, Method, Plans, Run

__all__ = ["Bench", "Method", "Plans", "Run"]

"""The kinds of plugins: the group of entry points and the base class of each."""

from importlib import import_module
from typing import Any, Literal, get_args

Kind = Literal["tasks", "datasets", "samplers", "proposals", "units", "backbones", "methods"]

KINDS: tuple[Kind, ...] = get_args(Kind)

BASES: dict[Kind, str] = {  # by name: most of them import torch, and names are read without it
    "tasks": "stitchkit.tasks.Task",
    "datasets": "stitchkit.data.Dataset",
    "samplers": "stitchkit.samplers.Sampler",
    "proposals": "stitchkit.proposals.Proposals",
    "units": "stitchkit.units.Unit",
    "backbones": "stitchkit.backbones.Backbone",
    "methods": "stitchkit.methods.Method",
}

RECIPE_KEYS: dict[Kind, tuple[str, ...]] = {"tasks": ("type", "weight"), "methods": ("type", "label")}
"""Keys of a plugin's block in a recipe that are not the plugin's own; ``type`` alone for the other kinds."""


def singular(kind: Kind) -> str:
    """``"task"`` for ``"tasks"``: for messages."""
    return kind.removesuffix("s")


def group(kind: Kind) -> str:
    """The group of entry points."""
    return f"stitchkit.{kind}"


def base_of(kind: Kind) -> Any:
    """The class that every plugin of a kind derives from."""
    module, _, name = BASES[kind].rpartition(".")
    return getattr(import_module(module), name)

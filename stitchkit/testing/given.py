"""What a test says of a plugin: its name, its class, or a block as in a recipe."""

from collections.abc import Mapping
from typing import Any

from stitchkit.data import Dataset
from stitchkit.plugins import Kind, find
from stitchkit.proposals import Proposals, Proposed
from stitchkit.recipe.schema import DataBlock, ProposalsBlock, SamplerBlock
from stitchkit.samplers import Sampler
from stitchkit.testing.excerpt import Excerpt

Plugin = str | Mapping[str, Any]
"""A plugin's name, or a block as in a recipe: its name under ``type``, and its options."""


def class_of(kind: Kind, plugin: str | type) -> Any:
    """The class of a plugin that is given by itself or by its name."""
    return find(kind, plugin) if isinstance(plugin, str) else plugin


def name_of(plugin: str | type) -> str:
    """A plugin's name as messages have it."""
    return plugin if isinstance(plugin, str) else plugin.__name__


def sampler_of(given: Plugin) -> Sampler:
    """A new sampler."""
    block = SamplerBlock.model_validate(_block(given))
    return block.plugin()(block.options())


def proposals_of(given: Plugin) -> Proposals:
    """New proposals."""
    block = ProposalsBlock.model_validate(_block(given))
    return block.plugin()(block.options())


def split_of(given: Plugin | Dataset, split: str, frames: int, proposals: Proposals | None = None) -> Dataset:
    """The first frames of a split, with their proposals.

    Args:
        given: A data set in a recipe's words; or one split of it, that stands for both.
        split: ``"train"`` or ``"test"``.
        frames: How many.
        proposals: Not prepared yet.
    """
    if not isinstance(given, Dataset):
        block = DataBlock.model_validate(_block(given))
        given = block.plugin()(block.options(), split)
    assert isinstance(given, Dataset)
    excerpt = Excerpt(given, frames)
    if proposals is None:
        return excerpt
    proposals.make(excerpt)
    return Proposed(excerpt, proposals)


def _block(given: Plugin) -> Mapping[str, Any]:
    return {"type": given} if isinstance(given, str) else given

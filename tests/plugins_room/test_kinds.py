from typing import get_args

import pytest

import stitchkit
from stitchkit import plugins
from stitchkit.plugins.kinds import BASES, KINDS, RECIPE_KEYS, base_of, singular
from stitchkit.recipe import schema

BLOCKS = {block.kind: block for block in schema.PluginBlock.__subclasses__()}


def test_kinds_are_those_of_the_type():
    assert KINDS == get_args(plugins.Kind) == tuple(BASES)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_base_and_a_decorator(kind):
    assert f"stitchkit.{kind}" in base_of(kind).__doc__
    assert f"{base_of(kind).__name__}`" in getattr(stitchkit, singular(kind)).__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_keys_that_options_cannot_have_are_those_of_the_recipe(kind):
    assert set(RECIPE_KEYS.get(kind, ("type",))) == set(BLOCKS[kind].model_fields)

"""A checked recipe as YAML text with every default written out."""

import os
from io import StringIO
from pathlib import Path, PurePath
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML

from stitchkit.recipe.schema import PluginBlock, Recipe


def dump(recipe: Recipe, folder: Path = Path()) -> str:
    """The recipe as YAML that `load` reads back to an equal recipe, defaults of schema and plugins included.

    Args:
        recipe: As `load` gave it.
        folder: Where the text is to stand: plugin files are named from there.

    Raises:
        InputError: A plugin that the recipe names is not installed.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.allow_unicode = False  # written raw, some line separators would not read back
    yaml.width = 110
    text = StringIO()
    files = [Path(os.path.relpath(file, folder)).as_posix() for file in recipe.plugins]
    yaml.dump(_plain(recipe) | {"plugins": files}, text)
    return text.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, PluginBlock):
        own = {name: _plain(getattr(value, name)) for name in type(value).model_fields}
        options = value.options()
        blocks = {name: _plain(option) for name, option in options if isinstance(option, PluginBlock)}
        return own | options.model_dump(mode="json") | blocks
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, PurePath) else value

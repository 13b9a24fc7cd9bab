"""What the shell offers when a word is completed. Nothing here imports torch, and no mistake is reported."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from stitchkit.errors import InputError

if TYPE_CHECKING:
    from stitchkit.plugins import Kind


def recipes(incomplete: str) -> list[str]:
    """Shipped recipes, YAML files, and folders on the way to some."""
    from stitchkit.recipe.shipped import ENDINGS, shipped

    here = Path(incomplete).parent if not incomplete.endswith("/") else Path(incomplete)
    found = sorted(here.iterdir()) if here.is_dir() else []
    paths = [f"{path}/" for path in found if path.is_dir() and not path.name.startswith(".")]
    return _starting(
        incomplete, [*shipped(), *(str(path) for path in found if path.suffix in ENDINGS), *paths]
    )


def shipped_recipes(incomplete: str) -> list[str]:
    """Shipped recipes alone."""
    from stitchkit.recipe.shipped import shipped

    return _starting(incomplete, shipped())


def profiles(context: typer.Context, incomplete: str) -> list[str]:
    """Profiles of the recipe that was given before."""
    from stitchkit.recipe.shipped import profiles_of, recipe_path

    try:
        return _starting(incomplete, profiles_of(recipe_path(Path(_first_word(context)))))
    except (InputError, OSError):
        return []


def plugin_names(kind: "Kind") -> Callable[[str], list[str]]:
    """Completion by the names of a kind's plugins."""

    def complete(incomplete: str) -> list[str]:
        from stitchkit.plugins import names

        return _starting(incomplete, names(kind))

    return complete


def rows(context: typer.Context, incomplete: str) -> list[str]:
    """Rows of the study that was given before."""
    return _starting(incomplete, _results(context).get("rows", {}))


def seeds(context: typer.Context, incomplete: str) -> list[str]:
    """Seeds of the study that was given before."""
    return _starting(incomplete, map(str, _results(context).get("seeds", [])))


def tasks(context: typer.Context, incomplete: str) -> list[str]:
    """Tasks of the study that was given before."""
    return _starting(incomplete, _results(context).get("tasks", {}))


def _results(context: typer.Context) -> dict[str, Any]:
    try:
        text = (Path(_first_word(context)) / "results.json").read_text(encoding="utf-8")
        return dict(json.loads(text))
    except (OSError, ValueError, TypeError):
        return {}


def _first_word(context: typer.Context) -> str:
    """What follows the command. It is not parsed while an option before the cursor still lacks its value."""
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or ""
    words = line.split()[len(context.command_path.split()) :]
    return words[0] if words else ""


def _starting(incomplete: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]

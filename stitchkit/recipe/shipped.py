"""The recipes that come with stitchkit, found by name."""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stitchkit.errors import InputError, unknown
from stitchkit.files import write_text
from stitchkit.recipe.sources import Source, read_sources

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Shipped:
    """A recipe that comes with stitchkit.

    Attributes:
        name: As the command line takes it: ``"paper/table5_nyu"``.
        path: Its file.
    """

    name: str
    path: Path

    @functools.cached_property
    def _sources(self) -> list[Source]:
        return read_sources(self.path)[0]

    @property
    def title(self) -> str:
        """What the recipe, or a base of it, calls itself."""
        titles = [source.body.child("title") for source in self._sources]
        return str(next((title.value for title in reversed(titles) if title is not None), ""))

    @property
    def profiles(self) -> list[str]:
        """Names of its profiles, ``default`` first, those of its bases included."""
        return _profiles(self._sources)


def profiles_of(path: Path) -> list[str]:
    """Names of a recipe's profiles, ``default`` first, those of its bases included.

    Raises:
        InputError: The file cannot be read.
    """
    return _profiles(read_sources(path)[0])


def _profiles(sources: Iterable[Source]) -> list[str]:
    return list(dict.fromkeys(["default", *(name for source in sources for name in source.profiles)]))


def shipped() -> dict[str, Shipped]:
    """All of them, by name, those of the top folder first."""
    folder = _folder()
    files = sorted(folder.rglob("*.yaml"), key=lambda file: (len(file.relative_to(folder).parts), file))
    named = {file.relative_to(folder).with_suffix("").as_posix(): file for file in files}
    return {name: Shipped(name, _seen_from_here(file)) for name, file in named.items()}


def _folder() -> Path:
    """Inside the package where it was installed; beside it in a checkout."""
    package = Path(__file__).parents[1]
    checkout = package.parent if (package.parent / "pyproject.toml").is_file() else package
    return checkout / "recipes"


def _seen_from_here(file: Path) -> Path:
    """Relative to the working folder where it lies there: shorter in messages and in what is written down."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def named(name: str) -> Shipped:
    """The recipe of a name, or of the last part of one that no other name ends with.

    Raises:
        InputError: There is none, with the closest names, or there are several.
    """
    known = shipped()
    if name in known:
        return known[name]
    ending = [each for each in known if each.rpartition("/")[2] == name]
    if len(ending) > 1:
        raise InputError(f"several recipes are called {name!r}: {', '.join(ending)}; give one of these names")
    if not ending:
        parts = [part for each in known for part in (each, each.rpartition("/")[2])]
        raise unknown("recipe", name, parts)
    return known[ending[0]]


def recipe_path(given: Path) -> Path:
    """A recipe's file: the path that was given, or else that of the recipe shipped under this name.

    Raises:
        InputError: Neither; what ends as a YAML file does is taken for a path, whether it is there or not.
    """
    if given.suffix in ENDINGS or given.is_file():
        return given
    return named(given.as_posix()).path


def copy(recipe: Shipped, to: Path) -> list[Path]:
    """Copy a recipe to edit it, and beside it the recipes that it is laid over; comments are kept.

    Bases keep their file's name. One that is there already with the same content is left as it is.

    Args:
        recipe: To copy.
        to: File to write.

    Returns:
        The files of the copy, the recipe's own first.

    Raises:
        InputError: A file of such a name is there, or ``to`` does not end as a YAML file does.
    """
    if to.suffix not in ENDINGS:
        raise InputError(f"{to}: a recipe's file must end in {' or '.join(ENDINGS)}")
    chain = [source.path for source in reversed(read_sources(recipe.path)[0])]
    places = [to, *(to.parent / path.name for path in chain[1:])]
    if len(set(places)) < len(places):
        raise InputError(f"{to}: a base of {recipe.name!r} has this name; take another")
    texts = {
        place: _with_base(path.read_text(encoding="utf-8"), base)
        for place, path, base in zip(places, chain, [*places[1:], None], strict=True)
    }
    for place, text in texts.items():
        if place.exists() and (place == to or place.read_text(encoding="utf-8") != text):
            raise InputError(f"{place} is there already and is not overwritten; give another --to")
    for place, text in texts.items():
        if not place.exists():
            write_text(place, text)
    return places


def _with_base(text: str, base: Path | None) -> str:
    """The text with another path as its base, in the same folder."""
    return text if base is None else re.sub(r"(?m)^base:[^#\n]*?(?=\s*(#|$))", f"base: {base.name}", text)

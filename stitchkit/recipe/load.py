"""From a recipe's file to a checked recipe, or to one error that lists every mistake in its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import accumulate
from pathlib import Path

from stitchkit.errors import unknown
from stitchkit.recipe.layers import changes_protocol, lay_over, read_overrides
from stitchkit.recipe.places import Node, Problem, as_error
from stitchkit.recipe.plugin_files import run_plugin_files, with_plugin_files
from stitchkit.recipe.schema import Loaded, Recipe, Variant
from stitchkit.recipe.sources import Source, read_sources
from stitchkit.recipe.taken_out import keeps_out
from stitchkit.recipe.variants import examine_variants


@dataclass(frozen=True)
class Layer:
    """A recipe with all that is laid over it up to a file, a profile or the overrides.

    Attributes:
        cause: What was laid over the recipe last.
        tree: The recipe with it.
        rank: Of the places in it; what it brings about there needs no further cause.
    """

    cause: str
    tree: Node
    rank: int = 1


def load(
    path: Path | str, profile: str = "default", overrides: Sequence[str] = (), *, trust: bool = False
) -> Loaded:
    """Read a recipe, lay it over its base, a profile and overrides over it and check the result.

    A recipe may name a ``base``, another recipe that it is laid over, by a path from its own folder.
    Mappings are merged key by key; lists and sweeps are replaced; where ``type`` names another plugin, that
    block starts afresh; a method that is null is taken out. A profile is a partial recipe under the top-level
    key ``profiles``, laid over the base's profile of that name. Overrides come last; then each point of a
    sweep is laid over all that. Every profile is checked, not only the one that runs; plugins must be
    installed for that one alone. ``plugins`` are Python files that register plugins, by their paths from the
    recipe's own folder; those of its bases are loaded first. Other paths in a recipe, as in an override, are
    taken relative to the folder in which the command runs, like any path on the command line.

    Args:
        path: A YAML 1.2 file.
        profile: ``"default"`` for the recipe itself, or the name of one of its profiles.
        overrides: ``key=value`` words such as ``"training.lr=1e-3"`` or ``"seeds=[0, 1, 2]"``.
        trust: Whether code that the recipe names (``plugins``, ``type: "python:module.function"``) may be
            imported. A recipe is data until its reader says otherwise.

    Raises:
        InputError: One line for each mistake, in the order of the files and then of the overrides, such as
            ``recipes/x.yaml:12:5: methods.cross_stitch.alpha_lr: unknown key 'alpha_lr'; did you mean
            'alpha_lr_scale'?``
    """
    path = Path(path)
    sources, problems = read_sources(path)
    files = [file for source in sources for file in source.plugins]
    problems += (not_run := run_plugin_files(files, trust))
    bodies = [with_plugin_files(sources[0].body, files), *(source.body for source in sources[1:])]
    trees = accumulate(bodies, _over_base)
    recipes = [
        Layer(f"with {source.path} over it", tree, source.body.place.rank)
        for source, tree in zip(sources, trees, strict=True)
    ]
    names = ["default", *dict.fromkeys(name for source in sources for name in source.profiles)]
    if profile not in names:
        raise unknown("profile", profile, names, where=str(path))
    top, found = read_overrides(overrides)
    problems += found

    recipe: Recipe | None = None
    variants: tuple[Variant, ...] = ()
    for name in names:
        layers = list(recipes)
        if name != "default":
            tree = reduce(lay_over, _parts(name, sources, recipes[-1].tree), recipes[-1].tree)
            layers.append(Layer(f"in profile {name!r}", tree))
        if name == profile and top is not None:
            layers.append(Layer(f"with {' '.join(overrides)}", lay_over(layers[-1].tree, top)))
        needed = name == profile and not not_run  # else those of files that did not run would be missed, too
        examined = partial(examine_variants, need_plugins=needed, trust=trust)
        checked, at_points, found = examined(layers[-1].tree)
        known = [examined(layer.tree)[2] for layer in layers[:-1]] if found else []
        if name == profile:
            recipe, variants = checked, at_points
        problems += (_with_cause(problem, layers, known) for problem in found)
    if problems or recipe is None:
        raise as_error(problems)
    return Loaded(
        recipe=recipe,
        variants=variants,
        name=path.stem,
        path=path,
        profile=profile,
        overrides=tuple(overrides),
        changes_protocol=profile != "default" or changes_protocol(top),
    )


def _over_base(base: Node, body: Node) -> Node:
    return replace(lay_over(base, body), key=body.key, place=body.place)


def _parts(profile: str, sources: Sequence[Source], whole: Node) -> Iterator[Node]:
    """What a profile lays over the recipe."""
    for source in sources:
        yield from keeps_out(source.body, whole)
        if profile in source.profiles:
            yield source.profiles[profile]


def _with_cause(problem: Problem, layers: Sequence[Layer], known: Sequence[Sequence[Problem]]) -> Problem:
    """The problem; where its place is right by itself, the text says what else brought it about.

    Args:
        problem: Of the last layer.
        layers: All of them.
        known: The problems of all but the last.
    """
    layer = next((layer for layer, found in zip(layers, known, strict=False) if problem in found), layers[-1])
    own = problem.place.rank > 0 or problem.place.profile or problem.place.rank == layer.rank
    return problem if own else replace(problem, message=f"{problem.message} ({layer.cause})")

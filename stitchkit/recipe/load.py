"""From a recipe's file to a checked recipe, or to one error that lists every mistake in its place."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stitchkit.errors import unknown
from stitchkit.recipe.document import read_file
from stitchkit.recipe.examine import examine
from stitchkit.recipe.layers import changes_protocol, lay_over, read_overrides, read_profiles
from stitchkit.recipe.places import Node, Problem, as_error
from stitchkit.recipe.schema import Loaded


def load(
    path: Path | str, profile: str = "default", overrides: Sequence[str] = (), *, trust: bool = False
) -> Loaded:
    """Read a recipe, lay a profile and overrides over it and check the result.

    A profile is a partial recipe under the file's top-level key ``profiles``. Mappings are merged key by
    key; lists are replaced; where ``type`` names another plugin, that block starts afresh. Overrides are
    merged in the same way after it. Every profile of the file is checked, not only the one that runs;
    plugins must be installed for that one alone. Paths in a recipe, as in an override, are taken relative
    to the folder in which the command runs, like any path on the command line.

    Args:
        path: A YAML 1.2 file.
        profile: ``"default"`` for the recipe itself, or the name of one of its profiles.
        overrides: ``key=value`` words such as ``"training.lr=1e-3"`` or ``"seeds=[0, 1, 2]"``.
        trust: Whether modules that the recipe names (``type: "python:module.function"``) may be imported. A
            recipe is data until its reader says otherwise.

    Raises:
        InputError: One line for each mistake, in the order of the file and then of the overrides, such as
            ``recipes/x.yaml:12:5: methods.cross_stitch.alpha_lr: unknown key 'alpha_lr'; did you mean
            'alpha_lr_scale'?``
    """
    path = Path(path)
    document, problems = read_file(path)
    if document is None or not isinstance(document.value, dict):
        if document is not None:
            problems.append(Problem(document.place, (), "a recipe must be a mapping"))
        raise as_error(problems)
    base = Node({k: v for k, v in document.value.items() if k != "profiles"}, document.key, document.place)
    profiles, found = read_profiles(document.child("profiles"))
    problems += found
    if profile != "default" and profile not in profiles:
        raise unknown("profile", profile, ["default", *profiles], where=str(path))
    top, found = read_overrides(overrides)
    problems += found

    recipe, of_recipe = None, examine(base, need_plugins=False, trust=trust)[1]
    for name in ["default", *profiles]:
        whole = lay_over(base, profiles[name]) if name in profiles else base
        checked, of_profile = examine(whole, need_plugins=name == profile, trust=trust)
        found = of_profile
        if name == profile:
            recipe, found = (checked, found) if top is None else examine(lay_over(whole, top), trust=trust)
        problems += [_with_cause(p, of_recipe, of_profile, name, overrides) for p in found]
    if problems or recipe is None:
        raise as_error(problems)
    return Loaded(
        recipe=recipe,
        name=path.stem,
        path=path,
        profile=profile,
        overrides=tuple(overrides),
        changes_protocol=profile != "default" or changes_protocol(top),
    )


def _with_cause(
    problem: Problem,
    of_recipe: list[Problem],
    of_profile: list[Problem],
    profile: str,
    overrides: Sequence[str],
) -> Problem:
    """The problem; where the place is right by itself, the text says what else brought it about."""
    if problem.place.rank > 0 or problem.place.profile or problem in of_recipe:
        return problem
    if problem not in of_profile:
        cause = f"with {' '.join(overrides)}"
    elif profile != "default":
        cause = f"in profile {profile!r}"
    else:
        return problem
    return replace(problem, message=f"{problem.message} ({cause})")

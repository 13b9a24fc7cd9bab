"""A recipe at every point of its sweep."""

from collections.abc import Iterator
from dataclasses import replace

from stitchkit.recipe.examine import examine
from stitchkit.recipe.layers import lay_over
from stitchkit.recipe.naming import flow
from stitchkit.recipe.places import Node, Problem
from stitchkit.recipe.schema import Recipe, Variant
from stitchkit.recipe.sweep import Point, points


def examine_variants(
    tree: Node, *, need_plugins: bool = True, trust: bool = False
) -> tuple[Recipe | None, tuple[Variant, ...], list[Problem]]:
    """As `examine`, with one variant for each point of the sweep, or one where nothing is swept."""
    recipe, problems = examine(tree, need_plugins=need_plugins, trust=trust)
    sweep = tree.child("sweep")
    if sweep is None or not sweep.value or any(problem.path[:1] == ("sweep",) for problem in problems):
        return recipe, (Variant(recipe=recipe),) if recipe else (), problems
    still = replace(tree, value={key: node for key, node in tree.value.items() if key != "sweep"})
    variants: list[Variant] = []
    found, wrong = points(sweep)
    causes: dict[Problem, str] = {}  # the first point that brings each about
    for point in found:
        variant, of_point = examine(lay_over(still, point.tree), need_plugins=need_plugins, trust=trust)
        if recipe and variant:
            of_point = list(_other_methods(recipe, variant, point))
            variants.append(Variant(settings=point.settings, recipe=variant))
        for problem in of_point:
            causes.setdefault(problem, " ".join(f"{key}={flow(v)}" for key, v in point.settings.items()))
    for problem, cause in causes.items():
        if problem.place.swept:
            wrong.append(problem)
        elif problem not in problems:
            wrong.append(replace(problem, message=f"{problem.message} (with {cause})"))
    return (None if wrong else recipe), tuple(variants), problems + wrong


def _other_methods(recipe: Recipe, variant: Recipe, point: Point) -> Iterator[Problem]:
    for name in sorted(recipe.methods.keys() ^ variant.methods.keys()):
        path, node = point.tree.follow(("methods", name))
        yield Problem(node.key, path, f"a sweep neither adds nor takes out a method, as it does {name!r}")

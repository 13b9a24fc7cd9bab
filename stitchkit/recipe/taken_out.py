"""What null takes out of a recipe: a method, with it its published figures, or a published row alone."""

from dataclasses import replace

from stitchkit.recipe.places import Node, within
from stitchkit.recipe.schema import Published


def without_taken_out(tree: Node) -> Node:
    """The recipe without published rows that are null, or whose method is null."""
    published = tree.child("published")
    rows = published.child("rows") if published else None
    if published is None or rows is None or not isinstance(rows.value, dict):
        return tree
    out = null_methods(tree)
    kept = {
        row: node
        for row, node in rows.value.items()
        if node.value is not None and Published.method(row) not in out
    }
    published = replace(published, value={**published.value, "rows": replace(rows, value=kept)})
    return replace(tree, value={**tree.value, "published": published})


def null_methods(tree: Node) -> dict[str, Node]:
    """The methods that are null, by name."""
    methods = tree.child("methods")
    if methods is None or not isinstance(methods.value, dict):
        return {}
    return {name: node for name, node in methods.value.items() if node.value is None}


def keeps_out(body: Node, whole: Node) -> list[Node]:
    """Partial recipes that take out of a base's profiles what a recipe takes out of its base.

    Args:
        body: The recipe.
        whole: The recipe with its bases and with the recipes that are laid over it, one of which may bring a
            method back.
    """
    out = null_methods(body).keys() & null_methods(whole).keys()
    return [within(("methods", name), node) for name, node in null_methods(body).items() if name in out]

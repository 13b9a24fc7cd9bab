"""Studies on the toys (`toys.py`), ready to be planned and run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stitchkit.recipe.schema import Loaded, Recipe, Variant
from stitchkit.study.materials import gather_all
from stitchkit.study.plan import Plan, plan
from stitchkit.study.store import Store

RECIPE: dict[str, Any] = {
    "data": {"type": "squares"},
    "tasks": {"bright": {"type": "brightness"}, "dim": {"type": "brightness", "weight": 0.5}},
    "backbone": {"type": "tiny"},
    "training": {"batch": 4, "lr": 0.05, "workers": 0, "log_every": 5, "checkpoint_every": 10},
    "methods": {
        "one_task": {"iterations": {"bright": 20, "dim": 10}},
        "one_task_longer": {"iterations": 5},
        "cross_stitch": {"iterations": 5, "alpha_lr_scale": 10, "taps": ["first"]},
    },
    "evaluation": {"pictures": 2},
    "seeds": [0, 1],
}


def loaded(
    profile: str = "default",
    changes_protocol: bool = False,
    points: Sequence[tuple[dict[str, Any], dict[str, Any]]] = (),
    **changes: Any,
) -> Loaded:
    """The recipe with changes; ``points`` are those of a sweep: settings, and what they change."""
    recipe = Recipe.model_validate({**RECIPE, **changes})
    swept = [(s, Recipe.model_validate({**RECIPE, **changes, **change})) for s, change in points]
    return Loaded(
        recipe=recipe,
        variants=tuple(Variant(settings=s, recipe=r) for s, r in swept or [({}, recipe)]),
        name="toy",
        path=Path("toy.yaml"),
        profile=profile,
        changes_protocol=changes_protocol,
    )


def planned(study: Loaded, root: Path) -> Plan:
    return plan(study, gather_all(study.variants, Store(root)))

from typing import Any

import pytest

from stitchkit.recipe.document import read_text
from stitchkit.recipe.places import Node, Place
from stitchkit.recipe.sweep import MOST_POINTS, points


def read(text: str) -> Node:
    tree, problems = read_text(f"sweep: {text}", lambda line, column: Place(0, line, column, f"x:{column}"))
    assert tree is not None
    assert problems == []
    return tree.value["sweep"]


def settings(text: str) -> list[dict[str, Any]]:
    found, problems = points(read(text))
    assert problems == []
    return [point.settings for point in found]


def mistakes(text: str) -> list[str]:
    found, problems = points(read(text))
    assert found == []
    return [str(problem) for problem in problems]


def test_a_grid_is_every_combination_with_the_first_key_slowest() -> None:
    assert settings("{training.lr: [1, 2], methods.a.taps: [[x], [y, z], null]}") == [
        {"training.lr": 1, "methods.a.taps": ["x"]},
        {"training.lr": 1, "methods.a.taps": ["y", "z"]},
        {"training.lr": 1, "methods.a.taps": None},
        {"training.lr": 2, "methods.a.taps": ["x"]},
        {"training.lr": 2, "methods.a.taps": ["y", "z"]},
        {"training.lr": 2, "methods.a.taps": None},
    ]


def test_a_list_is_its_points_in_order() -> None:
    given = [{"training.lr": 2, "backbone.width": 1}, {"training.lr": 1}]
    assert settings("[{training.lr: 2, backbone.width: 1}, {training.lr: 1}]") == given


def test_a_point_is_a_partial_recipe_that_remembers_its_places() -> None:
    (point,), _ = points(read("{methods.a.unit: [{same: 1}], methods.a.unit2.x: [2], sampler.type: [roi]}"))
    assert point.tree.plain() == {
        "methods": {"a": {"unit": {"same": 1}, "unit2": {"x": 2}}},
        "sampler": {"type": "roi"},
    }
    value = point.tree.follow(("methods", "a", "unit2", "x"))[1]
    assert (value.key.label, value.place.label) == ("x:38", "x:58")
    assert value.key.swept
    assert value.place.swept


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{{training.{key}: [1]}}" if key == "" else f"{{{key}: [1]}}", f"x:9: sweep.{key}: {message}")
        for key, message in [
            *(
                (key, "must be the same in all rows, so that they compare; "
                      "swept are backbone, sampler, training, methods")
                for key in ["data.root", "tasks.seg.weight", "evaluation.limit", "seeds", "title", "sweep",
                            "base", "profiles.a", "published", "proposals.limit"]
            ),
            ("method.a", "unknown key 'method'; did you mean 'methods'?"),
            ("lr", "unknown key 'lr'; known: backbone, sampler, training, methods"),
            ("training..lr", "must be a dotted key, for example training.lr"),
            ("training.", "must be a dotted key, for example training.lr"),
        ]
    ],
)  # fmt: skip
def test_a_sweep_changes_what_is_trained_alone(text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
    assert mistakes(f"[{text}]") == [expected.replace("x:9", "x:10")]


def test_a_key_is_no_deeper_than_a_recipe() -> None:
    (line,) = mistakes(f"{{training{'.a' * 400}: [1]}}")
    assert line.endswith(": must be a dotted key, for example training.lr")


def test_equal_points_are_refused() -> None:
    assert mistakes("{training.lr: [1, 2, 1.0], training.batch: [3, 3]}") == [
        "x:29: sweep.training.lr.2: equals value 1 of the list; remove one",
        "x:55: sweep.training.batch.1: equals value 1 of the list; remove one",
    ]
    assert mistakes("[{training.lr: 1, backbone.a: 2}, {backbone.a: 2, training.lr: 1}]") == [
        "x:42: sweep.1: equals value 1 of the list; remove one"
    ]


def test_a_point_sets_each_key_once() -> None:
    assert mistakes("{training: [{lr: 1}], training.lr: [2, 3]}") == [
        "x:30: sweep.training.lr: is set by training too; keep one"
    ]
    assert settings("{training.lr: [1], training.lr_scale: [2]}") == [
        {"training.lr": 1, "training.lr_scale": 2}
    ]


@pytest.mark.parametrize("form", ["grid", "list"])
def test_there_is_a_limit(form: str) -> None:
    def sweep(count: int) -> str:
        values = range(count)
        if form == "grid":
            return f"{{training.lr: {list(values)}}}"
        return f"[{', '.join(f'{{training.lr: {value}}}' for value in values)}]"

    assert len(settings(sweep(MOST_POINTS))) == MOST_POINTS == 100
    assert mistakes(sweep(MOST_POINTS + 1)) == ["x:1: sweep: must hold at most 100 points, but holds 101"]


def test_a_grid_too_large_to_hold_is_counted_not_made() -> None:
    axis = list(range(1000))
    grid = ", ".join(f"training.k{index}: {axis}" for index in range(10))
    assert mistakes(f"{{{grid}}}") == [f"x:1: sweep: must hold at most 100 points, but holds {1000**10}"]

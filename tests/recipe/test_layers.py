import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stitchkit.recipe import load
from stitchkit.recipe.document import read_text
from stitchkit.recipe.layers import lay_over, read_overrides
from stitchkit.recipe.places import Node, Place

Write = Callable[..., Path]
HERE = Place(0, 1, 1, "here")

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abcd"), inner),
    max_leaves=8,
)
mappings = st.dictionaries(st.sampled_from("abcd"), trees)


def node(value: Any) -> Node:
    if isinstance(value, dict):
        return Node({key: node(item) for key, item in value.items()}, HERE, HERE)
    return Node([node(item) for item in value] if isinstance(value, list) else value, HERE, HERE)


def merged(base: dict[str, Any], top: dict[str, Any]) -> Any:
    return lay_over(node(base), node(top)).plain()


@settings(deadline=None)
@given(mappings)
def test_laying_nothing_or_itself_over_changes_nothing(base: dict[str, Any]) -> None:
    assert merged(base, {}) == base
    assert merged(base, base) == base


@settings(deadline=None)
@given(mappings, mappings)
def test_the_top_wins_wherever_it_says_something(base: dict[str, Any], top: dict[str, Any]) -> None:
    result = merged(base, top)
    assert set(result) == set(base) | set(top)
    for key in result:
        if key not in top:
            assert result[key] == base[key]
        elif not (isinstance(top[key], dict) and isinstance(base.get(key), dict)):
            assert result[key] == top[key]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1.0e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("7", 7),
        ("0x10", 16),
        ("[0, 1,2]", [0, 1, 2]),
        ("{a: [b]}", {"a": ["b"]}),
        ("null", None),
        ("~", None),
        ("true", True),
        ("yes", "yes"),
        ('"1e-3"', "1e-3"),
        ("2016-06-27", "2016-06-27"),
        ("stitchkit:caffenet", "stitchkit:caffenet"),
        ("a=b", "a=b"),
    ],
)
def test_a_value_means_the_same_in_a_file_and_in_an_override(text: str, value: Any) -> None:
    file, _ = read_text(f"key: {text}\n", lambda line, column: HERE)
    override, problems = read_overrides([f"key={text}"])
    assert problems == []
    assert file is not None
    assert override is not None
    assert file.plain() == override.plain() == {"key": value}
    assert type(file.plain()["key"]) is type(override.plain()["key"]) is type(value)


def test_dotted_paths_are_joined_and_later_words_win() -> None:
    node, problems = read_overrides(["a.b.c=1", "a.b={d: 2}", "a.b.c=3", "e=[1]", "e=[2]", " f . g =h"])
    assert problems == []
    assert node is not None
    assert node.plain() == {"a": {"b": {"c": 3, "d": 2}}, "e": [2], "f": {"g": "h"}}


def test_what_follows_sweep_is_one_key_and_replaces_the_sweep_below() -> None:
    top, problems = read_overrides(["sweep.training.lr=[1, 2]", "sweep.training.batch=[3]", "title=a"])
    assert problems == []
    assert top is not None
    assert top.plain() == {"sweep": {"training.lr": [1, 2], "training.batch": [3]}, "title": "a"}
    below = {"sweep": {"training.momentum": [0, 1]}, "seeds": [1]}
    assert lay_over(node(below), top).plain() == {**top.plain(), "seeds": [1]}


@pytest.mark.parametrize("order", [1, -1])
def test_options_and_a_new_type_may_come_in_any_order(write: Write, order: int) -> None:
    overrides = ["data.rooms=8", "data.type=others"][::order]
    assert load(write(), overrides=overrides).recipe.data.options().model_dump() == {"rooms": 8}


def test_a_method_can_be_added_and_removed(write: Write) -> None:
    overrides = ["methods.one_task_longer.iterations=5", "methods.cross_stitch=null"]
    methods = load(write(), overrides=overrides).recipe.methods
    assert list(methods) == ["one_task", "one_task_longer"]
    assert methods["one_task_longer"].options().model_dump() == {"iterations": 5, "lr": None}


@pytest.mark.parametrize(
    ("base", "top", "expected"),
    [
        ("one cross", "one longer ensemble cross", "one longer ensemble cross"),
        ("one cross", "longer", "one cross longer"),
        ("one cross", "cross one", "one cross"),
        ("one cross", "cross new one", "one cross new"),
        ("one cross", "new cross", "one new cross"),
        ("one two three", "new other three last one", "one two new other three last"),
        ("", "b a", "b a"),
        ("b a", "", "b a"),
    ],
)
def test_new_keys_stand_where_the_top_has_them(base: str, top: str, expected: str) -> None:
    assert " ".join(merged(dict.fromkeys(base.split()), dict.fromkeys(top.split()))) == expected


METHODS = {"cross_stitch": {"iterations": 5, "unit": {"same": 0.9}}, "mine": {"type": "split", "at": ["a"]}}


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        # a method's type is its key
        ({"cross_stitch": {"type": "cross_stitch", "lr": 1}},
         {"type": "cross_stitch", "lr": 1, "iterations": 5, "unit": {"same": 0.9}}),
        ({"cross_stitch": {"type": "split"}}, {"type": "split"}),
        # a unit's is cross_stitch
        ({"cross_stitch": {"unit": {"type": "cross_stitch"}}},
         {"iterations": 5, "unit": {"type": "cross_stitch", "same": 0.9}}),
        ({"cross_stitch": {"unit": {"type": "plain"}}}, {"iterations": 5, "unit": {"type": "plain"}}),
        # what is said of a method of another type keeps that type
        ({"mine": {"lr": 1}}, {"type": "split", "at": ["a"], "lr": 1}),
        ({"mine": {"type": "mine"}}, {"type": "mine"}),
    ],
)  # fmt: skip
def test_a_block_starts_afresh_where_its_type_changes(top: dict[str, Any], expected: dict[str, Any]) -> None:
    (name,) = top
    assert merged({"methods": METHODS}, {"methods": top}) == {"methods": {**METHODS, name: expected}}


def test_a_units_type_is_that_of_the_method_that_holds_it() -> None:
    mine = {"type": "cross_stitch", "unit": {"type": "plain"}}
    result = merged({"methods": {"mine": mine}}, {"methods": {"mine": {"unit": {"same": 0.5}}}})
    assert result["methods"]["mine"]["unit"] == {"type": "plain", "same": 0.5}
    result = merged({"methods": {"mine": mine}}, {"methods": {"mine": {"unit": {"type": "cross_stitch"}}}})
    assert result["methods"]["mine"]["unit"] == {"type": "cross_stitch"}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("training.lr", "must be key=value, for example training.lr=0.01"),
        ("=3", "must be key=value, for example training.lr=0.01"),
        ("training..lr=3", "must be key=value, for example training.lr=0.01"),
        ("profiles.a=1", "profiles.a: a profile is chosen, not overridden; override its keys"),
        ("base=y.yaml", "base: a base is named in a recipe's file, not overridden; override its keys"),
        ("training.lr=", 'training.lr: has no value; write null or ""'),
        ("training.lr=# 3", "training.lr: holds no value"),
        ("seeds=[0", "seeds: is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("title=!!python/name:os.system x", "title: tags have no meaning in a recipe; remove "
         "'tag:yaml.org,2002:python/name:os.system'"),
        ("training={lr: 1, lr: 2}", "training.lr: is given twice; keep one"),
    ],
)  # fmt: skip
def test_a_bad_override_is_named(word: str, message: str) -> None:
    node, problems = read_overrides([word])
    assert [str(problem) for problem in problems] == [f"override {word!r}: {message}"]
    assert node is None or node.plain() == {"training": {"lr": 1}}


def test_numbers_too_large_for_a_float_are_refused_by_the_schema_not_lost() -> None:
    node, _ = read_overrides(["lr=1e400"])
    assert node is not None
    assert math.isinf(node.plain()["lr"])

from collections.abc import Callable
from pathlib import Path

import pytest

from stitchkit.errors import InputError
from stitchkit.recipe import load
from stitchkit.recipe.schema import Loaded

Write = Callable[..., Path]


def lines(*arguments: object, **options: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(*arguments, **options)  # type: ignore[arg-type]
    return str(caught.value).splitlines()


def same(loaded: Loaded) -> list[float]:
    units = [variant.recipe.methods["cross_stitch"].method().config.unit for variant in loaded.variants]
    return [unit.options().same for unit in units]


SWEEP = "sweep: {methods.cross_stitch.unit.same: [0.1, 0.9], training.lr: [1, 2]}\n"


def test_each_point_is_laid_over_the_recipe(write: Write) -> None:
    loaded = load(write(end=SWEEP))
    assert [variant.settings for variant in loaded.variants] == [
        {"methods.cross_stitch.unit.same": unit, "training.lr": lr} for unit in (0.1, 0.9) for lr in (1, 2)
    ]
    assert same(loaded) == [0.1, 0.1, 0.9, 0.9]
    assert [variant.recipe.training.lr for variant in loaded.variants] == [1.0, 2.0, 1.0, 2.0]
    assert loaded.recipe.training.lr == 1e-3
    assert loaded.recipe.sweep == {"methods.cross_stitch.unit.same": [0.1, 0.9], "training.lr": [1, 2]}
    assert all(variant.recipe.sweep == {} for variant in loaded.variants)
    assert not loaded.changes_protocol
    rest = {"sweep": {}, "training": loaded.recipe.training, "methods": loaded.recipe.methods}
    assert {variant.recipe.model_copy(update=rest).model_dump_json() for variant in loaded.variants} == {
        loaded.recipe.model_copy(update={"sweep": {}}).model_dump_json()
    }


@pytest.mark.parametrize("sweep", ["{}", "[]", "null", ""])
def test_an_empty_sweep_is_none(write: Write, sweep: str) -> None:
    loaded = load(write(end=f"sweep: {sweep}\n"))
    (variant,) = loaded.variants
    assert variant.settings == {}
    assert variant.recipe == loaded.recipe


def test_a_points_type_starts_a_block_afresh_and_may_come_with_its_options(write: Write) -> None:
    path = write(
        end="sweep:\n- methods.cross_stitch.unit.same: 0.3\n  methods.cross_stitch.unit.type: cross_stitch\n"
        "- methods.cross_stitch.unit.type: plain\n"
    )
    loaded = load(path)
    units = [variant.recipe.methods["cross_stitch"].method().config.unit for variant in loaded.variants]
    assert [block.model_dump() for block in units] == [
        {"type": "cross_stitch", "same": 0.3},
        {"type": "plain"},
    ]


def test_profiles_overrides_and_bases_replace_a_sweep(write: Write) -> None:
    profiles = "profiles: {a: {sweep: {training.batch: [7]}}, b: {seeds: [3]}, c: {sweep: []}}\n"
    path = write(end=SWEEP + profiles)
    assert [variant.settings for variant in load(path, "a").variants] == [{"training.batch": 7}]
    assert len(load(path, "b").variants) == 4
    assert len(load(path, "c").variants) == 1
    grid = "sweep={methods.cross_stitch.unit.same: [0.2, 0.4, 0.6]}"
    for profile in ("default", "a", "b"):
        assert same(load(path, profile, [grid])) == [0.2, 0.4, 0.6]
    assert len(load(path, overrides=["sweep={}"]).variants) == 1
    Path("y.yaml").write_text("base: x.yaml\nsweep: {training.momentum: [0.5]}\n")
    assert [variant.settings for variant in load("y.yaml").variants] == [{"training.momentum": 0.5}]


def test_the_sweep_goes_over_overrides(write: Write) -> None:
    loaded = load(write(end=SWEEP), overrides=["methods.cross_stitch.unit.same=0.5", "training.batch=2"])
    assert same(loaded) == [0.1, 0.1, 0.9, 0.9]
    assert {variant.recipe.training.batch for variant in loaded.variants} == {2}


@pytest.mark.parametrize(
    ("sweep", "expected"),
    [
        ("{methods.cross_stitch.unit.same: [0.1, 2]}",
         ["22:47: sweep.methods.cross_stitch.unit.same: must be at most 1, but got 2"]),
        ("{methods.cross_stitch.unit.some: [1, 2]}",
         ["22:9: sweep.methods.cross_stitch.unit.some: unknown key 'some'; did you mean 'same'?"]),
        ("[{training.lrr: 1}]", ["22:10: sweep.training.lrr: unknown key 'lrr'; did you mean 'lr'?"]),
        ("{training: [{lr: 1, bach: 2}]}",
         ["22:28: sweep.training.bach: unknown key 'bach'; did you mean 'batch' or 'cache'?"]),
        ("{backbone.type: [\"lab:nit\"]}",
         ["22:25: sweep.backbone.type: unknown backbone plugin 'lab:nit'; did you mean 'lab:net'?"]),
        ("{methods.cros_stitch.lr: [1]}",
         ["22:9: sweep.methods.cros_stitch: unknown method plugin 'cros_stitch'; "
          "did you mean 'cross_stitch' or 'constant'?"]),
        ("{methods.cross_stitch: [{lr: 1}, null]}",
         ["22:9: sweep.methods.cross_stitch: a sweep neither adds nor takes out a method, "
          "as it does 'cross_stitch'"]),
        ("{methods.ensemble.members: [2, 3]}",
         ["22:9: sweep.methods.ensemble: a sweep neither adds nor takes out a method, "
          "as it does 'ensemble'"]),
        ("{methods.cross_stitch.taps: [[a], [{seg: b}]]}",
         ["22:43: sweep.methods.cross_stitch.taps.0: must name taps of two tasks or more, but got seg"]),
        ("{training.cache: [true]}",
         ["22:26: sweep.training.cache: wants a size, but training.size is null; "
          "give a size or set cache: false"]),
        # what a point brings about elsewhere
        ("{methods.one_task.type: [ensemble], training.lr: [1, 2]}",
         ["17:3: methods.cross_stitch: begins with one-task networks, but the recipe has none; "
          "add methods.one_task (with methods.one_task.type=ensemble training.lr=1)",
          "22:9: sweep.methods.one_task: begins with one-task networks, but the recipe has none; "
          "add methods.one_task"]),
        # the sweep's own shape
        ("3", ["22:8: sweep: must be a mapping or a list, but got 3"]),
        ("{training.lr: 3}", ["22:22: sweep.training.lr: must be a list, but got 3"]),
        ("{training.lr: []}", ["22:22: sweep.training.lr: must hold at least 1, but holds 0"]),
        ("[{training.lr: 1}, 3]", ["22:27: sweep.1: must be a mapping, but got 3"]),
        ("[{}]", ["22:9: sweep.0: must hold at least 1, but holds 0"]),
        ("{data.root: [a]}", ["22:9: sweep.data.root: must be the same in all rows, so that they compare; "
                              "swept are backbone, sampler, training, methods"]),
    ],
)  # fmt: skip
def test_mistakes_stand_where_the_sweep_does(write: Write, sweep: str, expected: list[str]) -> None:
    assert lines(write(end=f"sweep: {sweep}\n")) == [f"x.yaml:{line}" for line in expected]


def test_a_sweep_in_a_profile_or_an_override_is_named_as_such(write: Write) -> None:
    assert lines(write(end="profiles: {a: {sweep: {training.lr: [0]}}}\n")) == [
        "x.yaml:22:38: profiles.a.sweep.training.lr: must be more than 0, but got 0"
    ]
    override = "sweep.training.momentum=[0, 2]"
    assert lines(write(), overrides=[override]) == [
        f"override {override!r}: sweep.training.momentum: must be at most 1, but got 2"
    ]


def test_what_a_profile_brings_about_at_a_point_says_so(write: Write) -> None:
    profiles = "profiles: {a: {methods: {cross_stitch: {type: split, at: [b]}}}}\n"
    assert len(load(write(end=f"sweep: {{methods.cross_stitch.lr: [1]}}\n{profiles}"), "a").variants) == 1
    path = write(end=f"sweep: {{methods.cross_stitch.start: [backbone]}}\n{profiles}")
    assert lines(path) == [
        "x.yaml:22:9: sweep.methods.cross_stitch.start: unknown key 'start'; "
        "did you mean 'at'? (in profile 'a')"
    ]


def test_mistakes_of_the_recipe_are_not_repeated_at_its_points(write: Write) -> None:
    path = write(("title: Two tasks", "title: 3"), end=SWEEP.replace("0.9", "9"))
    assert lines(path) == [
        "x.yaml:1:8: title: must be text, but got 3",
        "x.yaml:22:47: sweep.methods.cross_stitch.unit.same: must be at most 1, but got 9",
    ]

from collections.abc import Callable
from pathlib import Path

import pytest

from stitchkit.recipe import dump, load

Write = Callable[..., Path]

END = """\
published:
  source: a
  rows:
    constant: {seg: {miu: 1}}
    cross_stitch: {seg: {miu: 2}}
    cross_stitch same=0.5: {seg: {miu: 3}}
    one_task: {seg: {miu: 4}}
profiles:
  small: {methods: {cross_stitch: {iterations: 3}}}
"""


def rows(path: Path | str, *overrides: str, profile: str = "default") -> list[str]:
    published = load(path, profile, overrides).recipe.published
    return list(published.rows) if published else []


def test_published_rows_go_with_their_method(write: Write) -> None:
    path = write(end=END)
    assert rows(path) == ["constant", "cross_stitch", "cross_stitch same=0.5", "one_task"]
    assert rows(path, "methods.cross_stitch=null") == ["constant", "one_task"]
    text = dump(load(path, overrides=["methods.cross_stitch=null"]).recipe)
    assert dump(load(write(text=text)).recipe) == text


def test_a_published_row_can_be_taken_out_alone(write: Write) -> None:
    write(end=END)
    Path("y.yaml").write_text("base: x.yaml\npublished: {rows: {cross_stitch: null, constant: null}}\n")
    assert rows("y.yaml") == ["cross_stitch same=0.5", "one_task"]
    assert list(load("y.yaml").recipe.methods) == ["one_task", "cross_stitch"]


@pytest.mark.parametrize("profile", ["default", "small"])
def test_what_a_recipe_takes_out_of_its_base_stays_out_in_the_bases_profiles(
    write: Write, profile: str
) -> None:
    write(end=END)
    Path("y.yaml").write_text("base: x.yaml\nmethods: {cross_stitch: null}\n")
    assert list(load("y.yaml", profile).recipe.methods) == ["one_task"]
    assert rows("y.yaml", profile=profile) == ["constant", "one_task"]


def test_what_was_taken_out_can_be_brought_back(write: Write) -> None:
    write(end=END)
    Path("y.yaml").write_text(
        "base: x.yaml\nmethods: {cross_stitch: null}\n"
        "profiles: {own: {methods: {cross_stitch: {iterations: 4, taps: [a]}}}}\n"
    )
    assert load("y.yaml", "own").recipe.methods["cross_stitch"].method().config.iterations == 4
    Path("z.yaml").write_text("base: y.yaml\nmethods: {cross_stitch: {taps: [b]}}\n")
    assert load("z.yaml").recipe.methods["cross_stitch"].method().config.taps == ["b"]
    stitch = load("z.yaml", "small").recipe.methods["cross_stitch"].method().config
    assert (stitch.iterations, stitch.taps) == (3, ["b"])
    stitch = load("z.yaml", "own").recipe.methods["cross_stitch"].method().config
    assert (stitch.iterations, stitch.taps) == (4, ["a"])

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from stitchkit.recipe import dump, load

Write = Callable[..., Path]


def test_every_default_is_written_out_plugins_too(write: Write) -> None:
    data = YAML(typ="safe", pure=True).load(dump(load(write()).recipe))
    assert data["data"] == {"type": "pictures", "root": "shots", "views": 4}
    assert data["tasks"]["seg"] == {
        "type": "names", "weight": 1.0, "target": "labels", "reduction": "pixel", "limit": "all"
    }  # fmt: skip
    assert data["methods"]["cross_stitch"] == {
        "type": "cross_stitch", "label": "", "iterations": 10, "lr": None, "start": "one_task",
        "taps": ["pool1"], "unit": {"type": "cross_stitch", "same": 0.8}, "alpha_lr_scale": 1000.0,
        "alpha_weight_decay": 0.0,
    }  # fmt: skip
    assert list(data["methods"]) == ["one_task", "cross_stitch"]
    assert data["training"]["augment"] == {"mirror": 0.5, "colour": "multiplier", "colour_range": [0.8, 1.2]}
    assert list(data) == list(type(load("x.yaml").recipe).model_fields)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    title=st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20),
    lr=st.floats(1e-300, 1e300),
    width=st.floats(0, exclude_min=True, allow_infinity=False),
)
def test_what_is_written_reads_back_equal(write: Write, title: str, lr: float, width: float) -> None:
    recipe = load(write(), overrides=[f"training.lr={lr!r}", f"backbone.width={width!r}"]).recipe
    recipe = recipe.model_copy(update={"title": title})
    text = dump(recipe)
    again = load(write(text=text)).recipe
    assert again.title == title
    assert again.training == recipe.training
    assert again.backbone.options() == recipe.backbone.options()
    assert dump(again) == text


def test_what_a_unit_has_by_default_is_written_out(write: Write) -> None:
    path = write(("    unit: {same: 0.8}\n", ""))
    data = YAML(typ="safe", pure=True).load(dump(load(path).recipe))
    assert data["methods"]["cross_stitch"]["unit"] == {"type": "cross_stitch", "same": 0.9}


@pytest.mark.parametrize(
    "sweep",
    ["{training.lr: [0.1, 1e-5], methods.cross_stitch.unit: [{same: 0.2}, {type: plain}]}",
     "[{training.lr: 0.1}, {methods.cross_stitch.taps: [a, {seg: b, normals: c}]}]", "{}", "null"],
)  # fmt: skip
def test_a_sweep_reads_back_with_the_same_variants(write: Write, sweep: str) -> None:
    loaded = load(write(end=f"sweep: {sweep}\n"))
    again = load(write(text=dump(loaded.recipe)))
    assert again.recipe.sweep == loaded.recipe.sweep
    assert dump(again.recipe) == dump(loaded.recipe)
    assert [variant.settings for variant in again.variants] == [v.settings for v in loaded.variants]
    assert [dump(v.recipe) for v in again.variants] == [dump(v.recipe) for v in loaded.variants]


def test_a_base_is_written_out(write: Write) -> None:
    write()
    Path("y.yaml").write_text("base: x.yaml\nmethods: {cross_stitch: null}\n")
    text = dump(load("y.yaml").recipe)
    Path("z.yaml").write_text(text)
    assert "base" not in YAML(typ="safe", pure=True).load(text)
    assert dump(load("z.yaml").recipe) == text


@pytest.mark.parametrize("size", ["null", "[120, 160]"])
def test_sizes_are_lists(write: Write, size: str) -> None:
    text = dump(load(write(), overrides=[f"training.size={size}"]).recipe)
    assert dump(load(write(text=text)).recipe) == text

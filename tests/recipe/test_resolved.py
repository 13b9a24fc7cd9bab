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
    assert data["methods"]["cross_stitch"]["unit"] == {"type": "cross_stitch", "same": 0.8}
    assert data["methods"]["one_task_longer"] is None
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


@pytest.mark.parametrize("size", ["null", "[120, 160]"])
def test_sizes_are_lists(write: Write, size: str) -> None:
    text = dump(load(write(), overrides=[f"training.size={size}"]).recipe)
    assert dump(load(write(text=text)).recipe) == text

"""The recipes in the folder ``recipes``."""

from pathlib import Path

import pytest

from stitchkit.recipe import dump, load
from stitchkit.recipe.schema import Recipe

RECIPES = Path(__file__).parents[2] / "recipes"
pytestmark = pytest.mark.usefixtures("real_plugins")


def nyu(profile: str) -> Recipe:
    return load(RECIPES / "nyu_alexnet.yaml", profile).recipe


@pytest.mark.parametrize("profile", ["default", "small", "sample"])
def test_every_profile_is_valid_and_reads_back_equal(profile: str, tmp_path: Path) -> None:
    text = dump(nyu(profile))
    copy = tmp_path / "recipe.yaml"
    copy.write_text(text, encoding="utf-8")
    assert dump(load(copy).recipe) == text


def test_the_default_is_the_papers_protocol() -> None:
    recipe = nyu("default")
    assert recipe.methods.one_task.iterations == {"segmentation": 25_000, "normals": 15_000}
    stitch = recipe.methods.cross_stitch
    assert stitch is not None
    assert (stitch.iterations, stitch.start, stitch.alpha_lr_scale) == (10_000, "one_task", 1000)
    assert stitch.taps == ["pool1", "pool2", "pool5", "fc6", "fc7"]
    assert stitch.unit.options().model_dump() == {"granularity": "channel", "same": 0.9}
    training = recipe.training
    assert (training.batch, training.lr, training.momentum, training.weight_decay) == (20, 1e-3, 0.9, 5e-4)
    assert (training.optimizer, training.schedule, training.size) == ("sgd", "constant", None)
    assert recipe.tasks["normals"].options().model_dump()["codebook"] == 20


def test_published_figures_are_figures_of_the_tasks() -> None:
    recipe = nyu("default")
    assert recipe.published is not None
    for row in recipe.published.rows.values():
        for task, figures in row.items():
            plugin = recipe.tasks[task].plugin()
            known = {metric.name for metric in plugin(task, recipe.tasks[task].options()).metrics_info}
            assert set(figures) <= known


@pytest.mark.parametrize("profile", ["small", "sample"])
def test_small_profiles_stand_beside_no_published_figures(profile: str) -> None:
    assert nyu(profile).published is None
    assert load(RECIPES / "nyu_alexnet.yaml", profile).changes_protocol

"""The recipes in the folder ``recipes``."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stitchkit.recipe import dump, load
from stitchkit.recipe.naming import words
from stitchkit.recipe.schema import Published, Recipe

RECIPES = Path(__file__).parents[2] / "recipes"
pytestmark = pytest.mark.usefixtures("real_plugins")


SHIPPED = [
    (path, profile)
    for path in sorted(RECIPES.rglob("*.yaml"))
    for profile in ["default", *(YAML(typ="safe", pure=True).load(path).get("profiles") or ())]
]


def nyu(profile: str) -> Recipe:
    return load(RECIPES / "nyu_alexnet.yaml", profile).recipe


@pytest.mark.parametrize(
    ("path", "profile"), SHIPPED, ids=[f"{path.stem}-{profile}" for path, profile in SHIPPED]
)
def test_every_profile_is_valid_and_reads_back_equal(path: Path, profile: str, tmp_path: Path) -> None:
    text = dump(load(path, profile).recipe)
    copy = tmp_path / "recipe.yaml"
    copy.write_text(text, encoding="utf-8")
    assert dump(load(copy).recipe) == text


def test_the_default_is_the_papers_protocol() -> None:
    recipe = nyu("default")
    assert recipe.methods["one_task"].method().config.iterations == {
        "segmentation": 25_000,
        "normals": 15_000,
    }
    stitch = recipe.methods["cross_stitch"].method().config
    assert (stitch.iterations, stitch.start, stitch.alpha_lr_scale) == (10_000, "one_task", 1000)
    assert stitch.taps == ["pool1", "pool2", "pool5", "fc6", "fc7"]
    assert stitch.unit.options().model_dump() == {
        "granularity": "channel",
        "same": 0.9,
        "constraint": "none",
    }
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


@pytest.mark.parametrize("path", sorted({path for path, _ in SHIPPED}), ids=lambda path: path.stem)
def test_published_rows_of_a_sweep_are_named_as_its_points_are(path: Path) -> None:
    loaded = load(path)
    points = [variant.settings for variant in loaded.variants]
    named = {words(settings, points) for settings in points}
    if loaded.recipe.published is not None:
        for row in loaded.recipe.published.rows:
            point = row.removeprefix(Published.method(row)).strip()
            assert "=" not in point or point in named


@pytest.mark.parametrize("profile", ["small", "sample"])
def test_small_profiles_stand_beside_no_published_figures(profile: str) -> None:
    assert nyu(profile).published is None
    assert load(RECIPES / "nyu_alexnet.yaml", profile).changes_protocol


@pytest.mark.parametrize("path", sorted({path for path, _ in SHIPPED}), ids=lambda path: path.stem)
def test_every_recipe_says_how_it_is_run(path: Path) -> None:
    header = path.read_text(encoding="utf-8").split("\ntitle:")[0]
    assert f"stitchkit run {path.relative_to(RECIPES.parent)}" in header
    assert all(
        f"--profile {profile}" in header
        for where, profile in SHIPPED
        if where == path and profile != "default"
    )


@pytest.mark.parametrize("name", ["nyu_resnet50", "nyu_convnext_tiny", "nyu_vit_small"])
def test_modern_recipes_have_the_same_taps_at_every_size(name: str) -> None:
    backbones = []
    for profile in ("default", "small", "sample"):
        block = load(
            RECIPES / "modern" / f"{name}.yaml", profile, ["backbone.pretrained=false"]
        ).recipe.backbone
        backbones.append(block.plugin()(block.options()))
    assert len(backbones[0].trunk.stages) == 4
    assert len({backbone.trunk.stages for backbone in backbones}) == 1


def test_the_three_tasks_share_rooms() -> None:
    recipe = load(RECIPES / "rooms_three_tasks.yaml").recipe
    assert list(recipe.tasks) == ["segmentation", "normals", "structure"]
    assert recipe.tasks["structure"].options().model_dump()["target"] == "structure"

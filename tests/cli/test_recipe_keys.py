import json

import pytest

from stitchkit.cli import recipe_keys
from stitchkit.errors import InputError
from stitchkit.recipe.schema import Recipe, Training


def keys_of(capsys, block, plugin=None):
    recipe_keys.keys(block, plugin, as_json=True)
    return {key["name"]: key for key in json.loads(capsys.readouterr().out)}


def test_the_keys_of_a_recipe_and_of_a_block(capsys):
    assert list(keys_of(capsys, "")) == list(Recipe.model_fields)
    training = keys_of(capsys, "training")
    assert list(training) == list(Training.model_fields)
    assert training["lr"] == {
        "name": "lr",
        "type": "number more than 0",
        "default": "0.001",
        "meaning": "Base learning rate.",
    }
    assert list(keys_of(capsys, "training.augment")) == ["mirror", "colour", "colour_range"]
    assert list(keys_of(capsys, "tasks")) == ["type", "weight"]


def test_the_keys_of_a_plugin(capsys):
    assert "alpha_lr_scale" in keys_of(capsys, "methods", "cross_stitch")
    assert list(keys_of(capsys, "tasks", "segmentation")) == ["target", "loss_reduction"]
    assert "output_stride" in keys_of(capsys, "backbone", "timm:resnet18")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("trainning", None), "unknown block of a recipe 'trainning'; did you mean 'training'"),
        (("training.lr", None), "unknown block of a recipe 'lr'"),
        (("tasks", "segmentaton"), "did you mean 'segmentation'"),
        (("training", "sgd"), "no plugin fills training; leave out 'sgd'"),
    ],
)
def test_a_mistake_is_named(words, message):
    with pytest.raises(InputError, match=message):
        recipe_keys.keys(*words)


def test_as_a_command_it_prints_a_table(stitchkit_command):
    code, output, _ = stitchkit_command("recipes", "keys", "training.validation")
    assert code == 0
    head, fraction, every = output.splitlines()
    assert head.split() == ["key", "what", "default", "meaning"]
    assert fraction.split()[0] == "fraction"
    assert "null" not in every
    assert "`" not in output

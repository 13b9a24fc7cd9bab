import pytest
from toy_study import RECIPE, loaded, planned

from stitchkit.study.inventory import inventory

pytestmark = pytest.mark.usefixtures("toy_plugins")


def test_the_data_of_a_study_in_plain_words_and_numbers(tmp_path):
    training = {**RECIPE["training"], "validation": {"fraction": 0.5}}
    study = planned(loaded(training=training, evaluation={"limit": 5}), tmp_path)
    assert inventory(study.materials[study.runs[0].key]) == {
        "type": "squares",
        "fingerprint": "squares 12 test",
        "train": 6,
        "validation": 6,
        "test": 5,
        "frame": [8, 10],
        "size": None,
        "targets": {
            "depth": {
                "kind": "depth",
                "classes": 0,
                "source": "made up",
                "published": False,
                "tasks": ["bright", "dim"],
            }
        },
        "limits": "Squares say nothing of the world.",
    }

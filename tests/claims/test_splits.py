"""All figures are invented."""

import pytest
from invented_studies import invent, splits

from stitchkit.claims.splits import split_matters
from stitchkit.claims.study import VOC, Missing


def pairs(folder, nyu, voc, picked):
    rows = [{"one_task": 0.0, **splits(**layers)} for layers in (nyu, voc)]
    return (
        invent(folder, rows[0], recipe="figure2_split", picked=picked[0]),
        invent(folder, rows[1], recipe="figure2_split_voc", picked=picked[1], pair=VOC),
    )


def test_score_and_heads_are_the_same_depth(tmp_path):
    studies = pairs(
        tmp_path, {"conv4": 0.0, "score": 0.9}, {"conv4": 0.0, "heads": 0.9}, picked=("score", "heads")
    )
    differ, *_ = split_matters(*studies)
    assert differ.text == "fc8 for segmentation and normals, fc8 for detection and attributes"
    assert differ.holds is False


def test_a_split_better_in_one_figure_and_worse_in_another_is_not_better(tmp_path):
    torn = {"segmentation": 0.9, "normals": -0.9}
    studies = pairs(
        tmp_path, {"conv4": torn, "fc7": 0.0}, {"conv4": 0.0, "fc7": 0.9}, picked=("conv4", "fc7")
    )
    differ, conv4_best, _ = split_matters(*studies)
    assert differ.holds is None
    assert conv4_best.holds is True


def test_splits_that_all_gain_contradict_that_any_can_be_worse(tmp_path):
    good = {"conv4": 0.9, "fc7": 0.4}
    *_, worse = split_matters(*pairs(tmp_path, good, good, picked=("conv4", "conv4")))
    assert worse.holds is False


def test_a_split_that_the_other_study_did_not_try_is_missing(tmp_path):
    studies = pairs(tmp_path, {"conv4": 0.9, "fc7": 0.0}, {"conv2": 0.0, "fc7": 0.9}, picked=("conv4", "fc7"))
    with pytest.raises(Missing, match="no row 'split conv4'"):
        split_matters(*studies)

"""All figures are invented."""

import numpy as np
import pytest
from invented_studies import Invented, invent

from stitchkit.claims.data_starved import rarer_classes_gain, rarest_attributes_gain
from stitchkit.claims.study import VOC, Missing


def study_of(folder, one_task, cross_stitch, train_count, **options):
    rows = {
        "one_task": Invented(per_class=[one_task] * 3),
        "cross_stitch": Invented(per_class=[cross_stitch] * 3),
    }
    return invent(folder, rows, train_count=train_count, **options)


def test_of_an_odd_number_of_classes_the_middle_one_is_frequent(tmp_path):
    # By count: the last class (+4), the first (+1), the middle one (+1).
    study = study_of(tmp_path, [10, 20, 30], [11, 21, 34], train_count=[50, 900, 5])
    (found,) = rarer_classes_gain(study)
    assert found.holds is True
    assert found.text == (
        "mean gain of the 1 rarer classes +4.00, of the 2 more frequent +1.00, by seed (+3.00, +3.00, +3.00)"
    )


def test_classes_without_a_figure_or_training_data_do_not_count(tmp_path):
    one_task, stitched = [10, np.nan, 30, 5], [11, 99, 34, 95]
    study = study_of(tmp_path, one_task, stitched, train_count=[50, 2, 60, 0])
    (found,) = rarer_classes_gain(study)
    assert found.holds is False
    assert "mean gain of the 1 rarer classes +1.00, of the 1 more frequent +4.00" in found.text


def test_the_rarest_attributes_are_those_with_the_fewest_examples(tmp_path):
    gain = np.zeros(40)
    gain[-10:] = 4.0  # the last are the rarest here
    study = study_of(tmp_path, np.full(40, 30.0), 30 + gain, train_count=range(100, 60, -1), pair=VOC)
    ten, twenty = rarest_attributes_gain(study)
    assert (ten.holds, twenty.holds) == (True, True)
    assert "the 10 rarest attributes +4.00, of all 40 +1.00" in ten.text
    assert "the 20 rarest attributes +2.00, of all 40 +1.00" in twenty.text


def test_twenty_attributes_have_no_twenty_rarest(tmp_path):
    study = study_of(tmp_path, np.zeros(20), np.ones(20), train_count=range(1, 21), pair=VOC)
    with pytest.raises(Missing, match="only 20 of its attributes have figures"):
        rarest_attributes_gain(study)


@pytest.mark.parametrize("change", [{"names": ["a"]}, {"per_class": None}])
def test_figures_that_are_not_by_class_are_missing(tmp_path, change):
    study = study_of(tmp_path, [10, 20], [11, 21], train_count=[5, 6])
    for run in study.results.runs:
        for result in run.results.values():
            if "names" in change and "per_class" in result.details:
                result.details["per_class"] |= change
            else:
                result.details.clear()
    with pytest.raises(Missing, match="by class"):
        rarer_classes_gain(study)

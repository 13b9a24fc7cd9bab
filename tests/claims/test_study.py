"""All figures are invented."""

import pytest
from invented_studies import Invented, invent, splits

from stitchkit.claims.study import NYU, VOC, Missing


def test_rows_are_found_by_what_they_are(tmp_path):
    rows = {
        "one_task": 0.0,
        **splits(conv2=0.0, conv4=0.1),
        "cross_stitch": 0.5,
        "cross_stitch 1": Invented(0.0, {"unit.same": 0.1, "iterations": 5}),
        "cross_stitch 2": Invented(0.0, {"unit.same": 0.9, "iterations": 5}),
    }
    study = invent(tmp_path, rows, picked="conv4")
    assert study.row("cross_stitch") == "cross_stitch"
    assert study.row("split") == "split"
    assert study.row("split", "conv2") == "split conv2"
    assert study.candidates("split") == ["split conv2", "split conv4"]
    assert study.label("split") == "Split conv4"
    assert study.point("unit.same", 0.9) == "cross_stitch 2"
    assert study.points("unit.same") == [(0.1, "cross_stitch 1"), (0.9, "cross_stitch 2")]


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (lambda study: study.row("ensemble"), "no row 'ensemble'"),
        (lambda study: study.row("split", "fc7"), "no row 'split fc7'"),
        (lambda study: study.candidates("split"), "no candidates of split"),
        (lambda study: study.point("unit.same", 0.7), "no rows with methods.cross_stitch.unit.same=0.7"),
        (lambda study: study.point("iterations", 5), "2 rows with methods.cross_stitch.iterations=5"),
        (lambda study: study.of_pair(VOC), "its tasks are not detection and attributes"),
        (lambda study: study.task("depth"), "no tasks of depth"),
        (lambda study: study.figures("normals", "manhattan_mean"), "its normals has no manhattan_mean"),
    ],
)
def test_what_is_not_there_is_missing(tmp_path, look, message):
    rows = {f"cross_stitch {i}": Invented(0.0, {"unit.same": i, "iterations": 5}) for i in (0.1, 0.9)}
    with pytest.raises(Missing, match=message):
        look(invent(tmp_path, rows))


def test_runs_that_diverged_are_left_out(tmp_path):
    study = invent(tmp_path, {"cross_stitch": Invented(0.0, diverged=[1])})
    assert list(study.runs("cross_stitch", "normals")) == [0, 2]
    assert study.of_pair(NYU) is study

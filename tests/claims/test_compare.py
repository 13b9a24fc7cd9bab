"""All figures are invented."""

import pytest
from invented_studies import Invented, invent

from stitchkit.claims.compare import better, no_gain, ranked, seeds_alone, within
from stitchkit.claims.verdict import DISAGREE, DIVERGED, FEW_SEEDS, HAS_ZERO, NO_INTERVAL, ONE_SEED


def holds(findings):
    return [finding.holds for finding in findings]


def test_better_turns_the_direction_of_the_figure(tmp_path):
    study = invent(tmp_path, {"one_task": 0.0, "cross_stitch": 0.8})
    (mean,), (miu,) = study.figures("normals", "mean"), study.figures("segmentation", "miu")
    for figure, text in ((mean, "mean −0.80° [−0.90, −0.70]"), (miu, "mIU +0.80 [+0.70, +0.90]")):
        (found,) = better(study, "cross_stitch", "one_task", [figure])
        assert (found.subject, found.text, found.holds) == ("Cross stitch against One task", text, True)
        (other,) = better(study, "one_task", "cross_stitch", [figure])
        assert other.holds is False


@pytest.mark.parametrize(
    ("options", "doubt"),
    [
        ({"width": 1.0}, HAS_ZERO),
        ({"width": 0.8}, HAS_ZERO),  # touching zero is not excluding it
        ({"offsets": [0.0, 0.9, -0.9]}, DISAGREE),
        ({"seeds": [3]}, ONE_SEED),
        ({"width": None}, NO_INTERVAL),
        ({"width": None, "seeds": [3]}, ONE_SEED),
    ],
)
def test_what_leaves_a_comparison_open(tmp_path, options, doubt):
    study = invent(tmp_path, {"one_task": 0.0, "cross_stitch": 0.8}, **options)
    for pair in (("cross_stitch", "one_task"), ("one_task", "cross_stitch")):
        (found,) = better(study, *pair, study.figures("segmentation", "miu"))
        assert (found.holds, found.doubt) == (None, doubt)


def test_two_seeds_that_agree_are_enough_beside_an_interval(tmp_path):
    study = invent(tmp_path, {"one_task": 0.0, "cross_stitch": 0.8}, seeds=[4, 9])
    assert holds(better(study, "cross_stitch", "one_task", study.figures("normals", "mean"))) == [True]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ((0, 1, 2), (), False),
        ((), (0, 1, 2), True),
        ((1,), (), None),
        ((), (1, 2), None),
        ((0, 1, 2), (0, 1, 2), None),
        ((0, 1, 2), (1,), None),
    ],
)
def test_a_row_that_diverged_in_every_seed_is_worse_than_one_that_never_did(tmp_path, ours, theirs, expected):
    rows = {"one_task": Invented(0.0, diverged=theirs), "cross_stitch": Invented(9.0, diverged=ours)}
    study = invent(tmp_path, rows)
    (found,) = better(study, "cross_stitch", "one_task", study.figures("segmentation", "miu"))
    assert found.holds is expected
    assert found.doubt == ("" if expected is not None else DIVERGED)


@pytest.mark.parametrize(
    ("gap", "width", "expected"), [(0.2, 0.1, True), (0.2, 0.6, None), (0.9, 0.1, False), (-0.9, 0.1, False)]
)
def test_within_wants_the_whole_interval_on_one_side_of_the_bound(tmp_path, gap, width, expected):
    study = invent(tmp_path, {"a": 0.0, "b": gap}, width=width)
    (figure,) = study.figures("normals", "mean")
    assert within(study, "b", "a", figure, 0.7).holds is expected
    assert within(study, "a", "b", figure, 0.7).holds is expected


def test_within_wants_every_seed_inside_the_bound(tmp_path):
    study = invent(tmp_path, {"a": 0.0, "b": 0.0}, offsets=[0.0, 0.8, -0.8])
    assert within(study, "b", "a", study.figures("normals", "mean")[0], 0.7).holds is None


@pytest.mark.parametrize(
    ("gain", "width", "expected"),
    [(0.0, 0.1, True), (-2.0, 0.1, True), (0.5, 0.1, False), (0.5, 0.6, None), (0.0, 0.95, None)],
)
def test_no_gain_is_neither_a_certain_gain_nor_a_possible_large_one(tmp_path, gain, width, expected):
    study = invent(tmp_path, {"one_task": 0.0, "one_task_longer": gain}, width=width)
    (figure,) = study.figures("segmentation", "miu")
    assert no_gain(study, "one_task_longer", "one_task", figure, 0.9).holds is expected


def test_a_ranking_compares_every_two_rows(tmp_path):
    study = invent(tmp_path, {"a": 3.0, "b": 2.0, "c": 1.0})
    figures = study.figures("segmentation", "miu")
    assert holds(ranked(study, ["a", "b", "c"], figures)) == [True] * 3
    assert holds(ranked(study, ["c", "b", "a"], figures)) == [False] * 3
    assert holds(ranked(study, ["a", "c", "b"], figures)) == [True, True, False]


@pytest.mark.parametrize(
    ("values", "expected", "doubt"),
    [
        ([1.0, 2.0, 0.5], True, ""),
        ([-1.0, -2.0, -0.5], False, ""),
        ([1.0, -2.0, 0.5], None, DISAGREE),
        ([1.0, 2.0], None, FEW_SEEDS),
    ],
)
def test_without_intervals_three_seeds_must_agree(values, expected, doubt):
    found = seeds_alone("it", "gain", dict(enumerate(values)), lambda value: value > 0)
    assert (found.holds, found.doubt) == (expected, doubt)


def test_seeds_alone_writes_every_seed():
    assert seeds_alone("it", "gain", {0: 0.5, 1: -0.25}, bool).text == "gain (+0.50, −0.25)"

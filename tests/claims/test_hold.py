"""Which study answers a claim. All figures are invented."""

import pytest
from invented_studies import Invented, invent

from stitchkit.claims import CLAIMS, Outcome, hold
from stitchkit.claims.study import VOC

CLAIM = {claim.name: claim for claim in CLAIMS}
SEG = CLAIM["T5_cs_beats_onetask_seg"]
GOOD, BAD = {"one_task": 0.0, "cross_stitch": 0.9}, {"one_task": 0.0, "cross_stitch": -0.9}


def test_the_claims_own_study_goes_before_others(tmp_path):
    others = [invent(tmp_path, BAD, recipe=name) for name in ("a", "figure6_segmentation", "z")]
    studies = [*others, invent(tmp_path, GOOD)]
    judged = hold(SEG, studies, "default")
    assert judged.verdict.outcome is Outcome.HOLDS
    assert [study.results.recipe for study in judged.studies] == ["table5_nyu"]


def test_the_papers_other_recipes_go_before_the_rest(tmp_path):
    studies = [invent(tmp_path, BAD, recipe="a"), invent(tmp_path, GOOD, recipe="figure6_segmentation")]
    (used,) = hold(SEG, studies, "default").studies
    assert used.results.recipe == "figure6_segmentation"


def test_another_study_answers_where_the_own_one_lacks_a_row(tmp_path):
    studies = [invent(tmp_path, {"one_task": 0.0}), invent(tmp_path, GOOD, recipe="nyu_alexnet")]
    judged = hold(SEG, studies, "default")
    assert judged.verdict.outcome is Outcome.HOLDS
    assert judged.studies == (studies[1],)


@pytest.mark.parametrize("tasks", [VOC, ("segmentation", "normals", "detection")])
def test_a_study_of_other_tasks_answers_nothing(tmp_path, tasks):
    judged = hold(SEG, [invent(tmp_path, GOOD, recipe="other", pair=tasks, profile="small")], "small")
    assert judged.verdict.outcome is Outcome.CANNOT_TELL
    assert judged.verdict.why == "there is no study of table5_nyu, and no other study has what it needs"
    assert judged.commands == ("stitchkit run recipes/paper/table5_nyu.yaml --profile small",)


def test_a_missing_row_is_named(tmp_path):
    judged = hold(CLAIM["T5_cs_beats_ensemble"], [invent(tmp_path, GOOD)], "default")
    assert judged.verdict.outcome is Outcome.CANNOT_TELL
    assert judged.verdict.why == "the study of table5_nyu does not answer: it has no row 'ensemble'"
    assert judged.commands == ("stitchkit run recipes/paper/table5_nyu.yaml",)


def test_only_the_missing_study_of_a_claim_on_two_is_asked_for(tmp_path):
    judged = hold(CLAIM["F2_split_matters"], [invent(tmp_path, GOOD, recipe="figure2_split")], "default")
    assert judged.commands == ("stitchkit run recipes/paper/figure2_split_voc.yaml",)


def test_the_command_for_more_seeds_keeps_seeds_and_overrides(tmp_path):
    words = ["seeds=[5]", "training.lr=0.01"]
    study = invent(tmp_path, GOOD, seeds=[5], profile="small", path="mine/table 5.yaml", overrides=words)
    judged = hold(SEG, [study], "small")
    assert judged.commands == (
        "stitchkit run 'mine/table 5.yaml' --profile small training.lr=0.01 'seeds=[5,0,1]'",
    )


def test_what_more_seeds_cannot_settle_asks_for_none(tmp_path):
    judged = hold(SEG, [invent(tmp_path, GOOD, offsets=[0.0, 3.0, -3.0])], "default")
    assert judged.verdict.outcome is Outcome.CANNOT_TELL
    assert "the seeds disagree" in judged.verdict.why
    assert "(seeds +0.90, +3.90, −2.10)" in judged.verdict.why
    assert judged.commands == ()


def test_a_gain_of_training_time_alone_is_told_beside_the_claim(tmp_path):
    longer = Invented({"pixacc": 2.0, "miu": 0.9})
    rows = {**GOOD, "one_task_longer": longer}
    judged = hold(SEG, [invent(tmp_path, rows)], "default")
    assert judged.verdict.outcome is Outcome.HOLDS
    assert judged.verdict.why.endswith(
        ". Beside the claim, Cross stitch against One task longer: better in 1 of 3 figures, worse in 1"
    )


def test_a_diverged_row_is_worse(tmp_path):
    rows = {"one_task": 0.0, "cross_stitch": Invented(0.9, diverged=(0, 1, 2))}
    judged = hold(SEG, [invent(tmp_path, rows)], "default")
    assert judged.verdict.outcome is Outcome.DOES_NOT_HOLD
    assert "training diverged in 3 and 0 of 3 seeds" in judged.verdict.why

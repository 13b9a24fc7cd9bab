"""Rows of a study: sweeps, candidates, ensembles, what diverged, costs and intervals."""

import math
from typing import Any

import pytest
from toy_study import RECIPE, loaded, planned

from stitchkit.errors import InputError
from stitchkit.results import Results
from stitchkit.study import execute as execution
from stitchkit.study.rows import delta_m, summary
from stitchkit.study.study import run_study
from stitchkit.tasks import Metric
from stitchkit.training.hooks import TrainingDiverged
from stitchkit.training.train import train as trained

pytestmark = pytest.mark.usefixtures("toy_plugins")

METHODS: dict[str, Any] = RECIPE["methods"]
ONE_TASK = {"one_task": METHODS["one_task"]}


def same(value: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """A point of a sweep over where alpha begins."""
    stitched = {**METHODS["cross_stitch"], "unit": {"same": value}}
    return {"methods.cross_stitch.unit.same": value}, {"methods": {**METHODS, "cross_stitch": stitched}}


def test_a_sweep_shares_what_it_does_not_change(tmp_path):
    study = planned(loaded(points=[same(0.5), same(0.9)]), tmp_path)
    assert [row.name for row in study.rows] == [
        "constant",
        "one_task",
        "one_task_longer",
        "cross_stitch same=0.5",
        "cross_stitch same=0.9",
    ]
    assert [row.label for row in study.rows][-2:] == ["Cross-stitch, same=0.5", "Cross-stitch, same=0.9"]
    assert [dict(row.settings) for row in study.rows][-1] == {"methods.cross_stitch.unit.same": 0.9}
    assert sum(run.type == "one_task" for run in study.runs) == 4
    assert study.swept


def test_the_points_of_a_sweep_are_built_each_in_its_own_way(tmp_path):
    results, _ = run_study(loaded(points=[same(0.5), same(0.9)], seeds=[0]), tmp_path)
    starts = {}
    for run in results.runs:
        if run.row.startswith("cross_stitch"):
            history = (tmp_path / "toy" / "default" / run.folder / "history.jsonl").read_text().splitlines()
            starts[run.row] = history[0]
    assert '"alpha.first.same": 0.5' in starts["cross_stitch same=0.5"]
    assert '"alpha.first.same": 0.89' in starts["cross_stitch same=0.9"]


def test_what_is_swept_in_training_makes_rows_of_all_methods(tmp_path):
    points = [({"training.lr": lr}, {"training": {**RECIPE["training"], "lr": lr}}) for lr in (0.1, 0.01)]
    study = planned(loaded(points=points, methods=ONE_TASK), tmp_path)
    assert [row.name for row in study.rows] == ["constant", "one_task lr=0.1", "one_task lr=0.01"]
    assert {study.materials[run.key].recipe.training.lr for run in study.rows[1].all_runs} == {0.1}


HELD_OUT = {**RECIPE["training"], "validation": {"fraction": 0.5, "every": 100}}
SPLIT = {**ONE_TASK, "split": {"at": ["drop", "last"], "iterations": 4}}


def test_the_best_candidate_is_picked_on_validation_frames(tmp_path):
    results, _ = run_study(loaded(methods=SPLIT, training=HELD_OUT), tmp_path)
    rows = results.rows
    assert list(rows) == ["constant", "one_task", "split", "split drop", "split last"]
    scores = {name: rows[name].validation_delta_m for name in ("split drop", "split last")}
    assert None not in scores.values()
    best = max(scores, key=lambda name: scores[name] or -math.inf)
    assert rows["split"].picked == best
    assert rows["split"].figures == rows[best].figures
    assert rows["split"].label == f"Split {rows[best].candidate}, best of 2 on validation frames"
    assert results.shown() == ["constant", "one_task", "split"]
    assert [run.row for run in results.runs_of("split")] == [best, best]
    assert results.data.validation_frames == 6


def test_candidates_are_not_picked_on_test_frames(tmp_path):
    with pytest.raises(InputError, match=r"methods\.split picks the best of 2 .*validation\.fraction is 0"):
        planned(loaded(methods=SPLIT), tmp_path)


def test_an_ensemble_costs_and_predicts_what_its_members_do(tmp_path):
    results, _ = run_study(loaded(methods={**METHODS, "ensemble": {}}, seeds=[0]), tmp_path)
    single, ensemble = results.rows["one_task"].cost, results.rows["ensemble"].cost
    assert single is not None
    assert ensemble is not None
    assert ensemble.parameters == 2 * single.parameters
    assert single.flops is not None
    assert ensemble.flops == 2 * single.flops
    assert ensemble.seconds is not None
    assert ensemble.seconds > (single.seconds or 0)
    assert ensemble.memory == single.memory
    (run,) = results.runs_of("ensemble")
    assert run.iterations == 0
    assert run.results.keys() == {"bright", "dim"}


def test_a_stitched_network_costs_its_starts_in_time_and_nothing_else(tmp_path):
    results, _ = run_study(loaded(seeds=[0]), tmp_path)
    cost = {name: results.rows[name].cost for name in ("one_task", "cross_stitch")}
    single, stitched = cost["one_task"], cost["cross_stitch"]
    assert single is not None
    assert stitched is not None
    own = [run.seconds for run in results.runs_of("cross_stitch")]
    assert stitched.seconds == pytest.approx((single.seconds or 0) + own[0])
    assert stitched.flops == single.flops
    assert stitched.parameters == single.parameters + 4 * 4


def diverging(monkeypatch: pytest.MonkeyPatch, scale: float) -> None:
    """Training diverges where alpha learns at this scale."""
    train = trained

    def diverge(model, samples, indices, groups, **options):
        if any(group["name"] == "alphas" and group["lr"] == 0.05 * scale for group in groups):
            raise TrainingDiverged("the loss is nan", 3)
        return train(model, samples, indices, groups, **options)

    monkeypatch.setattr(execution, "train", diverge)


def scaled(scale: float) -> tuple[dict[str, Any], dict[str, Any]]:
    stitched = {**METHODS["cross_stitch"], "alpha_lr_scale": scale}
    return {"methods.cross_stitch.alpha_lr_scale": scale}, {"methods": {**METHODS, "cross_stitch": stitched}}


def test_divergence_is_a_result_of_a_sweep(tmp_path, monkeypatch):
    diverging(monkeypatch, 100)
    results, folder = run_study(loaded(points=[scaled(10), scaled(100)]), tmp_path)
    lost, kept = (
        results.rows["cross_stitch alpha_lr_scale=100"],
        results.rows["cross_stitch alpha_lr_scale=10"],
    )
    assert lost.diverged == [0, 1]
    assert lost.figures["bright"]["error"].mean is None
    assert lost.cost is None
    assert [run.diverged for run in results.runs_of("cross_stitch alpha_lr_scale=100")] == [3, 3]
    assert kept.diverged == []
    assert kept.figures["bright"]["error"].mean is not None
    assert "diverged" in (folder / "table.md").read_text()
    monkeypatch.setattr(execution, "train", None)  # nothing is trained again
    assert run_study(loaded(points=[scaled(10), scaled(100)]), tmp_path)[0].rows == results.rows


def test_divergence_stops_a_study_that_sweeps_nothing(tmp_path, monkeypatch):
    diverging(monkeypatch, 10)
    with pytest.raises(TrainingDiverged):
        run_study(loaded(seeds=[0]), tmp_path)


def studied(tmp_path: Any, **evaluation: Any) -> Results:
    return run_study(loaded(evaluation={"pictures": 0, **evaluation}), tmp_path)[0]


def test_differences_are_paired_by_seed_and_image(tmp_path):
    results = studied(tmp_path)
    found = results.difference("cross_stitch", "one_task", "dim", "error")
    assert found is not None
    ours, theirs = (results.rows[name].figures["dim"]["error"].seeds for name in ("cross_stitch", "one_task"))
    assert found.seeds == [
        a - b for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None
    ]
    assert found.mean == pytest.approx(sum(found.seeds) / 2)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.mean <= found.high
    back = results.difference("one_task", "cross_stitch", "dim", "error")
    assert back is not None
    assert (back.low, back.high) == (-found.high, -found.low)
    assert results.difference("constant", "one_task", "dim", "error") is None


def test_without_resamples_there_are_no_intervals(tmp_path):
    results = studied(tmp_path, resamples=0)
    assert results.differences
    assert all(found.low is None and not found.certain for found in results.differences)


ANGLE, SHARE = Metric("mean", "mean", "°", higher_is_better=False), Metric("miu", "mIU")


def test_delta_m_is_the_mean_relative_gain_whatever_the_direction():
    metrics = {"normals": (ANGLE,), "segmentation": (SHARE,)}
    ours = {"normals": {"mean": 30.0}, "segmentation": {"miu": 22.0}}
    theirs = {"normals": {"mean": 40.0}, "segmentation": {"miu": 20.0}}
    assert delta_m(ours, theirs, metrics) == pytest.approx((25 + 10) / 2)
    assert delta_m(theirs, theirs, metrics) == 0
    assert delta_m(ours, {**theirs, "segmentation": {"miu": 0.0}}, metrics) is None
    assert delta_m({"normals": {"mean": 30.0}}, theirs, metrics) is None


def test_a_summary_tells_of_what_is_known():
    assert summary([1.0, 3.0]).std == pytest.approx(math.sqrt(2))
    assert summary([1.0]).std is None
    assert summary([None, 2.0]).mean == 2.0
    assert summary([None]).mean is None

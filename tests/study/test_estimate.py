"""What is told of networks before they are trained is what is found when they are."""

import pytest
from toy_study import RECIPE, loaded, planned

from stitchkit.errors import InputError
from stitchkit.study import execute as execution
from stitchkit.study.estimate import networks, seconds
from stitchkit.study.plan import kind
from stitchkit.study.store import Store
from stitchkit.training import tracking

pytestmark = pytest.mark.usefixtures("toy_plugins")


def test_costs_are_those_that_training_finds(tmp_path):
    store, study = Store(tmp_path), planned(loaded(seeds=[0]), tmp_path)
    before = sorted(tmp_path.rglob("*"))
    known = networks(study, store)
    assert sorted(tmp_path.rglob("*")) == before
    for run in study.runs:
        execution.execute(run, study.materials[run.key], store, row="")
        if run.iterations:
            facts, network = store.facts(run), known[kind(run)]
            told = (network.parameters, network.flops, network.memory)
            assert told == (facts["parameters"], facts["flops"], facts["memory"])


def test_taps_are_told_with_the_shape_of_each_map(tmp_path):
    known = networks(planned(loaded(), tmp_path), Store(tmp_path)).values()
    (tap,) = next(network.taps for network in known if network.run.type == "cross_stitch")
    assert (tap.name, tap.unit, tap.alpha, tap.parameters) == ("first", "CrossStitchUnit", (4, 2, 2), 16)
    assert tap.maps == {"bright": ("first", (1, 4, 8, 10)), "dim": ("first", (1, 4, 8, 10))}
    assert all(network.taps == () for network in known if network.run.type != "cross_stitch")


def test_networks_of_one_form_are_timed_once_and_each_run_is_told_its_time(tmp_path, monkeypatch):
    timed = []

    def seconds_of(model, *args, **options):
        timed.append(list(model.tasks))
        return 0.5 * len(model.tasks)

    monkeypatch.setattr("stitchkit.study.estimate.step_seconds", seconds_of)
    methods = RECIPE["methods"]
    rates = [{"methods.cross_stitch.lr": lr} for lr in (0.1, 0.2)]
    points = [
        (point, {"methods": {**methods, "cross_stitch": {**methods["cross_stitch"], "lr": lr}}})
        for point, lr in zip(rates, (0.1, 0.2), strict=True)
    ]
    store, study = Store(tmp_path), planned(loaded(points=points), tmp_path)
    known = networks(study, store, timed=True)
    assert timed == [["bright"], ["dim"], ["bright", "dim"]]
    found = seconds(study, store, known)
    assert {(run.type, run.iterations): found[run.key] for run in study.runs if run.iterations} == {
        ("one_task", 20): 10.0,
        ("one_task", 10): 5.0,
        ("one_task_longer", 5): 2.5,
        ("cross_stitch", 5): 5.0,
    }


def test_without_a_clock_finished_runs_of_a_kind_tell_how_long_others_take(tmp_path):
    store, study = Store(tmp_path), planned(loaded(), tmp_path)
    assert set(seconds(study, store, {}).values()) == {None}
    first, second = (run for run in study.runs if run.type == "one_task" and run.tasks == ("bright",))
    store.save(first, {}, {}, {"seconds": 40.0, "parameters": 1})
    found = seconds(study, store, {})
    assert first.key not in found
    assert found[second.key] == 40.0
    assert {value for key, value in found.items() if key != second.key} == {None}


def test_a_run_that_diverged_tells_nothing(tmp_path):
    store, study = Store(tmp_path), planned(loaded(), tmp_path)
    run = next(run for run in study.runs if run.iterations)
    store.save(run, {}, {}, {"seconds": 0.0, "parameters": 0, "diverged": 3})
    assert set(seconds(study, store, {}).values()) == {None}


def test_what_is_to_track_runs_must_be_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(tracking, "find_spec", lambda name: None)
    study = planned(loaded(training={**RECIPE["training"], "track": ["mlflow"]}), tmp_path)
    for look in (networks, execution.rehearse):
        with pytest.raises(InputError, match=r"stitchkit\[mlflow\]"):
            look(study, Store(tmp_path))


def test_tracking_has_no_effect_on_a_result(tmp_path):
    weights = []
    for track in (["tensorboard"], []):
        store = Store(tmp_path / "-".join(track))
        study = planned(loaded(training={**RECIPE["training"], "track": track}, seeds=[0]), store.root)
        run = next(run for run in study.runs if run.type == "one_task")
        execution.execute(run, study.materials[run.key], store, row="one_task")
        assert (store.folder(run) / "tensorboard").exists() == bool(track)
        weights.append((run.key, (store.folder(run) / "network.safetensors").read_bytes()))
    assert weights[0] == weights[1]

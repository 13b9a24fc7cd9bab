import json

import pytest
import torch
from toy_study import RECIPE, loaded, planned

from stitchkit.errors import InputError
from stitchkit.methods.base import MEMBER
from stitchkit.networks import StitchedNet, stitch
from stitchkit.study import execute as execution
from stitchkit.study.store import Store
from stitchkit.study.study import run_study
from stitchkit.training.train import train as trained

pytestmark = pytest.mark.usefixtures("toy_plugins")


def test_the_plan_has_every_run_after_those_it_starts_from(tmp_path):
    study = planned(loaded(methods={**RECIPE["methods"], "ensemble": {}}), tmp_path)
    assert [(run.type, run.tasks, run.seed) for run in study.runs] == [
        ("constant", ("bright", "dim"), 0),
        *[("one_task", (task,), seed) for seed in (0, 1) for task in ("bright", "dim")],
        *[("one_task_longer", (task,), seed) for seed in (0, 1) for task in ("bright", "dim")],
        *[("cross_stitch", ("bright", "dim"), seed) for seed in (0, 1)],
        *[
            run
            for seed in (0, 1)
            for run in [
                ("one_task", ("bright",), seed + MEMBER),
                ("one_task", ("dim",), seed + MEMBER),
                ("ensemble", ("bright", "dim"), seed),
            ]
        ],
    ]
    assert all(start in study.runs[:at] for at, run in enumerate(study.runs) for start in run.starts)
    assert len({run.key for run in study.runs}) == len(study.runs)
    assert [row.name for row in study.rows] == [
        "constant",
        "one_task",
        "one_task_longer",
        "cross_stitch",
        "ensemble",
    ]
    further = [run for run in study.runs if run not in study.measured]
    assert {run.seed for run in further} == {MEMBER, 1 + MEMBER}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"training": {**RECIPE["training"], "workers": 1, "log_every": 2}}, True),
        ({"evaluation": {"pictures": 0, "batch": 1}}, True),
        ({"training": {**RECIPE["training"], "lr": 0.01}}, False),
        ({"backbone": {"type": "tiny", "scale": 2.0}}, False),
        ({"data": {"type": "squares", "frames": 10}}, False),
    ],
)
def test_keys_change_with_what_determines_a_result_only(tmp_path, change, same):
    keys = [
        [run.key for run in planned(study, tmp_path).runs if run.type == "one_task"]
        for study in (loaded(), loaded(**change))
    ]
    assert (keys[0] == keys[1]) is same


def test_a_study_trains_once_and_says_what_came_out(tmp_path, monkeypatch):
    results, folder = run_study(loaded(), tmp_path)
    assert folder == tmp_path / "toy" / "default"
    assert {path.name for path in folder.iterdir()} == {
        "results.json",
        "report.html",
        "table.md",
        "recipe.yaml",
    }
    written = json.loads((folder / "results.json").read_text())
    rows = written["rows"]
    assert list(rows) == ["constant", "one_task", "one_task_longer", "cross_stitch"]
    error = rows["cross_stitch"]["figures"]["dim"]["error"]
    assert len(error["seeds"]) == 2
    assert error["mean"] == pytest.approx(sum(error["seeds"]) / 2)
    assert rows["constant"]["figures"]["bright"]["error"]["mean"] == pytest.approx(0.25)
    assert rows["one_task"]["figures"]["bright"]["error"]["mean"] < 0.2
    stitched = next(run for run in results.runs if run.row == "cross_stitch")
    assert (folder / stitched.folder / "alphas.safetensors").exists()
    history = (folder / stitched.folder / "history.jsonl").read_text().splitlines()
    start = json.loads(history[0])
    assert start["iteration"] == 0
    assert start["alpha.first.same"] == pytest.approx(0.9)
    assert start["alpha.first.different"] == pytest.approx(0.1)
    assert json.loads(history[-1])["alpha.first.same"] != start["alpha.first.same"]

    def never(*args, **kwargs):
        raise AssertionError("trained or measured again")

    monkeypatch.setattr(execution, "train", never)
    monkeypatch.setattr(execution, "evaluate", never)
    again, _ = run_study(loaded(), tmp_path)
    assert again.rows == results.rows
    assert again.differences == results.differences


def test_the_stitched_network_begins_with_the_one_task_networks(tmp_path):
    store = Store(tmp_path)
    study = planned(loaded(seeds=[0]), tmp_path)
    for run in study.runs:
        execution.execute(run, study.materials[run.key], store, row="")
    stitched = next(run for run in study.runs if run.type == "cross_stitch")
    network = execution.build(stitched, study.materials[stitched.key], store)
    assert isinstance(network, StitchedNet)
    for run in study.runs:
        if run.type == "one_task":
            (task,) = run.tasks
            state = network.nets[task].state_dict()
            assert all(torch.equal(value, state[name]) for name, value in store.network(run).items())


def test_networks_of_a_seed_share_their_random_start(tmp_path):
    store = Store(tmp_path)
    study = planned(loaded(), tmp_path)
    one_task = [run for run in study.runs if run.type == "one_task"]
    weights = [
        execution.build(run, study.materials[run.key], store).state_dict()["first.weight"] for run in one_task
    ]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])  # of another seed


def test_a_target_that_the_data_lacks_is_one_clear_error(tmp_path):
    tasks = {"bright": {"type": "brightness", "target": "normals"}, "dim": {"type": "brightness"}}
    with pytest.raises(
        InputError, match=r"tasks\.bright\.target: the data set 'squares' has no 'normals'; it has depth"
    ):
        run_study(loaded(tasks=tasks), tmp_path)


PUBLISHED = {"source": "a paper", "rows": {"cross_stitch": {"bright": {"error": 0.1}}}}


def test_published_rows_stand_only_beside_the_same_ground_truth(tmp_path):
    results, _ = run_study(loaded(published=PUBLISHED, seeds=[0]), tmp_path)
    assert results.published is not None
    assert results.published.rows == {}
    assert "not the one they were measured on" in results.published.reason
    results, _ = run_study(loaded(published=PUBLISHED, seeds=[0], changes_protocol=True), tmp_path)
    assert results.published is not None
    assert "departs from the published protocol" in results.published.reason


def test_held_out_frames_are_measured_and_never_trained_on(tmp_path, monkeypatch):
    seen: list[list[int]] = []

    def train(model, samples, indices, groups, **options):
        seen.append(list(indices))
        return trained(model, samples, indices, groups, **options)

    monkeypatch.setattr(execution, "train", train)
    training = {**RECIPE["training"], "validation": {"fraction": 0.5, "every": 10}}
    study = loaded(training=training, seeds=[0])
    _, folder = run_study(study, tmp_path)
    assert {frame for indices in seen for frame in indices} == set(seen[0])
    assert len(seen[0]) == 6
    results = json.loads((folder / "results.json").read_text())
    (run,) = (run for run in results["runs"] if run["row"] == "one_task" and run["iterations"] == 20)
    entries = [
        json.loads(line) for line in (folder / run["folder"] / "history.jsonl").read_text().splitlines()
    ]
    measured = [entry["iteration"] for entry in entries if "validation.bright.error" in entry]
    assert measured == [10, 20]


def test_alphas_of_a_tap_that_some_networks_lack_are_those_of_all_with_the_identity_for_the_others():
    networks = {name: torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.ReLU()) for name in "abc"}
    net = stitch(networks, taps=["1", {"a": "0", "c": "0"}], example=torch.zeros(1, 3, 5, 5))
    found = execution.alphas(net)
    assert found["1"].shape == (4, 3, 3)
    wanted = torch.tensor([[0.9, 0.0, 0.1], [0.0, 1.0, 0.0], [0.1, 0.0, 0.9]])
    torch.testing.assert_close(found["0"], wanted.expand(4, 3, 3))

"""Where curves go. The packages of the services are stood in for, unless they are installed."""

import json
import os
import subprocess
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stitchkit.errors import InputError
from stitchkit.training import tracking
from stitchkit.training.tracking import require, tracked

CONFIG = {"row": "one_task", "seed": 3, "recipe": {"training": {"lr": 0.1, "size": [8, 10]}}}
CURVES = [({"loss/seg": 2.0}, 10), ({"validation/seg.error": 1.0}, 10), ({"alpha/a.b#1.same": 0.5}, 20)]


class Service(ModuleType):
    """A package that writes down how it is called; what it is asked for fails where ``refuses`` says so."""

    def __init__(self, name: str, refuses: str = "") -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.refuses = refuses

    def __getattr__(self, called: str) -> Any:
        def call(*values: Any, **named: Any) -> None:
            if called == self.refuses:
                raise RuntimeError("no account\nlog in first")
            self.calls.append((called, values, named))

        return call


@pytest.fixture
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service(*request.param)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    for variable in ("WANDB_PROJECT", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(variable, raising=False)
    return made


def track(names: list[str], folder: Any) -> None:
    with tracked(names, folder, "one_task: seg (seed 3)", CONFIG) as visualizer:
        for entry, step in CURVES:
            visualizer.add_scalars(entry, step=step)


def test_tensorboard_has_every_entry_at_its_iteration(tmp_path):
    track(["tensorboard"], tmp_path)
    reader = import_module("tensorboard.backend.event_processing.event_accumulator")
    events = reader.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]} == {
        name: [(step, value)] for entry, step in CURVES for name, value in entry.items()
    }


def test_nothing_is_tracked_where_nothing_is_named(tmp_path):
    track([], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("service", [("wandb",)], indirect=True)
def test_wandb_is_told_name_config_and_iterations_and_no_code(service, tmp_path):
    track(["wandb"], tmp_path)
    begun = {
        "project": "stitchkit",
        "name": "one_task: seg (seed 3)",
        "config": CONFIG,
        "dir": str(tmp_path),
    }
    assert service.calls == [
        ("init", (), begun),
        *(("log", (entry,), {"step": step}) for entry, step in CURVES),
        ("finish", (), {"exit_code": 0}),
    ]


@pytest.mark.parametrize("service", [("mlflow",)], indirect=True)
def test_mlflow_is_told_name_config_and_iterations_under_names_that_it_takes(service, tmp_path):
    track(["mlflow"], tmp_path)
    params = {"row": "one_task", "seed": 3, "recipe.training.lr": 0.1, "recipe.training.size": [8, 10]}
    assert service.calls == [
        ("set_experiment", ("stitchkit",), {}),
        ("start_run", (), {"run_name": "one_task: seg (seed 3)"}),
        ("log_params", (params,), {}),
        ("log_metrics", ({"loss/seg": 2.0},), {"step": 10}),
        ("log_metrics", ({"validation/seg.error": 1.0},), {"step": 10}),
        ("log_metrics", ({"alpha/a.b_1.same": 0.5},), {"step": 20}),
        ("end_run", ("FINISHED",), {}),
    ]


@pytest.mark.parametrize(
    ("service", "end"),
    [(("wandb",), ("finish", (), {"exit_code": 1})), (("mlflow",), ("end_run", ("FAILED",), {}))],
    indirect=["service"],
)
def test_a_run_that_fails_is_marked_so(service, end, tmp_path):
    with pytest.raises(KeyboardInterrupt), tracked([service.__name__], tmp_path, "run", CONFIG):
        raise KeyboardInterrupt
    assert service.calls[-1] == end


@pytest.mark.parametrize("service", [("wandb", "init"), ("mlflow", "start_run")], indirect=True)
def test_a_service_that_cannot_begin_is_one_line_before_training(service, tmp_path):
    with pytest.raises(InputError) as error:
        track([service.__name__], tmp_path)
    assert str(error.value) == (
        f"training.track: {service.__name__} cannot begin (RuntimeError: no account); "
        "mend that, or leave it out"
    )


def test_a_missing_package_is_named_with_the_extra_that_brings_it(monkeypatch):
    require(["tensorboard"])
    require([])
    monkeypatch.setattr(tracking, "find_spec", lambda name: None)
    with pytest.raises(InputError) as error:
        require(["wandb"])
    assert str(error.value) == (
        "training.track: wandb is not installed; run: pip install 'stitchkit[wandb]', or leave wandb out"
    )


TRACK = """
import json, sys
from pathlib import Path
from stitchkit.training.tracking import tracked
package, config, curves = sys.argv[1], *map(json.loads, sys.argv[2:])
with tracked([package], Path.cwd(), "a run", config) as visualizer:
    for entry, step in curves:
        visualizer.add_scalars(entry, step=step)
"""
READ_MLFLOW = """
import json
from mlflow.tracking import MlflowClient
client = MlflowClient()
run, = client.search_runs([client.get_experiment_by_name("stitchkit").experiment_id])
history = client.get_metric_history(run.info.run_id, "loss/seg")
found = [run.info.run_name, run.info.status, run.data.params, run.data.metrics]
print(json.dumps([*found, [(metric.step, metric.value) for metric in history]]))
"""


def with_the_package_itself(package: str, folder: Path, program: str, **environment: str) -> str:
    """What a program prints, in a process of its own, which heeds none of our settings for warnings."""
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    words = [sys.executable, "-c", program, package, json.dumps(CONFIG), json.dumps(CURVES)]
    known = {**os.environ, **environment}
    done = subprocess.run(words, cwd=folder, env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_wandb_itself_takes_it_offline(tmp_path):
    with_the_package_itself("wandb", tmp_path, TRACK, WANDB_MODE="offline")
    assert len(list(tmp_path.glob("wandb/offline-run-*/*.wandb"))) == 1


@pytest.mark.slow
def test_mlflow_itself_takes_it_without_a_server(tmp_path):
    store = {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db"}
    with_the_package_itself("mlflow", tmp_path, TRACK, **store)
    printed = with_the_package_itself("mlflow", tmp_path, READ_MLFLOW, **store)
    name, status, params, metrics, history = json.loads(printed.splitlines()[-1])
    assert (name, status) == ("a run", "FINISHED")
    assert params["recipe.training.lr"] == "0.1"
    assert metrics == {"loss/seg": 2.0, "validation/seg.error": 1.0, "alpha/a.b_1.same": 0.5}
    assert history == [[10, 2.0]]

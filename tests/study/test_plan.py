"""What a run's key holds of plugin files."""

from pathlib import Path

import glow
import pytest
from toy_study import RECIPE, loaded, planned

from stitchkit.plugins import load_file
from stitchkit.study.plan import kind

pytestmark = pytest.mark.usefixtures("toy_plugins", "plugin_files")

UNIT = '''

@sk.unit("twin")
class Twin(sk.CrossStitch):
    """Cross-stitch units of another name."""
'''


def keys(file: Path, tmp_path: Path, more: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Keys of the runs of one seed by method and tasks, when the file ends with some further lines."""
    import sys

    from stitchkit.plugins import registered

    monkeypatch.setattr(registered, "_classes", {})
    for module in [name for name in sys.modules if name.startswith("stitchkit.plugins.files.")]:
        del sys.modules[module]
    load_file(glow.write(file, UNIT + more))
    methods = {
        **RECIPE["methods"],
        "twin": {"type": "cross_stitch", "iterations": 5, "unit": {"type": "twin"}},
    }
    tasks = {"bright": {"type": "glow"}, "dim": {"type": "brightness"}}
    study = planned(loaded(tasks=tasks, methods=methods, seeds=[0]), tmp_path)
    names = study.names()
    return {f"{names[run.key]} {'+'.join(run.tasks)}": run.key for run in study.runs}


def test_what_a_file_provides_has_its_content_in_the_key(tmp_path, monkeypatch):
    file = tmp_path / "glow_task.py"
    before = keys(file, tmp_path, "", monkeypatch)
    assert keys(file, tmp_path, "", monkeypatch) == before
    after = keys(file, tmp_path, "# another line\n", monkeypatch)
    same = {name for name in before if before[name] == after[name]}
    assert same == {"one_task dim", "one_task_longer dim"}


def test_elsewhere_keys_hold_nothing_of_files(tmp_path):
    study = planned(loaded(seeds=[0]), tmp_path)
    assert all("code" not in run.settings for run in study.runs)


def test_a_unit_alone_from_a_file_changes_the_stitched_networks_alone(tmp_path):
    load_file(glow.write(tmp_path / "units.py", UNIT))
    methods = {**RECIPE["methods"]}
    methods["cross_stitch"] = {**methods["cross_stitch"], "unit": {"type": "twin"}}
    study = planned(loaded(methods=methods, seeds=[0]), tmp_path)
    assert {run.type for run in study.runs if "code" in run.settings} == {"cross_stitch"}


def test_runs_that_differ_in_their_seed_are_of_one_kind(tmp_path):
    study = planned(loaded(), tmp_path)
    assert len({run.key for run in study.runs if run.type == "cross_stitch"}) == 2
    assert len({kind(run) for run in study.runs if run.type == "cross_stitch"}) == 1
    assert len({kind(run) for run in study.runs if run.type == "one_task"}) == 2

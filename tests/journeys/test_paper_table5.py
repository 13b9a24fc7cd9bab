"""Every row of Table 5 from one recipe, and what the recipes of other tables take over from it."""

import json
from pathlib import Path

import pytest

PAPER = Path(__file__).parents[2] / "recipes" / "paper"
TINY = (
    "backbone.width=0.05",
    "training.size=[60,80]",
    "training.batch=4",
    "training.log_every=1",
    "training.validation.fraction=0.25",
    "methods.one_task.iterations={segmentation: 2, normals: 2}",
    "methods.one_task_longer=null",
    "methods.cross_stitch.iterations=1",
    "evaluation.pictures=1",
    "evaluation.resamples=20",
    "seeds=[0,1]",
    "data.train=8",
    "data.test=4",
    "data.size=[60,80]",
    "data.processes=1",
)
JOINT = ("methods.split={iterations: 1, at: [conv2, score]}", "methods.mtl_shared={iterations: 1, width: 8}")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(stitchkit_command, tmp_path, cache, monkeypatch):
    """Run one of the paper's recipes; gives what it printed and its results."""
    monkeypatch.setenv("STITCHKIT_CACHE", str(cache))

    def run(name, *overrides):
        words = ("run", PAPER / f"{name}.yaml", "--profile", "sample", *TINY, *overrides, "--out", tmp_path)
        code, output, errors = stitchkit_command(*words)
        assert code == 0, errors
        return output, json.loads((tmp_path / name / "sample" / "results.json").read_text())

    return run


def test_every_row_of_table_5_and_the_tables_that_begin_with_its_networks(run, stitchkit_command, tmp_path):
    output, results = run("table5_nyu", *JOINT)
    rows = results["rows"]
    assert [name for name, row in rows.items() if not row["candidate"]] == [
        "constant",
        "one_task",
        "ensemble",
        "split",
        "mtl_shared",
        "cross_stitch",
    ]
    for name, row in rows.items():
        assert set(row["figures"]) == {"segmentation", "normals"}, name
        assert name == "constant" or len(row["figures"]["normals"]["mean"]["seeds"]) == 2
    assert rows["split"]["picked"] in ("split conv2", "split score")
    assert "best of 2 on validation frames" in output
    assert rows["ensemble"]["cost"]["parameters"] == 2 * rows["one_task"]["cost"]["parameters"]
    assert all(difference["low"] is not None for difference in results["differences"])

    output, results = run("table1_alpha_init")
    to_do = [line for line in output.splitlines() if "to do" in line]
    assert len(to_do) == 3 * 2  # 0.9 is Table 5's
    assert all(line.startswith("cross_stitch same=") for line in to_do)
    assert {"cross_stitch same=0.1", "cross_stitch same=0.9"} <= results["rows"].keys()

    output, _ = run("figure2_split", "methods.split={iterations: 1, at: [conv2, score]}")
    to_do = [line for line in output.splitlines() if "to do" in line]
    assert not any(line.startswith(("one_task", "split")) for line in to_do)

    code, output, errors = stitchkit_command("claims", tmp_path, "--json")
    assert code == 0, errors
    claims = json.loads(output)
    assert len(claims) == 20
    assert {claim["verdict"] for claim in claims} <= {"holds", "does not hold", "cannot tell"}

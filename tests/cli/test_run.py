import json

import pytest

pytestmark = pytest.mark.usefixtures("toy_plugins")


def test_run_prints_the_table_and_says_where_everything_is(stitchkit_command, toy_recipe, tmp_path):
    code, output, errors = stitchkit_command("run", toy_recipe, "--out", tmp_path)
    assert code == 0
    assert "cross_stitch" in output
    assert "to do" in output
    assert "One-task" in output
    assert str(tmp_path / "toy" / "default" / "report.html") in output
    says = [line.split() for line in output.splitlines() if line.strip().startswith("networks ")]
    assert says == [["networks", str(tmp_path / "networks")]]
    assert len(list((tmp_path / "networks").glob("*/network.safetensors"))) == 3
    assert "one_task: bright (seed 0): 4/4" in errors

    code, again, errors = stitchkit_command("run", toy_recipe, "--out", tmp_path)
    assert code == 0
    assert "to do" not in again
    assert errors == ""
    table = output[output.index("Method") : output.index("Machine")]
    assert again[again.index("Method") : again.index("Machine")] == table


def test_overrides_and_profiles_reach_the_study(stitchkit_command, toy_recipe, tmp_path):
    code, _, _ = stitchkit_command(
        "run", toy_recipe, "seeds=[3,4]", "methods.cross_stitch=null", "--profile", "short", "--out", tmp_path
    )
    assert code == 0
    results = json.loads((tmp_path / "toy" / "short" / "results.json").read_text())
    assert results["overrides"] == ["seeds=[3,4]", "methods.cross_stitch=null"]
    assert {run["iterations"] for run in results["runs"]} == {0, 2}
    assert {run["seed"] for run in results["runs"]} == {0, 3, 4}
    assert list(results["rows"]) == ["constant", "one_task"]


def test_report_is_written_anew(stitchkit_command, toy_recipe, tmp_path):
    stitchkit_command("run", toy_recipe, "--out", tmp_path)
    page = tmp_path / "toy" / "default" / "report.html"
    page.unlink()
    code, output, _ = stitchkit_command("report", page.parent)
    assert code == 0
    assert "Cross-stitch" in output
    assert page.exists()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("methods.cross_stitch.taps=[frist]", "'frist'"),
        ("training.batchsize=3", "unknown key 'batchsize'; did you mean"),
        ("tasks.bright.type=brightnes", "'brightnes'"),
        ("data.type=squire", "'squire'"),
        ("training.lr=fast", "training.lr"),
        ("methods.one_task.iterations.dmi=4", "dmi"),
    ],
)
def test_a_mistake_is_one_line_before_anything_trains(
    stitchkit_command, toy_recipe, tmp_path, override, message
):
    code, _, errors = stitchkit_command("check", toy_recipe, override, "--out", tmp_path)
    assert code == 2
    assert message in errors
    assert len(errors.splitlines()) == 1


def test_divergence_exits_with_one_and_says_what_to_try(stitchkit_command, toy_recipe, tmp_path):
    code, _, errors = stitchkit_command("run", toy_recipe, "training.lr=1e30", "--out", tmp_path)
    assert code == 1
    assert "training diverged; try a smaller training.lr" in errors.splitlines()[-1]

import json

import pytest

pytestmark = pytest.mark.usefixtures("toy_plugins")


def test_plan_says_what_starts_from_what_and_what_is_done(stitchkit_command, toy_recipe, tmp_path):
    words = ("plan", toy_recipe, "methods.ensemble={}", "--out", tmp_path)
    code, output, errors = stitchkit_command(*words)
    assert (code, errors) == (0, "")
    rows = [line.split() for line in output.splitlines()]
    assert ["constant", "bright,", "dim", "0", "–", "–", "nothing", "to", "train"] in rows
    assert ["one_task", "bright", "0", "4", "–", "to", "do"] in rows
    assert ["cross_stitch", "bright,", "dim", "0", "3", "one_task", "to", "do"] in rows
    assert "one_task (seed 1000000)" in output
    assert "to do: 5 runs, 19 iterations" in output
    assert not (tmp_path / "networks").exists()

    stitchkit_command("run", toy_recipe, "--out", tmp_path)
    code, output, _ = stitchkit_command(*words)
    rows = [line.split() for line in output.splitlines()]
    assert ["cross_stitch", "bright,", "dim", "0", "3", "one_task", "done", "before", "–"] in rows
    members = [row for row in rows if row[0] == "one_task" and "1000000" in row]
    assert len(members) == 2
    assert all(row[-1].startswith("0:00:0") for row in members)  # as long as those of the first seed took
    assert "to do: 2 runs, 8 iterations, about 0:00:0" in output


def test_programs_get_the_graph(stitchkit_command, toy_recipe, tmp_path):
    code, output, _ = stitchkit_command("plan", toy_recipe, "--out", tmp_path, "--json")
    assert code == 0
    found = json.loads(output)
    assert list(found) == ["recipe", "profile", "runs", "to_do"]
    by_row = {(run["row"], *run["tasks"]): run for run in found["runs"]}
    stitched = by_row["cross_stitch", "bright", "dim"]
    assert stitched["starts"] == [by_row["one_task", task]["key"] for task in ("bright", "dim")]
    assert (stitched["finished"], stitched["seconds"], stitched["iterations"]) == (False, None, 3)
    assert found["to_do"]["iterations"] == 11


def test_steps_are_timed_where_that_is_asked_for(stitchkit_command, toy_recipe, tmp_path):
    code, output, _ = stitchkit_command("plan", toy_recipe, "--out", tmp_path, "--json", "--time")
    assert code == 0
    found = json.loads(output)
    assert found["to_do"]["seconds"] == pytest.approx(sum(run["seconds"] or 0 for run in found["runs"]))
    assert found["to_do"]["seconds"] > 0
    assert not (tmp_path / "networks").exists()


def test_the_graph_can_be_drawn(stitchkit_command, toy_recipe, tmp_path):
    code, output, _ = stitchkit_command("plan", toy_recipe, "seeds=[5]", "--out", tmp_path, "--mermaid")
    assert code == 0
    assert output.splitlines() == [
        "graph LR",
        '  run0["constant<br>bright, dim<br>seed 0"]',
        '  run1["one_task<br>bright<br>seed 5<br>4 iterations"]',
        '  run2["one_task<br>dim<br>seed 5<br>4 iterations"]',
        '  run3["cross_stitch<br>bright, dim<br>seed 5<br>3 iterations"]',
        "  run1 --> run3",
        "  run2 --> run3",
    ]


def test_names_in_brackets_are_shown_as_they_are(stitchkit_command, toy_recipe, tmp_path):
    sweep = "sweep.methods.cross_stitch.taps=[[first], [first, last]]"
    code, output, _ = stitchkit_command("plan", toy_recipe, sweep, "--out", tmp_path)
    assert code == 0
    assert "cross_stitch taps=[first, last]" in output

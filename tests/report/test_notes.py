from typing import Any

from report.studies import add_row

from stitchkit.report.notes import notes
from stitchkit.results import Results


def made(data: dict[str, Any]) -> str:
    return "\n".join(notes(Results.model_validate(data)))


def test_data_seeds_and_machine(data: dict[str, Any]) -> None:
    for expected in (
        "rooms (fingerprint 0123456789ab), 1000 training frames and 20 test frames. Drawn rooms only.",
        "Seeds: 3 and 4",
        "Recipe: nyu, profile sample, with training.lr=0.1.",
        "Machine: a test",
    ):
        assert expected in made(data)
    data["data"]["validation_frames"] = 50
    assert "1000 training frames, 50 validation frames and 20 test frames" in made(data)


def test_how_long_each_stage_trained(data: dict[str, Any]) -> None:
    data["runs"][1]["iterations"] = 400
    one_task, stitched = "One-task 1,000 (seg), 400 (sn) and 1,000 (sn)", "Cross-stitch 1,000 (seg + sn)"
    assert f"Iterations of each stage: {one_task}; {stitched}." in made(data).splitlines()
    add_row(data, "one_task_longer", label="One-task trained longer")
    data["runs"].append({**data["runs"][0], "row": "one_task_longer", "iterations": 50})
    assert (
        "One-task trained longer 50 (seg). One-task trained longer goes on from the one-task networks: what "
        "training time alone gives."
    ) in made(data)


def test_points_of_a_sweep_and_candidates_count_as_one_stage(large: dict[str, Any]) -> None:
    assert "; Split 10,000 (segmentation + normals); MTL-shared 10,000" in made(large)
    assert made(large).count("Cross-stitch 10,000") == 1


def test_what_marks_mean(data: dict[str, Any]) -> None:
    text = made(data)
    assert "paired bootstrap over test images, 1,000 resamples" in text
    assert "It says nothing of other seeds." in text
    assert "No mark: the difference cannot be told from chance." in text
    assert "No intervals" not in text


def test_without_intervals_the_notes_say_so(data: dict[str, Any]) -> None:
    for found in data["differences"]:
        if found["task"] == "sn":
            found |= {"low": None, "high": None}
    assert "No intervals, and so no marks, for sn: nothing was kept by image." in made(data)
    for found in data["differences"]:
        found |= {"low": None, "high": None}
    data["resamples"] = 0
    assert "No intervals, and so no marks, for seg and sn: the study asked for no resamples." in made(data)
    assert "▲" not in made(data)


def test_nothing_is_said_of_marks_where_there_is_nothing_to_compare(data: dict[str, Any]) -> None:
    del data["rows"]["cross_stitch"], data["rows"]["constant"]
    data |= {"runs": [], "differences": []}
    assert "marks" not in made(data)


def test_what_diverged(data: dict[str, Any]) -> None:
    assert "Diverged" not in made(data)
    data["rows"]["cross_stitch"]["diverged"] = [3]
    assert "Diverged: Cross-stitch, seed 3. The figures" in made(data)
    data["rows"]["cross_stitch"]["diverged"] = [3, 4]
    assert "Diverged: Cross-stitch, seeds 3 and 4. The figures" in made(data)

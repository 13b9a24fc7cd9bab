from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stitchkit.report.run_files import Run, natural, runs_of
from stitchkit.results import Results

Study = Callable[..., tuple[Results, Path]]


@pytest.fixture
def stitched(study: Study) -> Run:
    return next(run for run in runs_of(*study()) if run.row == "cross_stitch")


def test_runs_are_ordered_by_row_and_seed(study: Study) -> None:
    results, folder = study()
    results.runs.reverse()
    runs = runs_of(results, folder)
    assert [(run.row, run.record.seed) for run in runs][-2:] == [
        ("cross_stitch", 3),
        ("cross_stitch", 4),
    ]
    assert all(run.first == (run.record.seed == 3) for run in runs)


def test_a_row_that_stands_for_a_candidate_has_its_runs(large: dict[str, Any], tmp_path: Path) -> None:
    runs = runs_of(Results.model_validate(large), tmp_path)
    assert {run.record.row for run in runs if run.row == "split"} == {"split conv4"}
    assert {run.label for run in runs if run.row == "split"} == {
        "Split conv4, best of 7 on validation frames"
    }
    assert not {"split conv2", "split conv4"} & {run.row for run in runs}


def test_the_first_seed_is_one_that_did_not_diverge(study: Study, data: dict[str, Any]) -> None:
    data["runs"][1]["diverged"] = 500  # one-task networks of seed 3, for the second task
    runs = runs_of(*study(data))
    assert [run.record.seed for run in runs if run.first and run.row == "one_task"] == [4, 4]
    assert [run.record.seed for run in runs if run.first and run.row == "cross_stitch"] == [3]


def test_a_broken_line_of_the_history_is_left_out(stitched: Run) -> None:
    iterations, losses = stitched.series("loss.seg")
    assert iterations.tolist() == [0, 10, 20]
    assert losses.tolist() == [2.0, 1.5, 1.0]
    assert stitched.series("no such key")[0].size == 0


def test_gaps_in_a_series_are_left_out(stitched: Run) -> None:
    (stitched.folder / "history.jsonl").write_text(
        '{"iteration": 1, "loss.a": NaN}\n{"loss.a": 5}\n[1]\n{"iteration": 2, "loss.a": 3}\n'
    )
    iterations, losses = stitched.series("loss.a")
    assert (iterations.tolist(), losses.tolist()) == ([2.0], [3.0])


def test_taps_keep_the_order_of_the_network(stitched: Run) -> None:
    assert list(stitched.alphas) == ["pool1", "layer1.0.relu"]  # as logged, not as sorted in the file


@pytest.mark.parametrize("content", [b"", b"no tensors at all"])
def test_unreadable_alphas_read_as_none(stitched: Run, content: bytes) -> None:
    (stitched.folder / "alphas.safetensors").write_bytes(content)
    assert stitched.alphas == {}


@pytest.mark.parametrize(
    ("frame", "name"), [("..", "../../secret"), ("frame2", "../../../secret"), ("link", "image")]
)
def test_pictures_outside_the_run_do_not_exist(stitched: Run, frame: str, name: str) -> None:
    elsewhere = stitched.folder.parent
    (elsewhere / "secret.png").write_bytes(b"")
    (elsewhere / "image.png").write_bytes(b"")
    (stitched.folder / "pictures" / "link").symlink_to(elsewhere)
    assert stitched.picture("frame2", "image") is not None
    assert stitched.picture(frame, name) is None


def test_numbers_in_names_sort_by_size() -> None:
    assert sorted(["layer10", "layer2", "b", "2"], key=natural) == ["b", "layer2", "layer10", "2"]

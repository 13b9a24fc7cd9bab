from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report.studies import add_row
from safetensors.numpy import save_file

from stitchkit.report import alphas
from stitchkit.report.alphas import sorted_alphas
from stitchkit.report.run_files import runs_of
from stitchkit.results import Results

Study = Callable[..., tuple[Results, Path]]


def test_a_figure_for_each_tap_and_task(study: Study) -> None:
    section = sorted_alphas(runs_of(*study()))
    assert [group.heading for group in section.groups] == ["Cross-stitch: into seg", "Cross-stitch: into sn"]
    assert [drawing.title for drawing in section.groups[0].drawings] == ["pool1", "layer1.0.relu"]
    labels = [key.label for key in section.groups[0].legend]
    assert labels == ["α same task", "α different task", "value at the start", "seed 3; thin: other seeds"]


def test_curves_are_sorted_and_keep_their_ends() -> None:
    values = np.random.default_rng(0).normal(size=4096)
    x, y = alphas._sorted(values)
    assert (np.diff(y) >= 0).all()
    assert (y[0], y[-1]) == (values.min(), values.max())
    assert (x[0], x[-1]) == (1, 4096)
    assert len(x) <= 300


def test_units_with_one_alpha_a_layer_share_a_figure(study: Study) -> None:
    section = sorted_alphas(runs_of(*study(channels=1)))
    assert [len(group.drawings) for group in section.groups] == [1, 1]
    svg = section.groups[0].drawings[0].svg
    assert "pool1" in svg
    assert "layer1.0.relu" in svg


@pytest.mark.parametrize(
    ("value", "expected"), [(0.5, (-0.5, 1.5)), (2.04, (-0.5, 2.1)), (-0.71, (-0.8, 1.5))]
)
def test_the_axis_is_the_paper_s_unless_values_leave_it(
    study: Study, value: float, expected: tuple[float, float]
) -> None:
    results, folder = study()
    runs = [run for run in runs_of(results, folder) if run.row == "cross_stitch"]
    for run in runs:
        save_file({"pool1": np.full((2, 2, 2), value)}, run.folder / "alphas.safetensors")
    assert alphas._limits(runs) == pytest.approx(expected)


def test_each_other_task_has_its_curve(study: Study) -> None:
    results, folder = study()
    runs = [run for run in runs_of(results, folder) if run.row == "cross_stitch"]
    for run in runs:
        run.record.task_order[:] = ["a", "b", "c"]
        save_file({"pool1": np.tile(np.eye(3), (4, 1, 1))}, run.folder / "alphas.safetensors")
    section = sorted_alphas(runs)
    labels = [key.label for key in section.groups[1].legend]
    assert labels[:3] == ["α same task", "α from a", "α from c"]
    assert section.groups[1].drawings[0].alt == (
        "Alphas at pool1 into b; mean from a 0.000, from b 1.000, from c 0.000."
    )


def test_without_alphas_the_section_says_so(study: Study) -> None:
    section = sorted_alphas(runs_of(*study(files=False)))
    assert section.groups == ()
    assert "alphas.safetensors" in section.text


def test_rows_of_one_task_stand_one_below_the_other_on_one_scale(study: Study, data: dict[str, Any]) -> None:
    add_row(data, "other", like="cross_stitch", label="Other", type="cross_stitch")
    others = [run | {"row": "other", "folder": f"{run['folder']}-other"} for run in data["runs"][2::3]]
    data["runs"] += others
    results, folder = study(data)
    save_file({"pool1": np.full((2, 2, 2), 4.0)}, folder / others[0]["folder"] / "alphas.safetensors")
    section = sorted_alphas(runs_of(results, folder))
    assert [group.heading for group in section.groups] == [
        "Cross-stitch: into seg",
        "Other: into seg",
        "Cross-stitch: into sn",
        "Other: into sn",
    ]
    assert all(">4<" in group.drawings[0].svg for group in section.groups)  # a number of each axis

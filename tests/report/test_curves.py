from collections.abc import Callable
from pathlib import Path

import numpy as np

from stitchkit.report import curves
from stitchkit.report.curves import alpha_curves, training_curves
from stitchkit.report.run_files import runs_of
from stitchkit.results import Results

Study = Callable[..., tuple[Results, Path]]


def test_losses_of_each_task_and_what_validation_logged(study: Study) -> None:
    results, folder = study()
    losses, validation = training_curves(results, runs_of(results, folder)).groups
    assert [drawing.title for drawing in losses.drawings] == ["seg", "sn"]
    assert [drawing.title for drawing in validation.drawings] == ["seg: mIU"]
    assert "Cross-stitch, seed 4: 2 to 1" in losses.drawings[0].alt


def test_mean_alphas_of_each_tap(study: Study) -> None:
    (group,) = alpha_curves(runs_of(*study())).groups
    assert [drawing.title for drawing in group.drawings] == ["pool1", "layer1.0.relu"]
    assert group.drawings[0].alt == (
        "Mean alpha at pool1 over iterations: same task 0.900 to 0.900, different task 0.100 to 0.100."
    )


def test_long_curves_are_means_of_neighbours() -> None:
    averaged = curves._averaged(np.arange(1500.0))
    assert len(averaged) == 150
    assert averaged[0] == 4.5  # mean of 0 to 9
    assert averaged.mean() == np.arange(1500.0).mean()


def test_without_a_history_the_sections_say_so(study: Study) -> None:
    results, folder = study(files=False)
    runs = runs_of(results, folder)
    for section in (training_curves(results, runs), alpha_curves(runs)):
        assert section.groups == ()
        assert "history.jsonl" in section.text

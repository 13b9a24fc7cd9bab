from typing import Any

from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from stitchkit.report import splits as module
from stitchkit.report.section import Section
from stitchkit.report.splits import splits
from stitchkit.results import Results


def made(data: dict[str, Any]) -> Section:
    section = splits(Results.model_validate(data))
    assert section is not None
    return section


def test_a_panel_for_each_task_and_what_candidates_were_picked_by(large: dict[str, Any]) -> None:
    section = made(large)
    (group,) = section.groups
    assert section.title == "Split at each layer"
    assert group.heading == "Split conv4, best of 7 on validation frames"
    assert group.summary == "From the least shared (conv2) to the most (score)."
    assert [drawing.title for drawing in group.drawings] == [
        "segmentation: mIU minus one-task",
        "normals: mean minus one-task",
        "Δm on validation frames",
    ]
    # gains -0.3, 0.1 and 0.6 of the first layers, times three plus 0.2
    assert group.drawings[2].alt.startswith("Δm on validation frames: conv2 −0.7, conv3 +0.5, conv4 +2.0, ")


def test_bars_are_the_differences_to_one_task(large: dict[str, Any]) -> None:
    (group,) = made(large).groups
    means = {
        found["row"].split()[1]: found["mean"]
        for found in large["differences"]
        if found["against"] == "one_task" and found["metric"] == "miu" and found["row"].startswith("split")
    }
    expected = ", ".join(f"{layer} {mean:+.1f}".replace("-", "−") for layer, mean in means.items())
    assert group.drawings[0].alt == f"segmentation: mIU minus one-task: {expected}."


def test_the_picked_candidate_stands_out(large: dict[str, Any]) -> None:
    names = ["split conv2", "split conv4"]
    tried = module._Tried(Results.model_validate(large), "split", "one_task", names)
    axes = Figure().add_axes((0, 0, 1, 1))
    for place, (name, mean) in enumerate(zip(names, (-0.3, 0.6), strict=True)):
        module._bar(axes, place, mean, tried, name)
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert [bar.get_height() for bar in bars] == [-0.3, 0.6]
    assert {to_hex(bar.get_facecolor()) for bar in bars} == {tried.colour}
    assert [bar.get_alpha() for bar in bars] == [module._FAINT, 1.0]


def test_a_candidate_that_diverged_has_a_word_in_place_of_a_bar(large: dict[str, Any]) -> None:
    large["rows"]["split conv2"]["diverged"] = [0, 1, 2]
    large["rows"]["split conv2"]["validation_delta_m"] = None
    large["differences"] = [d for d in large["differences"] if "split conv2" not in (d["row"], d["against"])]
    for drawing in made(large).groups[0].drawings:
        assert ": conv2 –, conv3 " in drawing.alt
        assert ">diverged<" in drawing.svg


def test_candidates_of_another_kind_are_called_so(large: dict[str, Any]) -> None:
    for name, row in large["rows"].items():
        if name.startswith("split"):
            row["type"] = "mine"
    section = made(large)
    assert section.title == "Candidates"
    assert section.groups[0].summary.startswith("Candidates: conv2, conv3")


def test_without_candidates_there_is_no_section(results: Results) -> None:
    assert splits(results) is None

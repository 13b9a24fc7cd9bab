import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest
from report.studies import add_row, summary

from stitchkit.report.section import Section
from stitchkit.report.sweeps import sweeps
from stitchkit.results import Results

SCALE = "methods.cross_stitch.alpha_lr_scale"


def made(data: dict[str, Any]) -> Section:
    section = sweeps(Results.model_validate(data))
    assert section is not None
    return section


def add_points(data: dict[str, Any], settings: list[dict[str, Any]], method: str = "a") -> None:
    for i, point in enumerate(settings):
        figures = {"seg": {"miu": summary([10.0 + i, 12.0 + i])}}
        label = f"Method {method}, point {i}"
        add_row(data, f"{method} {i}", label=label, method=method, settings=point, figures=figures)


def texts(svg: str) -> list[str]:
    return [text for text in ET.fromstring(svg).itertext() if text.strip()]


def test_figures_over_the_values_of_one_key(large: dict[str, Any]) -> None:
    (group,) = made(large).groups
    assert group.heading == "Over methods.cross_stitch.unit.same"
    assert [drawing.title for drawing in group.drawings] == ["segmentation: mIU", "normals: mean"]
    means = {
        float(name.partition("=")[2]): row["figures"]["segmentation"]["miu"]["mean"]
        for name, row in large["rows"].items()
        if name.startswith("cross_stitch")
    }
    said = [f"{mean:.1f} at {value:g}" for value, mean in means.items()]
    assert group.drawings[0].alt == (
        "segmentation: mIU over methods.cross_stitch.unit.same. Cross-stitch "
        f"{said[0]}, {said[1]}, {said[2]} and {said[3]}."
    )
    assert [key.label for key in group.legend] == ["Cross-stitch", "each seed", "one-task"]


def test_values_stand_in_their_order(data: dict[str, Any]) -> None:
    add_points(data, [{SCALE: 1000.0}, {SCALE: 1}, {SCALE: 10}])
    (group,) = made(data).groups
    assert "Method a, point 12.0 at 1, 13.0 at 10 and 11.0 at 1000." in group.drawings[0].alt


@pytest.mark.parametrize(("values", "spread"), [([1, 10, 100], [1.0, 1.0]), ([1, 10, 50], [9.0, 40.0])])
def test_the_axis_is_logarithmic_where_values_span_decades(
    data: dict[str, Any], values: list[int], spread: list[float]
) -> None:
    add_points(data, [{SCALE: value} for value in values])
    svg = ET.fromstring(str(made(data).groups[0].drawings[0].svg))
    places = {
        "".join(text.itertext()): float(text.attrib["x"]) for text in svg.iter("text") if "x" in text.attrib
    }
    gaps = [places[str(b)] - places[str(a)] for a, b in pairwise(values)]
    assert gaps[1] / gaps[0] == pytest.approx(spread[1] / spread[0], rel=1e-3)


def test_methods_swept_over_one_key_share_a_figure(data: dict[str, Any]) -> None:
    for method in ("a", "b"):
        add_points(data, [{"training.lr": 0.1}, {"training.lr": 0.2}], method)
    (group,) = made(data).groups
    assert [key.label for key in group.legend] == [
        "Method a, point",
        "Method b, point",
        "each seed",
        "one-task",
    ]


def test_one_task_that_is_swept_itself_is_a_line_and_no_level(data: dict[str, Any]) -> None:
    for method in ("one_task", "a"):
        add_points(data, [{"training.lr": 0.1}, {"training.lr": 0.2}], method)
    for i in range(2):
        data["rows"][f"one_task {i}"]["type"] = "one_task"
    (group,) = made(data).groups
    assert "one-task" not in [key.label for key in group.legend]


@pytest.mark.parametrize(
    "settings", [[{"x": "low"}, {"x": "high"}], [{"x": 1, "y": 1}, {"x": 2, "y": 2}], [{"x": True}, {"x": 2}]]
)
def test_points_in_words_or_in_several_keys_stand_one_below_the_other(
    data: dict[str, Any], settings: list[dict[str, Any]]
) -> None:
    add_points(data, settings)
    (group,) = made(data).groups
    assert group.heading == "Method a, point at each point"
    assert group.drawings[0].alt == "seg: mIU: Method a, point 0 11.0; Method a, point 1 12.0."
    labels = [text for text in texts(str(group.drawings[0].svg)) if text.startswith("Method")]
    assert labels == ["Method a, point 0", "Method a, point 1"]


def test_a_value_at_which_training_diverged_is_marked(data: dict[str, Any]) -> None:
    add_points(data, [{SCALE: 1000}, {SCALE: 10000}])
    gone = {"mean": None, "std": None, "seeds": [None, None]}
    data["rows"]["a 1"] |= {"diverged": [3, 4], "figures": {"seg": {"miu": gone}}}
    drawing = made(data).groups[0].drawings[0]
    assert "diverged" in texts(str(drawing.svg))
    assert drawing.alt.endswith("11.0 at 1000 and – at 10000.")


def test_without_a_sweep_there_is_no_section(results: Results) -> None:
    assert sweeps(results) is None


def test_one_point_is_no_sweep(data: dict[str, Any]) -> None:
    add_points(data, [{SCALE: 1000}])
    assert sweeps(Results.model_validate(data)) is None

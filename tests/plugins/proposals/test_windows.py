from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from stitchkit_proposals import Windows, WindowsConfig
from stitchkit_proposals.windows import windows

from stitchkit.plugins import find
from stitchkit.proposals import Proposed, recall


def test_the_recipe_finds_it_by_name() -> None:
    assert find("proposals", "windows") is Windows


def test_one_size_by_hand() -> None:
    # A window of 7 x 7 in 10 x 20: two rows from 0 to 3, three columns from 0 to 13.
    config = WindowsConfig(sizes=(0.5,), ratios=(1.0,), step=1.0)
    seven = [[x, y, x + 7, y + 7] for x in (0, 6, 13) for y in (0, 3)]
    assert windows(10, 20, config).tolist() == [[0, 0, 20, 10], *seven]


def test_a_ratio_is_width_over_height() -> None:
    config = WindowsConfig(sizes=(0.5,), ratios=(4.0,), step=1.0)
    whole, *wide = windows(40, 40, config).tolist()
    assert whole == [0, 0, 40, 40]
    assert wide == [[0, y, 40, y + 10] for y in (0, 10, 20, 30)]


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 400))
def test_windows_are_distinct_boxes_inside_the_frame_the_largest_first(
    height: int, width: int, limit: int
) -> None:
    config = WindowsConfig(limit=limit, step=1.0)
    boxes = windows(height, width, config)
    assert 1 <= len(boxes) <= limit
    assert len({tuple(box) for box in boxes.tolist()}) == len(boxes)
    x1, y1, x2, y2 = boxes.T
    assert ((x1 >= 0) & (x1 < x2) & (x2 <= width)).all()
    assert ((y1 >= 0) & (y1 < y2) & (y2 <= height)).all()
    areas = (x2 - x1) * (y2 - y1)
    assert (areas[:-1] >= areas[1:]).all()
    assert boxes[0].tolist() == [0, 0, width, height]


def test_neighbours_are_no_farther_than_the_step_and_reach_both_edges() -> None:
    config = WindowsConfig(sizes=(0.25,), ratios=(1.0,), step=0.35, limit=10_000)
    boxes = windows(100, 400, config)
    starts = sorted(set(boxes[1:, 0].tolist()))
    assert starts[0] == 0
    assert starts[-1] == 400 - 50
    assert max(b - a for a, b in pairwise(starts)) <= 0.35 * 50 + 1


def test_thinning_takes_from_all_sizes() -> None:
    all_of_them = windows(300, 400, WindowsConfig(limit=100_000))
    few = windows(300, 400, WindowsConfig(limit=200))
    assert len(few) == 200
    assert {tuple(b) for b in few.tolist()} <= {tuple(b) for b in all_of_them.tolist()}
    assert few[-1].tolist() == all_of_them[-1].tolist()


def test_a_data_set_gets_its_windows_without_reading_a_picture(blocks) -> None:
    dataset, proposals = blocks(2), Windows(WindowsConfig())
    proposals.prepare(dataset)
    assert dataset.read == []
    assert recall(proposals, dataset).fraction == 1.0
    boxes = Proposed(dataset, proposals)[1]["proposals"]
    assert boxes.dtype == torch.float32
    assert len(boxes) <= 2000
    boxes.zero_()  # what a caller does to them stays with the caller
    assert proposals.boxes(dataset, 0)[0].tolist() == [0, 0, 120, 90]


def test_the_fingerprint_tells_options_apart() -> None:
    first = Windows(WindowsConfig()).fingerprint
    assert Windows(WindowsConfig()).fingerprint == first
    assert Windows(WindowsConfig(limit=100)).fingerprint != first


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"sizes": []}, {"sizes": [1.5]}, {"ratios": [0]}, {"step": 0}]
)
def test_wrong_options_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        WindowsConfig.model_validate(wrong)

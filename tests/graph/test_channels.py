import pytest
from torch import nn

from stitchkit.graph.channels import Shape, channel_axis


@pytest.mark.parametrize(
    ("shape", "grown", "axis"),
    [
        ((2, 8, 8, 8), (4, 8, 16, 16), 1),
        ((2, 8, 8, 8), (4, 16, 16, 8), -1),
        ((2, 64, 8), (4, 256, 8), -1),
        ((2, 8, 64), (4, 8, 256), 1),
        ((64, 2, 8), (256, 4, 8), -1),
        ((2, 1, 8, 8), (4, 1, 16, 16), 1),
        ((2, 3, 64, 8), (4, 3, 256, 8), -1),  # heads x tokens x channels
        ((2, 5, 7, 7), (4, 5, 7, 7), 1),
        ((2, 7, 7, 5), (4, 7, 7, 5), -1),
        ((2, 49, 5), (4, 49, 5), -1),
        ((2, 5), (4, 5), 1),
        ((2, 5, 7, 7), None, 1),
        ((2, 5, 7, 7), (4, 5), 1),  # not the same call: nothing is known
        ((2, 64, 64), (4, 256, 256), None),  # attention between tokens
        ((1, 64, 8), (1, 64, 8), None),  # no batch in it
        ((2,), (4,), None),
        (None, None, None),
    ],
)
def test_the_axis_that_stays(shape: Shape | None, grown: Shape | None, axis: int | None) -> None:
    assert channel_axis(nn.Identity(), shape, grown) == axis


def test_where_several_axes_stay_the_module_tells() -> None:
    assert channel_axis(nn.Conv1d(1, 1, 1), (2, 5, 49), (4, 5, 49)) == 1
    assert channel_axis(nn.BatchNorm2d(1), (2, 7, 7, 5), (4, 7, 7, 5)) == 1
    assert channel_axis(nn.Linear(1, 1), (2, 5, 7, 7), (4, 5, 7, 7)) == -1

import pytest
from toys import Squares

from stitchkit.data import carve
from stitchkit.errors import InputError


@pytest.mark.parametrize("fraction", [0.01, 0.2, 0.5, 0.9])
def test_no_group_stands_on_both_sides_and_no_frame_is_lost(fraction):
    squares = Squares(Squares.Config(frames=40))
    training, validation = carve(squares, fraction)
    assert sorted(training + validation) == list(range(40))
    assert not {squares.group(i) for i in training} & {squares.group(i) for i in validation}
    assert len(validation) == max(2, 2 * round(fraction * 20))


def test_no_fraction_holds_out_nothing():
    assert carve(Squares(), 0.0) == (list(range(12)), [])


def test_nothing_left_to_train_on_is_an_error():
    with pytest.raises(InputError, match=r"training.validation.fraction=1.0 .* leaves none"):
        carve(Squares(), 1.0)

import pytest
import torch
from torch import Tensor

from stitchkit.errors import InputError
from stitchkit.units import check_maps, laid_out_like


@pytest.mark.parametrize(
    ("xs", "message"),
    [
        ([torch.ones(1, 3, 2, 2)], "2 networks takes 2 activation maps, but got 1"),
        ([torch.ones(1, 3, 2, 2), torch.ones(1, 3, 4, 4)], r"\(1, 3, 2, 2\) and \(1, 3, 4, 4\)"),
        ([torch.ones(1, 4, 2, 2)] * 2, r"3 channels, but got 4 on axis 1 of \(1, 4, 2, 2\)"),
    ],
    ids=["count", "shape", "channels"],
)
def test_maps_that_do_not_fit_are_named(xs: list[Tensor], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_maps(xs, networks=2, channels=3, channel_axis=1)


def test_maps_that_fit_pass() -> None:
    check_maps([torch.ones(1, 3, 2, 2)] * 2, networks=2, channels=3, channel_axis=1)
    check_maps([torch.ones(1, 7, 3)] * 3, networks=3, channels=3, channel_axis=-1)
    check_maps([torch.ones(1, 9)] * 2, networks=2, channels=None, channel_axis=1)


def test_what_is_laid_out_right_is_not_copied() -> None:
    value = torch.rand(2, 3, 4, 5)
    assert laid_out_like(value, torch.empty(2, 3, 4, 5)) is value


def test_strides_and_type_become_those_of_the_other() -> None:
    value = torch.rand(2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    own = torch.empty(2, 3, 4, 5).to(memory_format=torch.channels_last)
    laid_out = laid_out_like(value, own)
    assert laid_out.stride() == own.stride()
    assert torch.equal(laid_out, value.float())
    laid_out.sum().backward()
    torch.testing.assert_close(value.grad, torch.ones_like(value))

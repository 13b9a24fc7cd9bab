"""Losses against values computed by hand."""

import pytest
import torch

from example_depth.losses import berhu, scale_invariant


def of(*errors, images=None):
    return torch.tensor(errors), torch.tensor(images or [0] * len(errors), dtype=torch.int64)


def test_scale_invariant_by_hand():
    # one image: mean of squares (1 + 9) / 2 less half of the squared mean (2² / 2)
    assert scale_invariant(*of(1.0, 3.0)) == 3.0
    # errors that cancel keep all of their squares
    assert scale_invariant(*of(-2.0, 2.0)) == 4.0


def test_images_count_alike_however_many_pixels_they_have():
    # image 4: 3; image 7, one pixel: 16 - 8
    assert scale_invariant(*of(1.0, 4.0, 3.0, images=[4, 7, 4])) == pytest.approx((3 + 8) / 2)


def test_a_common_factor_costs_half():
    assert scale_invariant(*of(0.5, 0.5, 0.5)) == pytest.approx(0.5 * 0.25)


def test_berhu_by_hand():
    # knee 0.2 * 10 = 2: |1|, |-2|, and (100 + 4) / 4
    assert berhu(*of(1.0, -2.0, 10.0)) == pytest.approx((1 + 2 + 26) / 3)


def test_berhu_is_continuous_at_its_knee():
    below, above = (berhu(*of(knee, 10.0)) for knee in (2.0, 2.0 + 1e-6))
    assert float(above - below) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("loss", [berhu, scale_invariant])
def test_no_errors_cost_nothing_and_none_are_found_where_there_are_none(loss):
    for errors in (torch.zeros(0), torch.zeros(4)):
        errors.requires_grad_()
        value = loss(errors, torch.zeros(len(errors), dtype=torch.int64))
        value.backward()
        assert value == 0
        assert errors.grad is not None
        assert not errors.grad.any()

import copy
import pickle

import pytest
import torch
from torch import nn

from stitchkit.backbones.lrn import LocalResponseNorm

CAFFES = nn.LocalResponseNorm(5, 1e-4, 0.75, k=1.0)


@pytest.mark.parametrize("channels", [1, 2, 3, 24])
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_equals_the_library_in_value_and_gradient(channels: int, scale: float) -> None:
    x = (scale * torch.randn(2, channels, 5, 7, dtype=torch.float64)).requires_grad_()
    weight = torch.randn_like(x)
    (expected,) = torch.autograd.grad((CAFFES(x) * weight).sum(), x)
    (got,) = torch.autograd.grad((LocalResponseNorm()(x) * weight).sum(), x)
    torch.testing.assert_close(LocalResponseNorm()(x), CAFFES(x), rtol=1e-12, atol=0)
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-12)


def test_value_computed_by_hand() -> None:
    x = torch.tensor([100.0, 200.0, 0.0, 0.0, 300.0]).reshape(1, 5, 1, 1)
    # windows of channels 0 and 4: 1 + 2e-5 * (100² + 200²) = 2 and 1 + 2e-5 * 300² = 2.8
    out = LocalResponseNorm()(x).flatten()
    torch.testing.assert_close(out[0].item(), 100 / 2**0.75)
    torch.testing.assert_close(out[4].item(), 300 / 2.8**0.75)


def test_gradient_agrees_with_finite_differences() -> None:
    x = (50 * torch.randn(1, 6, 2, 2, dtype=torch.float64)).requires_grad_()
    assert torch.autograd.gradcheck(LocalResponseNorm(), (x,))


def test_leaves_its_input_alone_and_can_be_copied() -> None:
    x = torch.randn(1, 8, 3, 3)
    before = x.clone()
    norm = pickle.loads(pickle.dumps(copy.deepcopy(LocalResponseNorm())))
    torch.testing.assert_close(norm(x), CAFFES(x))
    assert torch.equal(x, before)


def test_keeps_channels_last() -> None:
    x = torch.randn(2, 8, 3, 3).contiguous(memory_format=torch.channels_last)
    assert LocalResponseNorm()(x).is_contiguous(memory_format=torch.channels_last)


def test_half_precision_does_not_overflow() -> None:
    x = torch.full((1, 8, 1, 1), 1000.0, dtype=torch.float16)
    torch.testing.assert_close(LocalResponseNorm()(x).float(), CAFFES(x.float()), rtol=5e-3, atol=0)

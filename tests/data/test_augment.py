import torch
from torchvision import tv_tensors

from stitchkit.data import Labels, augmentation


def grey(value=100):
    return {
        "image": tv_tensors.Image(torch.full((3, 4, 5), value, dtype=torch.uint8)),
        "labels": Labels(torch.arange(20, dtype=torch.uint8).reshape(4, 5)),
    }


def test_colour_is_one_factor_a_channel_within_its_range():
    torch.manual_seed(0)
    augment = augmentation(mirror=0.0, colour=(0.8, 1.2))
    factors = torch.stack([augment(grey())["image"].float() / 100 for _ in range(200)])
    assert (factors == factors[..., :1, :1]).all()
    assert 0.8 <= factors.min() < 0.82
    assert 1.18 < factors.max() <= 1.2
    assert torch.corrcoef(factors[:, :, 0, 0].T)[0, 1].abs() < 0.2


def test_colour_stops_at_white_and_leaves_maps_alone():
    augment = augmentation(mirror=0.0, colour=(3.0, 3.0))
    after = augment(grey(200))
    assert (after["image"] == 255).all()
    assert after["image"].dtype == torch.uint8
    assert torch.equal(after["labels"], grey()["labels"])


def test_mirroring_happens_as_often_as_it_should():
    torch.manual_seed(0)
    augment = augmentation(mirror=0.25, colour=None)
    flipped = sum(int(augment(grey())["labels"][0, 0] == 4) for _ in range(400))
    assert 70 < flipped < 130

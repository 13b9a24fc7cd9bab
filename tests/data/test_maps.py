import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from stitchkit.data import VOID, Depth, Labels, Normals, Target


def sample():
    generator = torch.Generator().manual_seed(0)
    normals = torch.nn.functional.normalize(torch.randn(3, 6, 8, generator=generator), dim=0)
    return {
        "image": tv_tensors.Image(torch.randint(0, 256, (3, 6, 8), dtype=torch.uint8, generator=generator)),
        "labels": Labels(torch.randint(0, 5, (6, 8), dtype=torch.uint8, generator=generator)),
        "normals": Normals(normals),
        "depth": Depth(torch.rand(6, 8, generator=generator)),
    }


def test_mirroring_moves_pixels_and_negates_the_x_of_normals():
    before = sample()
    after = v2.RandomHorizontalFlip(1.0)(before)
    for name in ("image", "labels", "depth"):
        assert torch.equal(after[name], before[name].flip(-1)), name
    assert isinstance(after["normals"], Normals)
    assert torch.equal(after["normals"][0], -before["normals"][0].flip(-1))
    assert torch.equal(after["normals"][1:], before["normals"][1:].flip(-1))


def test_mirroring_twice_changes_nothing():
    before = sample()
    after = v2.RandomHorizontalFlip(1.0)(v2.RandomHorizontalFlip(1.0)(before))
    assert all(torch.equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize("size", [(3, 4), (12, 16), (5, 5)])
def test_resizing_keeps_labels_labels_and_normals_of_unit_length(size):
    after = v2.Resize(size)(sample())
    assert {value.shape[-2:] for value in after.values()} == {torch.Size(size)}
    assert set(after["labels"].unique().tolist()) <= set(range(5))
    assert torch.allclose(after["normals"].norm(dim=0), torch.ones(size))


def test_cropping_cuts_every_map():
    after = v2.CenterCrop((4, 4))(sample())
    assert {value.shape[-2:] for value in after.values()} == {torch.Size((4, 4))}


def test_void_is_what_a_map_says_where_it_knows_nothing():
    assert [Target(kind=kind).void for kind in ("labels", "normals", "depth")] == [VOID, 0, 0]

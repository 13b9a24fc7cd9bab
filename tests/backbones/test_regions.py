from math import ceil, floor

import pytest
import torch
from torch import Tensor

from stitchkit.backbones.regions import Heads, RoIAlign, RoIPool


def rois(*rows: tuple[float, ...]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32)


def caffe_pool(maps: Tensor, roi: Tensor, size: int, stride: int) -> Tensor:
    """Caffe's layer ``ROIPooling`` on Caffe's region: first and last pixel, counted from 0."""
    image, *edges = roi.tolist()
    left, top, right, bottom = (floor(x / stride + 0.5) for x in edges)
    step = (max(bottom - top + 1, 1) / size, max(right - left + 1, 1) / size)
    pooled = torch.zeros(maps.shape[1], size, size)
    for i in range(size):
        for j in range(size):
            cell = maps[
                int(image),
                :,
                max(top + floor(i * step[0]), 0) : max(top + ceil((i + 1) * step[0]), 0),
                max(left + floor(j * step[1]), 0) : max(left + ceil((j + 1) * step[1]), 0),
            ]
            if cell.numel():
                pooled[:, i, j] = cell.amax((1, 2))
    return pooled


def test_roi_pooling_takes_the_last_pixel_as_inside() -> None:
    columns = torch.arange(12.0).expand(1, 1, 12, 12)
    pooled = RoIPool(6, 16)(columns, rois((0, 16, 0, 120, 96), (0, 16, 0, 121, 96)))
    # Pixels 16 to 119 round to columns 1 to 7, seven in six cells: 1-2, 2-3, ..., 6-7.
    assert pooled[0, 0, 0].tolist() == [2, 3, 4, 5, 6, 7]
    # Pixel 120 is the first that rounds to column 8: eight in six cells, 1-2, 2-3, 3-4, 5-6, 6-7, 7-8.
    assert pooled[1, 0, 0].tolist() == [2, 3, 4, 6, 7, 8]


def test_roi_pooling_is_caffes() -> None:
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 9, 13)
    corner, side = torch.rand(40, 2) * 120, 1 + torch.rand(40, 2) * 90
    image = torch.arange(40)[:, None] % 2
    inclusive = torch.cat([image, corner, corner + side], dim=1)  # some end right of and below the map
    pooled = RoIPool(6, 16)(maps, inclusive + torch.tensor([0.0, 0, 0, 1, 1]))
    expected = torch.stack([caffe_pool(maps, roi, 6, 16) for roi in inclusive])
    torch.testing.assert_close(pooled, expected, rtol=0, atol=0)


def test_roi_alignment_finds_the_place_of_each_cell() -> None:
    down, across = 16.0, 8.0
    y = (torch.arange(10.0) + 0.5) * down
    x = (torch.arange(20.0) + 0.5) * across
    maps = torch.stack([y[:, None].expand(10, 20), x.expand(10, 20)])[None]
    pooled = RoIAlign(7, (down, across))(maps, rois((0, 30, 40, 100, 110)))
    centres = (torch.arange(7.0) + 0.5) * 10
    torch.testing.assert_close(pooled[0, 0], (40 + centres)[:, None].expand(7, 7))
    torch.testing.assert_close(pooled[0, 1], (30 + centres).expand(7, 7))


@pytest.mark.parametrize("pool", [RoIPool(6, 16), RoIAlign(6, (16, 16))], ids=["pool", "align"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=["double", "half"])
def test_regions_keep_their_precision_and_maps_their_type(pool: torch.nn.Module, dtype: torch.dtype) -> None:
    maps = torch.rand(1, 2, 60, 60).bfloat16().to(dtype)
    region = rois((0, 801, 801, 897, 897))  # bfloat16 would make 800 and 896 of it
    pooled = pool(maps, region)
    assert pooled.dtype == dtype
    torch.testing.assert_close(pooled.double(), pool(maps.float(), region).double(), rtol=5e-3, atol=0)


@pytest.mark.parametrize("pool", [RoIPool(6, 16), RoIAlign(6, (16, 16))], ids=["pool", "align"])
def test_no_regions_are_no_error(pool: torch.nn.Module) -> None:
    maps = torch.rand(1, 2, 9, 9, requires_grad=True)
    pooled = pool(maps, torch.zeros(0, 5))
    assert pooled.shape == (0, 2, 6, 6)
    pooled.sum().backward()
    assert maps.grad is not None
    assert not maps.grad.any()


def test_heads_start_as_fast_rcnns() -> None:
    torch.manual_seed(0)
    heads = Heads(400, {"scores": 21, "deltas": 84, "attributes": 64})
    for name, std in (("scores", 0.01), ("deltas", 0.001), ("attributes", 0.01)):
        assert heads[name].get_parameter("weight").std().item() == pytest.approx(std, rel=0.05), name
        assert not heads[name].get_parameter("bias").any()
    assert {name: tuple(x.shape) for name, x in heads(torch.zeros(3, 400)).items()} == {
        "scores": (3, 21),
        "deltas": (3, 84),
        "attributes": (3, 64),
    }

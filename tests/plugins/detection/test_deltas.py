import math

import pytest
import torch
from stitchkit_detection.deltas import DeltaStatistics, decode, encode
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F


def random_boxes(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    corner = 300 * torch.rand(count, 2, generator=generator)
    return torch.cat([corner, corner + 5 + 150 * torch.rand(count, 2, generator=generator)], dim=1)


def mirrored(boxes: Tensor) -> Tensor:
    wrapped = tv_tensors.BoundingBoxes(
        boxes, format=tv_tensors.BoundingBoxFormat.XYXY, canvas_size=(500, 500)
    )
    return F.horizontal_flip(wrapped).as_subclass(Tensor)


def test_deltas_by_hand() -> None:
    rois = torch.tensor([[0.0, 0.0, 10.0, 20.0]])  # centre (5, 10)
    boxes = torch.tensor([[4.0, 10.0, 24.0, 20.0]])  # centre (14, 15), twice as wide and half as high
    expected = torch.tensor([[0.9, 0.25, math.log(2), -math.log(2)]])
    torch.testing.assert_close(encode(rois, boxes), expected)
    torch.testing.assert_close(decode(rois, expected), boxes)


def test_decode_undoes_encode() -> None:
    rois, boxes = random_boxes(100, 0), random_boxes(100, 1)
    torch.testing.assert_close(decode(rois, encode(rois, boxes)), boxes, rtol=1e-5, atol=1e-3)


def test_no_delta_moves_nothing() -> None:
    rois = random_boxes(20, 0)
    assert not encode(rois, rois).any()
    torch.testing.assert_close(decode(rois, torch.zeros(20, 4)), rois)


def test_mirrored_boxes_have_mirrored_deltas() -> None:
    rois, boxes = random_boxes(50, 0), random_boxes(50, 1)
    expected = encode(rois, boxes) * torch.tensor([-1.0, 1.0, 1.0, 1.0])
    torch.testing.assert_close(encode(mirrored(rois), mirrored(boxes)), expected, rtol=1e-4, atol=1e-4)


def test_deltas_do_not_change_with_the_size_of_the_image() -> None:
    rois, boxes, scale = random_boxes(50, 0), random_boxes(50, 1), torch.tensor([2.0, 0.5, 2.0, 0.5])
    deltas = encode(rois, boxes)
    torch.testing.assert_close(encode(rois * scale, boxes * scale), deltas, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(decode(rois * scale, deltas), decode(rois, deltas) * scale)


def test_boxes_stay_finite() -> None:
    boxes = decode(torch.tensor([[0.0, 0.0, 16.0, 16.0]]), torch.tensor([[0.0, 0.0, 1e6, -1e6]]))
    assert boxes[0].tolist() == pytest.approx([-492, 8, 508, 8])  # 62.5 times as wide, and flat


def test_statistics_by_hand() -> None:
    statistics = DeltaStatistics(3)
    statistics.add(torch.tensor([[0.3, 0.2, 0.0, 1.0], [0.1, 0.4, 0.0, 3.0]]), torch.tensor([0, 0]))
    statistics.add(torch.tensor([[0.0, 0.0, 0.0, 0.0]]), torch.tensor([2]))
    mean, std = statistics.mean_and_std()
    # Class 0 with its mirror images: dx is 0.3, 0.1, -0.3, -0.1.
    torch.testing.assert_close(mean[0], torch.tensor([0, 0.3, 0, 2.0]))
    torch.testing.assert_close(std[0], torch.tensor([math.sqrt(0.05), 0.1, 0.01, 1]))
    # Class 1 was not counted: all three together.
    torch.testing.assert_close(mean[1], torch.tensor([0, 0.2, 0, 4 / 3]))
    torch.testing.assert_close(
        std[1], torch.tensor([math.sqrt(0.1 / 3), math.sqrt(0.08 / 3), 0.01, math.sqrt(10 / 3 - 16 / 9)])
    )
    assert mean[2].tolist() == [0] * 4
    assert std[2].tolist() == pytest.approx([0.01] * 4)


def test_statistics_agree_with_torch_over_frames_and_mirror_images() -> None:
    rois, boxes = random_boxes(60, 0), random_boxes(60, 1)
    statistics, classes = DeltaStatistics(2), torch.arange(60) % 2
    for part in torch.arange(60).split(7):
        statistics.add(encode(rois[part], boxes[part]), classes[part])
    mean, std = statistics.mean_and_std()
    both = torch.cat([encode(rois, boxes), encode(mirrored(rois), mirrored(boxes))]).double()
    for number in range(2):
        own = both[classes.repeat(2) == number]
        torch.testing.assert_close(mean[number], own.mean(dim=0).float(), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(std[number], own.std(dim=0, correction=0).float(), rtol=1e-4, atol=1e-4)

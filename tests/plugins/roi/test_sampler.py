from collections.abc import Sequence
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from stitchkit_roi import RoISampler, RoISamplerConfig
from torch import Tensor
from torchvision.ops import box_iou

from stitchkit.errors import InputError
from stitchkit.tasks import Batch


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def sampler(**options: Any) -> RoISampler:
    return RoISampler(RoISamplerConfig.model_validate(options))


def boxes(*rows: Sequence[float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)


def batch_of(objects: Sequence[Tensor], proposals: Sequence[Tensor]) -> Batch:
    return {"boxes": list(objects), "proposals": list(proposals)}


def crowd(seed: int, proposals: int = 2000) -> tuple[Tensor, Tensor]:
    """Three objects and proposals near them, as of one image of 300 x 400."""
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(3, 2, generator=generator) * torch.tensor([250.0, 150.0])
    objects = torch.cat([corner, corner + 60 + 80 * torch.rand(3, 2, generator=generator)], dim=1)
    near = objects[torch.randint(3, (proposals,), generator=generator)]
    moved = near + 30 * torch.randn(proposals, 4, generator=generator)
    low, high = torch.minimum(moved[:, :2], moved[:, 2:]), torch.maximum(moved[:, :2], moved[:, 2:])
    return objects, torch.cat([low, high + 1], dim=1)


def two_crowds() -> Batch:
    (first, near_first), (second, near_second) = crowd(0), crowd(1)
    return batch_of([first, second], [near_first, near_second])


def test_a_mini_batch_is_fast_rcnns() -> None:
    batch = sampler()(two_crowds())
    rois, own, overlap = batch["rois"], batch["roi_object"], batch["roi_overlap"]
    assert (rois.shape, rois.dtype) == ((128, 5), torch.float32)
    assert (own.dtype, overlap.dtype) == (torch.int64, torch.float32)
    for place in range(2):
        of_image = rois[:, 0] == place
        assert of_image.sum() == 64
        assert (of_image & (own >= 0)).sum() == 16
    assert (overlap[own >= 0] >= 0.5).all()
    assert ((overlap[own < 0] >= 0.1) & (overlap[own < 0] < 0.5)).all()


def test_objects_and_overlaps_are_those_of_the_regions() -> None:
    batch = sampler()(two_crowds())
    objects, own = torch.cat(batch["boxes"]), batch["roi_object"]
    image_of_object = torch.tensor([0, 0, 0, 1, 1, 1])
    assert (image_of_object[own[own >= 0]] == batch["rois"][own >= 0, 0]).all()
    for roi, object_, overlap in zip(batch["rois"], own.tolist(), batch["roi_overlap"], strict=True):
        with_all = box_iou(roi[None, 1:], objects)[0] * (image_of_object == roi[0])
        torch.testing.assert_close(with_all.max(), overlap)
        assert object_ in (-1, int(with_all.argmax()))


def test_no_region_is_drawn_twice() -> None:
    rois = sampler()(two_crowds())["rois"]
    assert len(rois.unique(dim=0)) == len(rois)


def test_the_draw_follows_torchs_generator() -> None:
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(sampler()(two_crowds())["rois"])
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_every_candidate_is_drawn_as_often() -> None:
    object_ = boxes((0, 0, 100, 100))
    shifted = torch.stack([boxes((x, 0, x + 100, 100))[0] for x in range(1, 8)])  # all overlap by 0.5 or more
    drawn = torch.cat(
        [sampler(rois=4, foreground=0.5)(batch_of([object_], [shifted]))["rois"][:2] for _ in range(400)]
    )
    counts = drawn[:, 1].long().bincount(minlength=8)  # the true box is candidate 0
    assert counts.sum() == 800
    assert ((counts - 100).abs() < 45).all()  # standard deviation about 9


def test_true_boxes_are_candidates() -> None:
    batch = sampler()(batch_of([boxes((10, 10, 50, 50), (60, 60, 90, 90))], [boxes()]))
    assert sorted(batch["rois"].tolist()) == [[0, 10, 10, 50, 50], [0, 60, 60, 90, 90]]
    assert sorted(batch["roi_object"].tolist()) == [0, 1]
    assert batch["roi_overlap"].tolist() == [1, 1]


def test_limits_of_overlap_are_from_and_below() -> None:
    # IoU of (0, 0, 10, 10) with a box of the same left top corner, 10 high and w <= 10 wide is w / 10.
    proposals = boxes(*[(0, 0, w, 10) for w in (0.9, 1, 2, 4.9, 5, 6)])
    batch = sampler(rois=100)(batch_of([boxes((0, 0, 10, 10))], [proposals]))
    of_foreground = batch["roi_object"] >= 0
    assert sorted(batch["rois"][of_foreground, 3].tolist()) == [5, 6, 10]
    assert sorted(batch["rois"][~of_foreground, 3].tolist()) == pytest.approx([1, 2, 4.9])
    # 4.9 / 10 and 1 / 10 in float32
    assert sorted(batch["roi_overlap"][~of_foreground].tolist()) == pytest.approx([0.1, 0.2, 0.49])


def test_background_fills_up_for_foreground_and_not_the_other_way() -> None:
    objects = boxes((0, 0, 10, 10))
    background = boxes(*[(0, 0, 2 + i / 10, 10) for i in range(20)])
    rois = sampler(rois=16)(batch_of([objects], [background]))
    assert (rois["roi_object"] >= 0).sum() == 1
    assert (rois["roi_object"] < 0).sum() == 15
    foreground = boxes(*[(0, 0, 9 - i / 10, 10) for i in range(20)])
    rois = sampler(rois=16)(batch_of([objects], [torch.cat([foreground, background[:2]])]))
    assert (rois["roi_object"] >= 0).sum() == 4
    assert (rois["roi_object"] < 0).sum() == 2


def test_rois_are_spread_over_any_number_of_images() -> None:
    one, near = crowd(0)
    batch = sampler(rois=128)(batch_of([one] * 3, [near] * 3))
    assert [int((batch["rois"][:, 0] == place).sum()) for place in range(3)] == [42, 43, 43]


@pytest.mark.parametrize("objects", [[boxes(), boxes()], None], ids=["empty", "missing"])
def test_without_objects_there_are_no_rois(objects: list[Tensor] | None) -> None:
    batch = batch_of(objects or [], [crowd(0)[1], boxes()])
    if objects is None:
        del batch["boxes"]
    drawn = sampler()(batch)
    assert (drawn["rois"].shape, drawn["roi_object"].shape) == ((0, 5), (0,))
    assert drawn["roi_object"].dtype == torch.int64
    everything = sampler(background_iou=(0.0, 0.5), rois=32)(batch)
    assert everything["rois"].shape == (16, 5)
    assert (everything["roi_object"] == -1).all()
    assert (everything["roi_overlap"] == 0).all()


def test_images_without_objects_do_not_shift_the_others() -> None:
    objects, near = crowd(0)
    batch = sampler()(batch_of([boxes(), objects, boxes((0, 0, 5, 5))], [near, near, boxes()]))
    assert set(batch["rois"][:, 0].tolist()) == {1, 2}
    assert set(batch["roi_object"][batch["rois"][:, 0] == 1].tolist()) == {-1, 0, 1, 2}
    assert batch["roi_object"][batch["rois"][:, 0] == 2].tolist() == [3]


def test_difficult_objects_are_used_unless_told_otherwise() -> None:
    objects, near = crowd(0)
    flags = torch.tensor([True, False, True])
    batch = batch_of([objects[:1], objects], [near, near]) | {"difficult": [torch.tensor([False]), flags]}
    assert set(sampler()(batch)["roi_object"].tolist()) == {-1, 0, 1, 2, 3}
    without = sampler(use_difficult=False)(batch)
    assert set(without["roi_object"].tolist()) == {-1, 0, 2}
    of_second = without["rois"][:, 0] == 1
    torch.testing.assert_close(
        without["roi_overlap"][of_second], box_iou(without["rois"][of_second, 1:], objects[1:2])[:, 0]
    )


def test_use_difficult_false_without_flags_is_refused() -> None:
    assert sampler().reads == ("boxes", "proposals")
    assert sampler(use_difficult=False).reads == ("boxes", "proposals", "difficult")
    with pytest.raises(InputError, match="use_difficult: the data set has no 'difficult'"):
        sampler(use_difficult=False)(two_crowds())


def test_a_data_set_without_proposals_is_refused() -> None:
    with pytest.raises(InputError, match="has no proposals; say in the recipe, under proposals:"):
        sampler()({"boxes": [boxes()]})


def test_boxes_without_area_are_never_foreground() -> None:
    flat = boxes((5, 5, 5, 9))
    assert len(sampler()(batch_of([flat], [flat]))["rois"]) == 0


def test_order_of_objects_and_proposals_changes_no_set() -> None:
    objects, near = crowd(0, proposals=50)
    drawn = []
    for true, proposals in ((objects, near), (objects.flip(0), near.flip(0))):
        batch = sampler(rois=1000, foreground=1)(batch_of([true], [proposals]))
        own = batch["roi_object"]
        of_each = torch.where(own[:, None] >= 0, true[own], -1)
        drawn.append(torch.cat([batch["rois"], of_each], dim=1).unique(dim=0))
    assert torch.equal(*drawn)


def test_networks_get_the_rois() -> None:
    batch = sampler()(two_crowds())
    assert sampler().inputs(batch)["rois"] is batch["rois"]
    assert sampler().example()["rois"].shape == (1, 5)
    assert set(sampler().provides) <= set(batch)


@pytest.mark.parametrize("limits", [(0.5, 0.1), (0.1, 0.6), (-0.1, 0.5), (0.2, 0.2)])
def test_limits_that_contradict_each_other_are_refused(limits: tuple[float, float]) -> None:
    with pytest.raises(ValidationError, match="background_iou"):
        sampler(background_iou=limits)

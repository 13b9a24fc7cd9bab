import torch
from stitchkit_detection.deltas import encode
from stitchkit_detection.detections import Detections, detections
from torch import Tensor


def detect(proposals: Tensor, scores: Tensor, deltas: Tensor | None = None, **options: float) -> Detections:
    given = torch.zeros(*scores.shape, 4) if deltas is None else deltas
    limit, nms_iou = int(options.get("limit", 100)), options.get("nms_iou", 0.3)
    return detections(proposals, scores, given, frame=(100, 200), boxes_per_class=limit, nms_iou=nms_iou)


def random_case(count: int = 40) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    corner = 80 * torch.rand(count, 2, generator=generator)
    proposals = torch.cat([corner, corner + 5 + 40 * torch.rand(count, 2, generator=generator)], dim=1)
    scores = torch.rand(count, 3, generator=generator)
    return proposals, scores, 0.2 * torch.randn(count, 3, 4, generator=generator)


def test_a_box_that_overlaps_a_better_one_of_its_class_goes() -> None:
    proposals = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [50, 50, 60, 60]])
    scores = torch.tensor([[0.5, 0.1], [0.6, 0.2], [0.4, 0.3]])
    found = detect(proposals, scores)
    assert found["boxes"].tolist() == [
        [0, 0, 10, 9],  # 0.6: class 0; its neighbour with 0.5 overlaps it by 0.9
        [50, 50, 60, 60],  # 0.4: class 0
        [50, 50, 60, 60],  # 0.3: class 1 does not compete with class 0
        [0, 0, 10, 9],  # 0.2: class 1
    ]
    assert found["classes"].tolist() == [0, 0, 1, 1]
    torch.testing.assert_close(found["scores"], torch.tensor([0.6, 0.4, 0.3, 0.2]))
    assert len(detect(proposals, scores, nms_iou=0.95)["scores"]) == 6


def test_boxes_of_each_class_are_moved_by_their_own_deltas_and_clipped_to_the_frame() -> None:
    proposals = torch.tensor([[10.0, 10, 30, 30]])
    wanted = torch.tensor([[[12.0, 8, 40, 20], [-10, 20, 250, 130]]])
    deltas = encode(proposals[:, None].expand(-1, 2, -1), wanted)
    found = detect(proposals, torch.tensor([[0.9, 0.8]]), deltas)
    torch.testing.assert_close(found["boxes"], torch.tensor([[12.0, 8, 40, 20], [0, 20, 200, 100]]))


def test_only_the_best_of_each_class_enter_the_suppression() -> None:
    proposals = torch.tensor([[x, 0.0, x + 5, 5.0] for x in range(0, 100, 10)])
    scores = torch.stack([torch.linspace(0.1, 0.9, 10), torch.linspace(0.9, 0.1, 10)], dim=1)
    found = detect(proposals, scores, limit=3)
    assert sorted(found["boxes"][found["classes"] == 0][:, 0].tolist()) == [70, 80, 90]
    assert sorted(found["boxes"][found["classes"] == 1][:, 0].tolist()) == [0, 10, 20]


def test_of_equal_scores_the_first_proposals_are_taken() -> None:
    proposals = torch.tensor([[x, 0.0, x + 5, 5.0] for x in range(0, 100, 10)])
    found = detect(proposals, torch.full((10, 1), 0.5), limit=4)
    assert sorted(found["boxes"][:, 0].tolist()) == [0, 10, 20, 30]


def test_order_of_proposals_changes_nothing() -> None:
    proposals, scores, deltas = random_case()
    order = torch.randperm(40, generator=torch.Generator().manual_seed(1))
    found, other = (detect(proposals[o], scores[o], deltas[o], limit=20) for o in (torch.arange(40), order))
    for name in ("boxes", "classes", "scores"):
        assert torch.equal(found[name], other[name])


def test_detections_come_with_the_highest_score_first() -> None:
    found = detect(*random_case())
    assert (found["scores"].diff() <= 0).all()
    assert (found["boxes"].dtype, found["classes"].dtype) == (torch.float32, torch.int64)


def test_without_proposals_there_are_no_detections() -> None:
    found = detect(torch.zeros(0, 4), torch.zeros(0, 3))
    assert {name: tuple(values.shape) for name, values in found.items()} == {
        "boxes": (0, 4),
        "classes": (0,),
        "scores": (0,),
    }

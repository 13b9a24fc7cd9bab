import torch
from stitchkit_attributes.regions import best_proposals


def test_each_object_gets_the_proposal_that_overlaps_it_most() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [20, 20, 30, 30], [50, 50, 60, 60]])
    proposals = torch.tensor(
        [[0.0, 0, 10, 6], [0, 0, 10, 8], [0, 0, 10, 8], [20, 20, 30, 25], [50, 50, 60, 54.9]]
    )
    chosen = best_proposals(boxes, proposals)
    assert chosen.objects.tolist() == [0, 1]  # IoU 0.8 and 0.5; the third has 0.49
    assert chosen.boxes.tolist() == [[0, 0, 10, 8], [20, 20, 30, 25]]


def test_no_objects_no_proposals_and_no_area() -> None:
    boxes, none = torch.tensor([[0.0, 0, 10, 10], [5, 5, 5, 5]]), torch.zeros(0, 4)
    for chosen in best_proposals(boxes, none), best_proposals(none, boxes), best_proposals(none, none):
        assert chosen.boxes.shape == (0, 4)
        assert chosen.objects.tolist() == []
    assert best_proposals(boxes, boxes).objects.tolist() == [0]

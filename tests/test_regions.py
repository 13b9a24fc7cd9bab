import torch

from stitchkit.regions import rois_of


def test_rois_are_in_pixels_of_the_images() -> None:
    batch = {"image_size": [(80, 180), (10, 30)], "native_size": [(40, 60), (20, 60)]}
    boxes = [torch.tensor([[1.0, 2, 3, 4]]), torch.tensor([[10.0, 4, 20, 8]])]
    assert rois_of(boxes, batch).tolist() == [[0, 3, 4, 9, 8], [1, 5, 2, 10, 4]]


def test_frames_without_boxes_give_none() -> None:
    batch = {"image_size": [(8, 8), (8, 8)], "native_size": [(4, 4), (8, 8)]}
    assert rois_of([torch.zeros(0, 4), torch.zeros(0, 4)], batch).shape == (0, 5)
    assert rois_of([torch.zeros(0, 4), torch.ones(1, 4)], batch).tolist() == [[1, 1, 1, 1, 1]]

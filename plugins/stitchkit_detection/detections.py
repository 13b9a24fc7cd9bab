"""From scores and deltas of proposals to the detections of a frame."""

import torch
from torch import Tensor
from torchvision.ops import batched_nms, clip_boxes_to_image

from stitchkit_detection.deltas import decode

Detections = dict[str, Tensor]
"""Of one frame: ``"boxes"`` float32 [D, 4] in its pixels, ``"classes"`` int64 [D] and, unless they are the
ground truth, ``"scores"`` float32 [D], the highest first."""


def detections(
    proposals: Tensor,
    scores: Tensor,
    deltas: Tensor,
    *,
    frame: tuple[int, int],
    boxes_per_class: int,
    nms_iou: float,
) -> Detections:
    """The detections of a frame, on the processor (Girshick, ICCV 2015, Section 3).

    Args:
        proposals: [P, 4], in pixels of the frame; P may be 0.
        scores: Of each class without the background: [P, C].
        deltas: From a proposal to the box of each class, as `deltas.encode` has them: [P, C, 4].
        frame: Height and width, which boxes are clipped to.
        boxes_per_class: How many boxes of a class may go into the suppression, those with the highest scores.
        nms_iou: Of two boxes of a class that overlap by more than this, the one with the lower score goes.
    """
    rows = scores.argsort(dim=0, descending=True, stable=True)[:boxes_per_class]
    classes = torch.arange(scores.shape[1], device=scores.device).expand_as(rows).flatten()
    scores, rows = scores.gather(0, rows).flatten(), rows.flatten()
    boxes = clip_boxes_to_image(decode(proposals[rows], deltas[rows, classes]), frame)
    kept = batched_nms(boxes, scores, classes, nms_iou)
    found = {"boxes": boxes, "classes": classes, "scores": scores}
    return {name: values[kept].cpu() for name, values in found.items()}

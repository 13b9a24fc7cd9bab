"""What detection learns of the training frames before any network exists."""

from typing import NamedTuple

import torch
from torch import Tensor

from stitchkit.data import Dataset
from stitchkit.errors import InputError
from stitchkit_detection.deltas import DeltaStatistics, encode
from stitchkit_detection.objects import check_objects, most_overlapped


class Learned(NamedTuple):
    """Objects of each class, int64 [C], and mean and deviation of their deltas, float32 [C, 4] each."""

    counts: Tensor
    mean: Tensor
    std: Tensor


def learn(train: Dataset, boxes_key: str, classes_key: str, box_iou: float) -> Learned:
    """Count the objects, and the deltas to them from all true boxes and proposals that overlap them enough.

    Args:
        train: The training frames, with proposals; their pictures are not asked for.
        boxes_key: Of the objects' boxes in the samples.
        classes_key: Of their classes; the target of that name has the names of the classes.
        box_iou: Overlap from which a region's box is learned.

    Raises:
        InputError: There are no proposals, a frame's boxes and classes do not fit together, or there is no
            object.
    """
    classes = len(train.targets[classes_key].classes)
    counts, statistics = torch.zeros(classes, dtype=torch.int64), DeltaStatistics(classes)
    for index in range(len(train)):
        sample = train.annotations(index)
        if "proposals" not in sample:
            raise InputError("the data set has no proposals; say in the recipe, under proposals:, which")
        if boxes_key not in sample:
            continue
        boxes, proposals = (sample[key].as_subclass(Tensor) for key in (boxes_key, "proposals"))
        of_each = check_objects(boxes, sample.get(classes_key), classes, train.key(index))
        counts += of_each.bincount(minlength=classes)
        regions = torch.cat([boxes, proposals])
        overlap, object_ = most_overlapped(regions, boxes)
        near = overlap >= box_iou
        statistics.add(encode(regions[near], boxes[object_[near]]), of_each[object_[near]])
    if not counts.any():
        raise InputError(f"the {len(train)} training frames have no object; use frames with objects")
    return Learned(counts, *statistics.mean_and_std())

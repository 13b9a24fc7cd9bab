"""The task of semantic segmentation."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from stitchkit.data import VOID, Dataset
from stitchkit.errors import InputError, unknown
from stitchkit.plugins import Config
from stitchkit.tasks import Batch, Task, averaged, frame_size
from stitchkit_segmentation.labels import count_labels
from stitchkit_segmentation.metrics import FIGURES, Confusion
from stitchkit_segmentation.palette import palette


class SegmentationConfig(Config):
    """Options of `Segmentation`."""

    target: str = "labels"  # key of the ground truth in the samples
    loss_reduction: Literal["pixel", "image"] = "pixel"  # mean over labelled pixels, or of the images' means


class Segmentation(Task):
    """Softmax over the classes at every pixel, trained with cross-entropy on the labelled pixels.

    The number of classes is the data set's. Scores are brought to the size of the ground truth by bilinear
    interpolation, as in fully convolutional networks (Long et al., CVPR 2015). The loss is that of their
    FCN-AlexNet: the mean over valid pixels.
    """

    Config = SegmentationConfig
    config: SegmentationConfig
    metrics_info = FIGURES
    names: tuple[str, ...]
    counts: Tensor  # pixels of each class in the training frames: int64 [classes]

    def fit(self, train: Dataset, seed: int) -> None:
        """Take the classes from the data set and count their pixels in the training frames, one at a time.

        Raises:
            InputError: The data set has no such target, a frame holds a label that is no class, or no
                training pixel is labelled.
        """
        of_labels = {name: target for name, target in train.targets.items() if target.kind == "labels"}
        if self.target not in of_labels:
            raise unknown("target of kind 'labels'", self.target, of_labels, f"task {self.name!r}")
        self.names = of_labels[self.target].classes
        self.outputs = len(self.names)
        if not 1 <= self.outputs <= VOID:
            raise InputError(
                f"task {self.name!r}: target {self.target!r} has {self.outputs} classes; "
                f"give 1 to {VOID}, the labels that uint8 holds beside void"
            )
        self.counts = torch.zeros(self.outputs, dtype=torch.int64)
        for index in range(len(train)):
            labels = train[index].get(self.target)
            if labels is not None:
                self.counts += count_labels(labels, self.outputs, train.key(index))
        if not self.counts.any():
            raise InputError(
                f"task {self.name!r}: no pixel of the {len(train)} training frames has a label in "
                f"{self.target!r}; use frames with ground truth"
            )

    def state(self) -> dict[str, Tensor]:
        """``counts``: int64 [classes]; ``names``: the classes as JSON in UTF-8, uint8 [bytes]."""
        names = json.dumps(self.names).encode()
        return {"counts": self.counts, "names": torch.tensor(list(names), dtype=torch.uint8)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `state` returned."""
        self.counts = state["counts"].cpu()
        self.names = tuple(json.loads(bytes(state["names"].tolist())))
        self.outputs = len(self.names)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of scores [B, classes, h, w] and labels [B, H, W]; void pixels add nothing."""
        if self.target not in batch:  # no image of the batch has ground truth
            return (output * 0).sum()
        labels = batch[self.target].as_subclass(Tensor).long()
        scores = _resized(output, labels.shape[1:])
        errors = F.cross_entropy(scores, labels, ignore_index=VOID, reduction="none")
        sums = errors.sum(dim=(1, 2))
        valid = (labels != VOID).sum(dim=(1, 2))
        if self.config.loss_reduction == "pixel":
            return sums.sum() / valid.sum().clamp(min=1)
        return (sums / valid.clamp(min=1)).sum() / (valid > 0).sum().clamp(min=1)

    def predict(self, output: Tensor, batch: Batch) -> Tensor:
        """The class of the highest score at each pixel: uint8 [B, H, W]."""
        # One image at a time: at the ground truth's size the scores of a batch would fill memory.
        size = frame_size(batch)
        return torch.stack([_highest(_scores_at(scores, size)) for scores in output])

    def predict_ensemble(self, outputs: Sequence[Tensor], batch: Batch) -> Tensor:
        """The class of the highest probability, mean over the members at the size of the ground truth."""
        size = frame_size(batch)
        images = zip(*outputs, strict=True)
        of_members = ([_scores_at(own, size).softmax(dim=0) for own in scores] for scores in images)
        return torch.stack([_highest(averaged(probabilities)) for probabilities in of_members])

    def constant(self, batch: Batch) -> Tensor:
        """The most frequent class of the training frames everywhere: uint8 [B, H, W]."""
        shape = len(batch["key"]), *frame_size(batch)
        return torch.full(shape, int(self.counts.argmax()), dtype=torch.uint8)

    def metrics(self) -> Confusion:
        """A new, empty confusion matrix."""
        return Confusion(self.target, self.names, self.counts.tolist())

    def draw(self, values: Any, image: Tensor) -> Tensor:
        """Labels [H, W] in the colours of `palette`, void black: uint8 RGB [3, H, W]."""
        labels = torch.as_tensor(values).as_subclass(Tensor).cpu().long()
        return palette()[labels].permute(2, 0, 1).contiguous()


def _resized(scores: Tensor, size: tuple[int, ...]) -> Tensor:
    if scores.shape[2:] == size:
        return scores
    return F.interpolate(scores, size=size, mode="bilinear", align_corners=False)


def _scores_at(scores: Tensor, size: tuple[int, int]) -> Tensor:
    """Scores of one image, float32 [classes, H, W]."""
    return _resized(scores[None].float(), size)[0]


def _highest(scores: Tensor) -> Tensor:
    # On a CPU max along the first axis is several times faster than argmax.
    return scores.max(dim=0).indices.to(torch.uint8)

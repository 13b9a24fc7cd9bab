"""The task of attributes, in the manner of Fast R-CNN."""

import json
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stitchkit.backbones import Backbone
from stitchkit.data import Dataset
from stitchkit.errors import InputError, unknown
from stitchkit.plugins import Config
from stitchkit.regions import rois_of
from stitchkit.tasks import Batch, Task, averaged
from stitchkit_attributes.metrics import Answers, AttributeAP, figures
from stitchkit_attributes.objects import check_attributes
from stitchkit_attributes.picture import draw_attributes
from stitchkit_attributes.regions import Regions, best_proposals, true_boxes

_MEASURED = {
    "ground_truth": "objects scored at their true boxes",
    "proposals": "objects scored at the proposals that overlap them most, missed where none does by half",
}


class AttributesConfig(Config):
    """Options of `Attributes`."""

    target: str = "attributes"  # key of the objects' attributes in the samples
    boxes: str = "boxes"  # key of their boxes
    normalise: Literal["foreground", "rois"] = "foreground"  # the loss is divided by their number
    zero_attribute_objects: Literal["negative", "ignore"] = "negative"  # when training
    zero_attribute_objects_measured: Literal["negative", "ignore"] = "negative"  # when measured
    score: Literal["ground_truth", "proposals"] = "ground_truth"  # where objects are scored when measured


class Attributes(Task):
    """A sigmoid for each attribute of each region, trained with cross-entropy on the foreground (Section 6).

    A foreground region has the attributes of the object that it overlaps most, background adds nothing. What
    is foreground, the study's sampler says. The loss is the sum over regions and attributes, divided by the
    number of attributes, the paper's factor of 1/64, and by a number of regions that the paper does not name:
    those of the foreground that count (at least 1), or all.

    Objects that no attribute holds for, of which a-PASCAL has some, are negatives of all attributes unless
    options say to ignore them.
    """

    Config = AttributesConfig
    config: AttributesConfig
    metrics_info = figures(_MEASURED["ground_truth"])
    needs = ("rois", "roi_object")
    names: tuple[str, ...]
    counts: Tensor  # training objects that each attribute holds for: int64 [A]
    objects: int  # training objects that count

    def __init__(self, name: str, config: AttributesConfig) -> None:
        super().__init__(name, config)
        self.metrics_info = figures(_MEASURED[config.score])

    @property
    def reads(self) -> tuple[str, ...]:
        """Attributes and boxes."""
        return (self.target, self.config.boxes)

    def fit(self, train: Dataset, seed: int) -> None:
        """Take the attributes' names from the data set and count the objects that each of them holds for.

        No picture is read where the data set can do without.

        Raises:
            InputError: The data set lacks attributes or boxes, a frame's do not fit together, or no attribute
                holds anywhere.
        """
        here = f"task {self.name!r}"
        for key, kind in ((self.target, "object_attributes"), (self.config.boxes, "boxes")):
            of_kind = [name for name, target in train.targets.items() if target.kind == kind]
            if key not in of_kind:
                raise unknown(f"target of kind {kind!r}", key, of_kind, here)
        self.names = train.targets[self.target].classes
        self.outputs = len(self.names)
        self.counts, self.objects = torch.zeros(self.outputs, dtype=torch.int64), 0
        for index in range(len(train)):
            sample = train.annotations(index)
            if self.target not in sample:
                continue
            attributes = check_attributes(
                sample[self.target], sample.get(self.config.boxes), self.outputs, train.key(index)
            )
            self.counts += attributes.sum(dim=0)
            ignored = self.config.zero_attribute_objects == "ignore"
            self.objects += int(attributes.any(dim=1).sum()) if ignored else len(attributes)
        if not self.counts.any():
            raise InputError(
                f"{here}: no attribute in {self.target!r} holds for any object of the {len(train)} training "
                "frames; use frames with attributes"
            )

    def state(self) -> dict[str, Tensor]:
        """``counts`` int64 [A]; ``objects`` int64 []; ``names`` as JSON in UTF-8, uint8 [bytes]."""
        names = torch.tensor(list(json.dumps(self.names).encode()), dtype=torch.uint8)
        return {"counts": self.counts, "objects": torch.tensor(self.objects), "names": names}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `state` returned."""
        self.counts, self.objects = state["counts"].cpu(), int(state["objects"])
        self.names = tuple(json.loads(bytes(state["names"].tolist())))
        self.outputs = len(self.names)

    def network(self, backbone: Backbone) -> nn.Module:
        """From images [B, 3, H, W] and RoIs [R, 5] to ``"attributes"``, scores before the sigmoid: [R, A]."""
        return backbone.regional({"attributes": self.outputs})

    def inputs(self, batch: Batch) -> dict[str, Tensor]:
        """``rois``: the boxes that are scored, in pixels of the images: float32 [R, 5].

        Raises:
            InputError: A batch of frames with attributes lacks boxes, or the proposals that the options want.
        """
        return {"rois": rois_of([boxes for boxes, _ in self._regions(batch)], batch)}

    def _regions(self, batch: Batch) -> list[Regions]:
        if self.config.boxes not in batch:
            raise InputError(
                f"frames {', '.join(batch['key'])}: attributes without {self.config.boxes!r}; give each a box"
            )
        if self.config.score == "ground_truth":
            return [true_boxes(boxes) for boxes in batch[self.config.boxes]]
        if "proposals" not in batch:
            raise InputError(
                f"task {self.name!r}: the data set has no proposals to score; say in the recipe, under "
                "proposals:, which, or leave score at ground_truth"
            )
        return [*map(best_proposals, batch[self.config.boxes], batch["proposals"])]

    def loss(self, output: Mapping[str, Tensor], batch: Batch) -> Tensor:
        """Sigmoid cross-entropy of scores [R, A] and the attributes of each foreground region's object."""
        scores = output["attributes"].float()
        if self.target not in batch or self.config.boxes not in batch:  # no image has ground truth
            return (scores * 0).sum()
        truth, counts = self._objects(batch)
        counted = counts[batch["roi_object"]]
        errors = F.binary_cross_entropy_with_logits(scores, truth[batch["roi_object"]], reduction="none")
        regions = counted.sum() if self.config.normalise == "foreground" else len(scores)
        return (errors.mean(dim=1) * counted).sum() / torch.as_tensor(regions).clamp(min=1)

    def _objects(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Attributes of all objects of a batch, float32 [N + 1, A], and which of them count, float32 [N + 1].

        The last row stands for the background, whose place is -1. Objects of images that tell no attributes
        do not count.
        """
        truth, counts = [], []
        for attributes, boxes in zip(batch[self.target], batch[self.config.boxes], strict=True):
            truth.append(boxes.new_zeros(len(boxes), self.outputs))
            truth[-1][: len(attributes)] = attributes
            counts.append(boxes.new_zeros(len(boxes)))
            counts[-1][: len(attributes)] = 1
        background = truth[0].new_zeros(1, self.outputs)
        rows, rows_count = torch.cat([*truth, background]), torch.cat([*counts, background[:, 0]])
        if self.config.zero_attribute_objects == "ignore":
            rows_count = rows_count * rows.any(dim=1)
        return rows, rows_count

    def predict(self, output: Mapping[str, Tensor], batch: Batch) -> list[Answers]:
        """For each frame the boxes that were scored, their objects and the scores after the sigmoid."""
        return self.predict_ensemble([output], batch)

    def predict_ensemble(self, outputs: Sequence[Mapping[str, Tensor]], batch: Batch) -> list[Answers]:
        """The same boxes and objects, with the mean of the members' scores after the sigmoid."""
        regions = self._regions(batch)
        # In float64, where scores that differ stay different close to 1.
        scores = averaged([output["attributes"].double().sigmoid() for output in outputs]).cpu()
        return _answers(regions, scores.split([len(boxes) for boxes, _ in regions]))

    def constant(self, batch: Batch) -> list[Answers]:
        """The share of training objects that each attribute holds for, as the score of every box."""
        regions = self._regions(batch)
        shares = self.counts.double() / self.objects
        return _answers(regions, [shares.expand(len(boxes), -1) for boxes, _ in regions])

    def truth(self, batch: Batch, place: int) -> Answers:
        """The objects of one frame at their own boxes, scored 1 where an attribute holds, else 0."""
        boxes, attributes = batch[self.config.boxes][place], batch[self.target][place]
        (answers,) = _answers([true_boxes(boxes[: len(attributes)])], [attributes.double()])
        return answers

    def metrics(self) -> AttributeAP:
        """A new, empty accumulator."""
        return AttributeAP(
            self.target,
            self.config.boxes,
            names=self.names,
            train_counts=self.counts.tolist(),
            without_attributes=self.config.zero_attribute_objects_measured == "negative",
        )

    def draw(self, values: Answers, image: Tensor) -> Tensor:
        """The image with the boxes and their most certain attributes: uint8 RGB [3, H, W]."""
        return draw_attributes(image, values, self.names)


def _answers(regions: Sequence[Regions], scores: Sequence[Tensor]) -> list[Answers]:
    pairs = zip(regions, scores, strict=True)
    return [{"boxes": boxes, "objects": objects, "scores": own} for (boxes, objects), own in pairs]

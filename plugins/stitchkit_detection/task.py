"""The task of detection, as Fast R-CNN does it."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from stitchkit.backbones import Backbone
from stitchkit.data import Dataset
from stitchkit.errors import InputError, unknown
from stitchkit.plugins import Config
from stitchkit.regions import rois_of
from stitchkit.tasks import Batch, Task, averaged
from stitchkit_detection.deltas import encode
from stitchkit_detection.detections import Detections, detections
from stitchkit_detection.fitting import learn
from stitchkit_detection.metrics import FIGURES, DetectionAP
from stitchkit_detection.picture import draw_boxes

Overlap = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]

FEW = 3  # detections drawn where all scores are low


class DetectionConfig(Config):
    """Options of `Detection`; the defaults are Fast R-CNN's and VOC's."""

    target: str = "boxes"  # key of the objects' boxes in the samples
    classes: str = "classes"  # key of their classes
    difficult: str = "difficult"  # key of the flags of objects that count neither as hit nor as miss
    box_iou: Overlap = 0.5  # from this overlap on the box of a region is learned
    boxes_per_class: PositiveInt = 100  # of each frame, before suppression: those with the highest scores
    nms_iou: Share = 0.3  # a box that overlaps a better one of its class by more is suppressed
    match_iou: Overlap = 0.5  # from this overlap on a detection may be a hit
    draw_score: Share = 0.3  # detections from this score on are drawn; the best three where none has it


class Detection(Task):
    """Softmax over classes and background for each region, and a box for each class (paper, Section 6).

    The method is Fast R-CNN (Girshick, ICCV 2015). The network gives ``"scores"`` [R, 1 + C], the background
    first, and ``"deltas"`` [R, 4 * (1 + C)]: what `stitchkit_detection.deltas.encode` says of a region and
    its object, less the mean of the class and divided by its deviation. Those of the background are not used.
    It is trained on what a sampler draws and measured on all proposals of a frame.
    """

    Config = DetectionConfig
    config: DetectionConfig
    metrics_info = FIGURES
    needs = ("rois", "roi_object", "roi_overlap")
    names: tuple[str, ...]
    counts: Tensor  # objects of each class in the training frames: int64 [C]
    mean: Tensor  # of the deltas of each class: float32 [C, 4]
    std: Tensor  # the same

    @property
    def reads(self) -> tuple[str, ...]:
        """Boxes and classes."""
        return (self.target, self.config.classes)

    def fit(self, train: Dataset, seed: int) -> None:
        """Take the classes from the data set, count its objects, and learn how deltas are normalised.

        The deltas are those of all true boxes and proposals that overlap an object by ``box_iou`` or more.
        No picture is read where the data set can do without.

        Raises:
            InputError: The data set lacks boxes, classes or proposals, a frame's do not fit together, or
                there is no object in it.
        """
        here = f"task {self.name!r}"
        for key, kind in ((self.target, "boxes"), (self.config.classes, "object_classes")):
            of_kind = [name for name, target in train.targets.items() if target.kind == kind]
            if key not in of_kind:
                raise unknown(f"target of kind {kind!r}", key, of_kind, here)
        self.names = train.targets[self.config.classes].classes
        if not self.names:
            raise InputError(f"{here}: target {self.config.classes!r} has no classes; give at least one")
        try:
            learned = learn(train, self.target, self.config.classes, self.config.box_iou)
        except InputError as error:
            raise InputError(f"{here}: {error}") from None
        self.counts, self.mean, self.std = learned
        self.outputs = 1 + len(self.names)

    def state(self) -> dict[str, Tensor]:
        """``counts`` int64 [C]; ``mean`` and ``std`` float32 [C, 4]; ``names`` as JSON, uint8 [bytes]."""
        names = torch.tensor(list(json.dumps(self.names).encode()), dtype=torch.uint8)
        return {"counts": self.counts, "mean": self.mean, "std": self.std, "names": names}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `state` returned."""
        self.counts, self.mean, self.std = (state[name].cpu() for name in ("counts", "mean", "std"))
        self.names = tuple(json.loads(bytes(state["names"].tolist())))
        self.outputs = 1 + len(self.names)

    def network(self, backbone: Backbone) -> nn.Module:
        """From images [B, 3, H, W] and RoIs [R, 5] to scores [R, 1 + C] and deltas [R, 4 * (1 + C)]."""
        return backbone.regional({"scores": self.outputs, "deltas": 4 * self.outputs})

    def inputs(self, batch: Batch) -> dict[str, Tensor]:
        """``rois``: all proposals of the frames, in pixels of the images: float32 [P, 5]."""
        return {"rois": rois_of(batch["proposals"], batch)}

    def loss(self, output: Mapping[str, Tensor], batch: Batch) -> Tensor:
        """Cross-entropy, mean over the RoIs, plus the smooth L1 error of the boxes, summed and divided by R.

        Only RoIs that overlap their object by ``box_iou`` or more have a box to learn, and only the deltas
        of the object's class learn it.
        """
        scores, deltas = output["scores"].float(), output["deltas"].float().unflatten(1, (-1, 4))
        if not len(scores):
            return scores.sum() + deltas.sum()  # zero, and connected
        objects = batch["roi_object"]
        labels, error = torch.zeros_like(objects), deltas[:0].sum()
        if (objects >= 0).any():
            classes, boxes = (torch.cat(batch[key]) for key in (self.config.classes, self.target))
            labels = torch.where(objects >= 0, 1 + classes[objects], 0)
            near = (objects >= 0) & (batch["roi_overlap"] >= self.config.box_iou)
            wanted = self._normalised(encode(batch["rois"][near, 1:], boxes[objects[near]]), labels[near] - 1)
            error = F.smooth_l1_loss(deltas[near, labels[near]], wanted, reduction="sum") / len(scores)
        return F.cross_entropy(scores, labels) + error

    def _normalised(self, deltas: Tensor, classes: Tensor) -> Tensor:
        return (deltas - self.mean.to(deltas)[classes]) / self.std.to(deltas)[classes]

    def predict(self, output: Mapping[str, Tensor], batch: Batch) -> list[Detections]:
        """The detections of each frame of a batch, in pixels of the frame."""
        return self.predict_ensemble([output], batch)

    def predict_ensemble(self, outputs: Sequence[Mapping[str, Tensor]], batch: Batch) -> list[Detections]:
        """The detections of each frame, from the mean probabilities and the mean deltas of each proposal.

        Deltas are averaged as multiples of the proposal's size, and boxes suppressed only after that.
        """
        said = averaged([self._said(output) for output in outputs])
        counts = [len(proposals) for proposals in batch["proposals"]]
        return self._detections(batch, said["scores"].split(counts), said["deltas"].split(counts))

    def _said(self, output: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Probabilities [R, C] and deltas [R, C, 4] that are not normalised, without the background."""
        scores = output["scores"].float().softmax(dim=1)[:, 1:]
        deltas = output["deltas"].float().unflatten(1, (-1, 4))[:, 1:]
        return {"scores": scores, "deltas": deltas * self.std.to(deltas) + self.mean.to(deltas)}

    def constant(self, batch: Batch) -> list[Detections]:
        """Every proposal as it is, scored by the share of each class among the training objects.

        Of equal scores the earlier proposals are taken, which are the better ones.
        """
        share = (self.counts / self.counts.sum()).float()
        counts = [len(proposals) for proposals in batch["proposals"]]
        scores = [share.expand(count, -1) for count in counts]
        return self._detections(batch, scores, [torch.zeros(count, len(share), 4) for count in counts])

    def _detections(self, batch: Batch, scores: Any, deltas: Any) -> list[Detections]:
        config = self.config
        return [
            detections(
                # Deltas are multiples of a region's own width and height: true in the frame as in the image.
                batch["proposals"][place].to(own.device),
                own,
                moves,
                frame=batch["native_size"][place],
                boxes_per_class=config.boxes_per_class,
                nms_iou=config.nms_iou,
            )
            for place, (own, moves) in enumerate(zip(scores, deltas, strict=True))
        ]

    def as_truth(self, prediction: Sequence[Detections]) -> Batch:
        """Boxes and classes of the detections that would be drawn."""
        keys = {"boxes": self.target, "classes": self.config.classes}
        return {key: [own[name][: self._shown(own)] for own in prediction] for name, key in keys.items()}

    def _shown(self, values: Detections) -> int:
        """How many detections reach ``draw_score``; a few where none does."""
        return int((values["scores"] >= self.config.draw_score).sum()) or FEW

    def truth(self, batch: Batch, place: int) -> Detections:
        """Boxes and classes of the objects of one frame; difficult ones too."""
        keys = {"boxes": self.target, "classes": self.config.classes}
        return {name: batch[key][place].cpu() for name, key in keys.items()}

    def metrics(self) -> DetectionAP:
        """A new, empty accumulator."""
        config = self.config
        return DetectionAP(
            config.target,
            config.classes,
            config.difficult,
            names=self.names,
            train_counts=self.counts.tolist(),
            iou=config.match_iou,
        )

    def draw(self, values: Detections, image: Tensor) -> Tensor:
        """The image with boxes, names and, for detections, scores: uint8 RGB [3, H, W].

        Detections from ``draw_score`` on, or the best three where there are none.
        """
        classes, scores = values["classes"], values.get("scores")
        labels = [self.names[number] for number in classes.tolist()]
        shown = len(labels)
        if scores is not None:  # the highest first
            labels = [f"{label} {score:.2f}" for label, score in zip(labels, scores.tolist(), strict=True)]
            shown = self._shown(values)
        return draw_boxes(image, values["boxes"][:shown], labels[:shown], classes[:shown])

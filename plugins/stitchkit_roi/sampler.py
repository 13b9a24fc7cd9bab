"""The sampler of Fast R-CNN: some regions of each image, on objects and beside them."""

from typing import Annotated, Self

import torch
from pydantic import Field, PositiveInt, model_validator
from torch import Tensor
from torch.nn.functional import pad
from torchvision.ops import box_iou

from stitchkit.errors import InputError
from stitchkit.plugins import Config
from stitchkit.samplers import Sampler
from stitchkit.tasks import Batch

BACKGROUND = -1  # in the place of an object's index


class RoISamplerConfig(Config):
    """Options of `RoISampler`; the defaults are Fast R-CNN's."""

    rois: PositiveInt = 128  # in a mini-batch, spread evenly over its images: 64 for each of two
    foreground: Annotated[float, Field(ge=0, le=1)] = 0.25  # of an image's RoIs, at most
    foreground_iou: Annotated[float, Field(gt=0, le=1)] = (
        0.5  # foreground overlaps an object at least so much
    )
    background_iou: tuple[Annotated[float, Field(ge=0)], float] = (
        0.1,
        0.5,
    )  # from the first, below the second
    use_difficult: bool = True  # sample RoIs on objects that are marked as difficult
    boxes: str = "boxes"  # key of the objects' boxes in the samples
    difficult: str = "difficult"  # key of the flags that use_difficult is about

    @model_validator(mode="after")
    def _no_region_is_both(self) -> Self:
        low, high = self.background_iou
        if not low < high <= self.foreground_iou:
            raise ValueError(
                f"background_iou must be a lower and a higher limit, at most foreground_iou "
                f"({self.foreground_iou:g}), but got {low:g} and {high:g}"
            )
        return self


class RoISampler(Sampler):
    """Regions from each image's proposals and true boxes (Girshick, ICCV 2015, Section 2.3).

    Of an image's share of the RoIs at most ``foreground`` overlap an object by ``foreground_iou`` or more.
    The others are background: their largest overlap with any object lies in ``background_iou``. Both are
    drawn without replacement, each candidate as likely as any other.

    As in Fast R-CNN, background takes the places that foreground leaves, but foreground none of background's:
    where there is too little background, all of it is taken and the image gives fewer RoIs. No other image
    makes up for them. So an image without objects gives none, unless ``background_iou`` starts at 0.

    An object that is left out by ``use_difficult: false`` is as good as not there: its box is no candidate,
    and proposals count by their overlap with the other objects.

    A mini-batch then has, beside what it had:

    * ``"rois"``: float32 [R, 5], place of the image in the batch, then x1, y1, x2, y2 in its pixels;
    * ``"roi_object"``: int64 [R], the object that a foreground RoI overlaps most, by its place among all
      objects of the batch, image after image; -1 for background;
    * ``"roi_overlap"``: float32 [R], IoU with the object that the RoI overlaps most.

    An image's foreground comes before its background.
    """

    Config = RoISamplerConfig
    config: RoISamplerConfig
    provides = ("rois", "roi_object", "roi_overlap")

    def __init__(self, config: RoISamplerConfig) -> None:
        super().__init__(config)
        self.reads = (config.boxes, "proposals", *([] if config.use_difficult else [config.difficult]))

    def __call__(self, batch: Batch) -> Batch:
        """The batch with what was drawn; ``R`` may be 0.

        Raises:
            InputError: The data set has no proposals, or lacks the flags that ``use_difficult: false`` needs.
        """
        if "proposals" not in batch:
            raise InputError(
                "sampler: the data set has no proposals; say in the recipe, under proposals:, which"
            )
        images = len(batch["proposals"])
        objects = batch.get(self.config.boxes) or [proposals[:0] for proposals in batch["proposals"]]
        shares = [
            self.config.rois * (n + 1) // images - self.config.rois * n // images for n in range(images)
        ]
        drawn, before = [], 0
        for place, (boxes, proposals) in enumerate(zip(objects, batch["proposals"], strict=True)):
            rois, own, overlap = self._draw(
                boxes, self._usable(batch, place, boxes), proposals, shares[place]
            )
            rois = pad(rois, (1, 0), value=place)
            drawn.append((rois, torch.where(own == BACKGROUND, own, own + before), overlap))
            before += len(boxes)
        return {**batch, **dict(zip(self.provides, map(torch.cat, zip(*drawn, strict=True)), strict=True))}

    def _usable(self, batch: Batch, place: int, boxes: Tensor) -> Tensor:
        """Which objects of an image RoIs may be on: int64 [n]."""
        if self.config.use_difficult or not len(boxes):
            return torch.arange(len(boxes), device=boxes.device)
        if self.config.difficult not in batch:
            raise InputError(
                f"sampler.use_difficult: the data set has no {self.config.difficult!r}; leave it at true"
            )
        return (~batch[self.config.difficult][place]).nonzero().squeeze(1)

    def _draw(
        self, boxes: Tensor, usable: Tensor, proposals: Tensor, share: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """RoIs of one image [R, 4], the object of each or `BACKGROUND` [R], and overlaps [R]."""
        config, (low, high) = self.config, self.config.background_iou
        candidates = torch.cat([boxes[usable], proposals])
        # One more column stands for "no object"; boxes without area have no IoU (0/0) and do not overlap.
        overlaps = pad(box_iou(candidates, boxes[usable]).nan_to_num(0), (0, 1))
        overlap, place = overlaps.max(dim=1)
        foreground = _some(overlap >= config.foreground_iou, int(config.foreground * share))
        background = _some((overlap >= low) & (overlap < high), share - len(foreground))
        objects = pad(usable, (0, 1), value=BACKGROUND)[place[foreground]]
        chosen = torch.cat([foreground, background])
        return candidates[chosen], pad(objects, (0, len(background)), value=BACKGROUND), overlap[chosen]

    def inputs(self, batch: Batch) -> dict[str, Tensor]:
        """``rois``: float32 [R, 5], what the networks take beside the image."""
        return {"rois": batch["rois"]}

    def example(self) -> dict[str, Tensor]:
        """One region in the corner of one image."""
        return {"rois": torch.tensor([[0.0, 0.0, 0.0, 32.0, 32.0]])}


def _some(wanted: Tensor, most: int) -> Tensor:
    """Places where a mask [n] is true, no more than so many, drawn without replacement: int64.

    The draw is the processor's, so that it is the same on every device.
    """
    places = wanted.nonzero().squeeze(1)
    return places[torch.randperm(len(places))[:most].to(places.device)]

"""The data set contract over a folder of objects, for plugins whose data is laid out as VOC with a-PASCAL."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property

import torch
from torchvision import tv_tensors

from stitchkit.data.dataset import Dataset, Sample, Split
from stitchkit.data.frame_files import excerpt, load
from stitchkit.data.maps import Target
from stitchkit.data.object_frames import read_objects
from stitchkit.data.voc_layout import VOCLayout


class ObjectsDataset(Dataset):
    """One split of a `VOCLayout`: pictures of objects with boxes, classes, attributes and difficult flags.

    A plugin's class calls this ``__init__`` from its own and may then change ``targets`` and ``limits``.

    Args:
        layout: The files.
        split: Name of the split; ``"test"`` is VOC's val.
        classes: Names of the classes, in the order of their numbers; ``class_names.txt`` if not given.

    Attributes:
        layout: The files.
        split: Name of the split.
        classes: Names of the classes.
        attributes: Names of the attributes.
        objects: What is known of every frame, and what did not fit together.
        limits: What did not fit together, in words; empty if all did.

    Raises:
        InputError: A file is missing or wrong; the message names the line.
    """

    def __init__(self, layout: VOCLayout, split: Split, classes: Sequence[str] | None = None) -> None:
        self.layout = layout
        self.split = split
        self.classes = tuple(classes) if classes is not None else layout.names("class")
        self.attributes = layout.names("attribute")
        self.objects = read_objects(layout, split, self.classes)
        self.limits = self._amiss()
        self.targets: Mapping[str, Target] = {
            "boxes": Target("boxes"),
            "classes": Target("object_classes", classes=self.classes),
            "attributes": Target("object_attributes", classes=self.attributes),
            "difficult": Target("object_flags"),
        }

    def _amiss(self) -> str:
        partial = self.layout.partial
        elsewhere = "their pictures are not there" if partial else "the split does not name their frames"
        counts = {
            f"left out because {elsewhere}": self.objects.rows_elsewhere,
            "without an XML annotation, not marked as difficult": self.objects.rows_alone,
            "of the XML annotations left out because they have no attributes": self.objects.annotated_alone,
        }
        said = [f"Objects {what}: {count}." for what, count in counts.items() if count]
        if self.layout.annotations is None:
            said.append("There are no XML annotations, so no object is marked as difficult.")
        return " ".join(said)

    @cached_property
    def fingerprint(self) -> str:  # cached: it looks at every picture
        """Hash of the split: SHA-256, 64 hexadecimal digits; equal wherever the same content lies.

        It covers the names of classes and attributes, and of every frame its name, size, boxes, classes,
        attributes and flags, and of its picture the size in bytes and 1 KB each at its start, middle and
        end: a re-encoded, replaced or cut picture changes it.
        """
        digest = hashlib.sha256(repr((self.classes, self.attributes)).encode())
        for frame in self.objects.frames:
            digest.update(f"{frame.name} {frame.size} {len(frame.classes)} ".encode())
            for values in (frame.boxes, frame.classes, frame.attributes, frame.difficult):
                digest.update(values.numpy().tobytes())
            digest.update(excerpt(self.layout.picture(frame.name)))
        return digest.hexdigest()

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.objects.frames)

    def annotations(self, index: int) -> Sample:
        """A sample without its image, from memory: for counting objects without decoding pictures.

        Returns:
            ``"boxes"`` `torchvision.tv_tensors.BoundingBoxes` float32 [N, 4] (XYXY edges in pixels),
            ``"classes"`` int64 [N], ``"attributes"`` uint8 [N, A] of 0 and 1, ``"difficult"`` bool [N].
        """
        frame = self.objects.frames[index]
        return {
            "boxes": tv_tensors.BoundingBoxes(
                frame.boxes.clone(),
                format=tv_tensors.BoundingBoxFormat.XYXY,
                canvas_size=frame.size,
            ),
            "classes": frame.classes.clone(),
            "attributes": frame.attributes.clone(),
            "difficult": frame.difficult.clone(),
        }

    def __getitem__(self, index: int) -> Sample:
        """A frame: ``"image"`` uint8 RGB [3, H, W] and what `annotations` gives.

        Raises:
            InputError: The picture is broken or has changed its size.
        """
        frame = self.objects.frames[index]
        pixels = torch.from_numpy(
            load(self.layout.picture(frame.name), frame.size, 3).transpose(2, 0, 1).copy()
        )
        return {"image": tv_tensors.Image(pixels), **self.annotations(index)}

    def key(self, index: int) -> str:
        """Name of a frame, for example ``"2008_000008"``."""
        return self.objects.frames[index].name

"""From the official files to a folder of frames; can be stopped and started again."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydantic import Field

from stitchkit.data.frame_writer import FrameWriter
from stitchkit.errors import InputError
from stitchkit.plugins import Config
from stitchkit_nyuv2.depth_normals import normals_from_depth
from stitchkit_nyuv2.given_normals import GivenNormals
from stitchkit_nyuv2.official import HEIGHT, WIDTH, Frame, OfficialFile, read_classes, read_splits

FROM_DEPTH = "robust plane fits on the sensor's depth, not the Fouhey or Ladicky ground truth"
FROM_FILES = "nm_*.mat files given by the user (Fouhey et al., ICCV 2013), with axis signs {}"


class PrepareOptions(Config):
    """The official files and where the folder of frames goes.

    Attributes:
        from_: ``nyu_depth_v2_labeled.mat`` (2.8 GB); ``from`` on the command line.
        splits: ``splits.mat``, the official split.
        classes: ``classMapping40.mat``, from 894 classes to 40 (Gupta et al., CVPR 2013).
        normals: Folder of ``nm_000001.mat``...; normals are computed from the depth if not given.
        out: The folder to write, about 5 GB; ``nyuv2`` in the folder STITCHKIT_DATA if not given.
    """

    from_: Path = Field(alias="from", description="nyu_depth_v2_labeled.mat")
    splits: Path = Field(description="splits.mat")
    classes: Path = Field(description="classMapping40.mat")
    normals: Path | None = Field(None, description="folder of nm_000001.mat, ...; else computed from depth")
    out: Path | None = Field(None, description="folder to write; else nyuv2 in STITCHKIT_DATA")


def prepare(options: PrepareOptions, out: Path, progress: Callable[[int, int, str], None]) -> Path:
    """Write every frame of the official split; frames that a stopped run has written are kept.

    Args:
        options: The official files.
        out: The folder to write.
        progress: Called after each frame with frames done, frames in all and what was done.

    Returns:
        ``out``, now with a ``dataset.json``.

    Raises:
        InputError: A file is missing or not what it should be, or ``out`` cannot be written.
    """
    names, to_forty = read_classes(options.classes)
    with OfficialFile(options.from_) as official:
        splits = read_splits(options.splits, len(official))
        numbers = sorted(number for split in splits.values() for number in split)
        given = GivenNormals(options.normals, official, numbers) if options.normals else None
        writer = FrameWriter(
            out,
            name="nyuv2",
            classes=names,
            size=(HEIGHT, WIDTH),
            normals_source=FROM_FILES.format(given.signs) if given else FROM_DEPTH,
            label_source=f"nyu_depth_v2_labeled.mat, its 894 classes mapped to {len(names)}",
            depth_source="nyu_depth_v2_labeled.mat, holes filled in by its authors",
            published=["labels", "depth", "normals"] if given else ["labels", "depth"],
        )
        for done, number in enumerate(numbers, start=1):
            if writer.done(number):
                progress(done, len(numbers), f"frame {number} was there")
                continue
            frame = official[number]
            writer.write(
                number,
                image=frame.image,
                labels=_mapped(frame, to_forty, f"{options.from_}: frame {number}"),
                depth=frame.depth,
                normals=given[number] if given else normals_from_depth(frame.depth, frame.measured),
            )
            progress(done, len(numbers), f"frame {number}")
        writer.finish(splits, {number: official.scenes[number - 1] for number in numbers})
    return out


def _mapped(frame: Frame, to_forty: np.ndarray, where: str) -> np.ndarray:
    if frame.labels.max() >= len(to_forty):
        raise InputError(
            f"{where}: label {frame.labels.max()}, but mapClass ends at {len(to_forty) - 1}; "
            "give the classMapping40.mat that belongs to the official file"
        )
    return to_forty[frame.labels]

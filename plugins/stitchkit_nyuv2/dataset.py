"""NYUv2 as stitchkit reads it: a folder of frames, cut to the frame that an evaluation uses."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from stitchkit.data import Split
from stitchkit.data.frame_dataset import FrameDataset
from stitchkit.data.frames import Crop, FrameFolder
from stitchkit.errors import InputError
from stitchkit.plugins import Config
from stitchkit_nyuv2.limits import limits
from stitchkit_nyuv2.prepare import PrepareOptions, prepare

SIZE = (480, 640)
FRAMES: dict[str, Crop] = {
    "gupta": (45, 470, 40, 600),  # 425 x 560, the published segmentation benchmark (Gupta et al., CVPR 2013)
    "fouhey": (44, 471, 40, 601),  # 427 x 561, the published normals (Fouhey et al., ICCV 2013)
    "full": (0, 480, 0, 640),
}


class NYUv2Config(Config):
    """Options of the data set.

    Attributes:
        root: The folder with ``dataset.json``; ``nyuv2`` in the folder STITCHKIT_DATA if not given.
        frame: The part of every image that is used. The outer pixels have neither depth nor sensible labels.
    """

    root: Path | None = None
    frame: Literal["gupta", "fouhey", "full"] = "gupta"


class NYUv2(FrameDataset):
    """The 40-class labels, depth and surface normals of NYUv2 on the official split, 795 and 654 frames.

    Raises:
        InputError: The data is not there, or is not a folder of frames of 480 x 640.
    """

    Config = NYUv2Config
    Prepare: ClassVar[type[PrepareOptions]] = PrepareOptions

    def __init__(self, config: NYUv2Config, split: Split) -> None:
        root = config.root or default_root()
        if not (root / "dataset.json").is_file():
            raise InputError(f"NYUv2 is not at {root}; {_REMEDY}")
        folder = FrameFolder(root)
        if folder.description.image.size != SIZE:
            raise InputError(
                f"{root}: NYUv2 has images of 480 x 640, but got {folder.description.image.size}"
            )
        super().__init__(folder, split, FRAMES[config.frame])
        if "labels" in self.targets:
            official = folder.description.name == "nyuv2" and len(folder.classes) == 40
            labels = replace(
                self.targets["labels"],
                source=self.targets["labels"].source or "the 894 classes of NYUv2 mapped to 40",
                published=official and config.frame == "gupta",
            )
            self.targets = {**self.targets, "labels": labels}
        self.limits = limits(folder.description, config.frame)

    @classmethod
    def prepare(cls, options: PrepareOptions, progress: Callable[[int, int, str], None]) -> Path:
        """Make the folder of frames from the official files; see `stitchkit_nyuv2.prepare.prepare`."""
        return prepare(options, options.out or default_root(), progress)


_REMEDY = (
    "set STITCHKIT_DATA to the folder that holds nyuv2, or make it from the official files with: "
    "stitchkit data prepare nyuv2 --from nyu_depth_v2_labeled.mat --splits splits.mat "
    "--classes classMapping40.mat"
)


def default_root() -> Path:
    """``nyuv2`` in the folder STITCHKIT_DATA; raises `InputError` where that is not set."""
    data = os.environ.get("STITCHKIT_DATA")
    if not data:
        raise InputError(f"NYUv2: no folder given and STITCHKIT_DATA is not set; {_REMEDY}")
    return Path(data) / "nyuv2"

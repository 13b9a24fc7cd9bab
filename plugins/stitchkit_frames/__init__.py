"""Any folder of frames as a data set, for data of one's own."""

from pathlib import Path
from typing import ClassVar

from stitchkit.data import FrameDataset, FrameFolder, Split
from stitchkit.plugins import Config


class FramesConfig(Config):
    """Options of `Frames`.

    Attributes:
        root: Folder with ``dataset.json``, as `stitchkit.data.FrameWriter` writes it.
    """

    root: Path


class Frames(FrameDataset):
    """One split of a folder of numbered frames with whatever maps it has: labels, depth, normals.

    Raises:
        InputError: The folder or one of its lists is missing or wrong.
    """

    Config: ClassVar[type[Config]] = FramesConfig
    limits = "A folder of frames of the user's own; nothing is known of how it was made."

    def __init__(self, config: FramesConfig, split: Split) -> None:
        super().__init__(FrameFolder(config.root.expanduser()), split)

"""The data set contract over a folder of frames, for plugins whose data is such a folder."""

import hashlib
from collections.abc import Mapping
from functools import cached_property

from stitchkit.data.dataset import Dataset, Sample, Split
from stitchkit.data.frames import Crop, FrameFolder
from stitchkit.data.maps import Target


class FrameDataset(Dataset):
    """One split of a `FrameFolder`, every frame cut to the same part.

    A plugin's class calls this ``__init__`` from its own and may then change ``targets`` and ``limits``.

    Args:
        folder: The frames.
        split: Name of the split.
        crop: The part of every frame to use; all of it if not given.

    Raises:
        InputError: The folder has no such split, or a frame of it is not there.
    """

    def __init__(self, folder: FrameFolder, split: Split, crop: Crop | None = None) -> None:
        self.folder = folder
        self.split = split
        self.crop = crop
        self.numbers = folder.split(split)
        self.targets: Mapping[str, Target] = folder.targets()

    @cached_property
    def fingerprint(self) -> str:  # cached: it looks at every file
        """Hash of the crop and of what `FrameFolder.fingerprint` covers."""
        return hashlib.sha256(f"{self.crop} {self.folder.fingerprint(self.split)}".encode()).hexdigest()

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.numbers)

    def __getitem__(self, index: int) -> Sample:
        """A frame as `FrameFolder.read` returns it."""
        return self.folder.read(self.numbers[index], self.crop)

    def key(self, index: int) -> str:
        """Number of a frame with four digits, for example ``"0042"``."""
        return f"{self.numbers[index]:04d}"

    def group(self, index: int) -> str:
        """The room or video of a frame, where the folder says."""
        return self.folder.group(self.numbers[index])

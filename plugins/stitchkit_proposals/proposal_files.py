"""Proposals that somebody else has computed, read from files."""

import hashlib
from functools import cached_property
from pathlib import Path

import torch
from pydantic import PositiveInt
from torch import Tensor

from stitchkit.data import Dataset
from stitchkit.errors import InputError
from stitchkit.plugins import Config
from stitchkit.proposals import Proposals
from stitchkit_proposals.readers import READERS, Boxes


class ProposalFilesConfig(Config):
    """Options of `ProposalFiles`.

    Attributes:
        path: A ``.mat`` or ``.npz`` file, or a folder of such files that are all read.
        limit: Most boxes in a frame; the first are taken. Null takes all.
    """

    path: Path
    limit: PositiveInt | None = None


class ProposalFiles(Proposals):
    """Boxes by the key of their frame, from the files of Fast R-CNN or from arrays of one's own.

    ``.mat`` and ``.npz`` are read as `stitchkit_proposals.readers` says.

    Args:
        config: Options.

    Raises:
        InputError: There is no file, one cannot be read, or two have boxes for the same frame.
    """

    Config = ProposalFilesConfig

    def __init__(self, config: ProposalFilesConfig) -> None:
        self.config = config
        self.files = _files(config.path.expanduser())
        self._boxes: dict[str, Boxes] = {}
        for file in self.files:
            read = READERS[file.suffix](file)
            if twice := sorted(self._boxes.keys() & read.keys()):
                raise InputError(f"{file}: frame {twice[0]} is in another file of the folder too; keep one")
            self._boxes |= read

    @cached_property
    def fingerprint(self) -> str:  # cached: it reads every file
        """Hash of the content of all files and of the limit."""
        digests = sorted(_sha256(file) for file in self.files)
        return hashlib.sha256(f"{digests} {self.config.limit}".encode()).hexdigest()

    def make(self, dataset: Dataset) -> None:
        """See that there are boxes for every frame.

        Raises:
            InputError: There are none for a frame; the message names the first and how many lack them.
        """
        missing = [key for index in range(len(dataset)) if (key := dataset.key(index)) not in self._boxes]
        if missing:
            raise InputError(
                f"{self.config.path}: no proposals of frame {missing[0]}, {len(missing)} of {len(dataset)} "
                "frames lack them; give the files that cover all splits"
            )

    def boxes(self, dataset: Dataset, index: int) -> Tensor:
        """The boxes of a frame: float32 [P, 4], x1, y1, x2, y2, in the order of the file.

        Raises:
            InputError: There are none for this frame.
        """
        key = dataset.key(index)
        if key not in self._boxes:
            raise InputError(f"{self.config.path}: no proposals of frame {key}")
        return torch.tensor(self._boxes[key][: self.config.limit])


def _files(path: Path) -> list[Path]:
    endings = " or ".join(READERS)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in READERS and file.is_file())
        if not files:
            raise InputError(f"{path}: holds no proposals; it must hold {endings} files")
        return files
    if not path.is_file():
        raise InputError(f"{path}: no such file or folder of proposals")
    if path.suffix not in READERS:
        raise InputError(f"{path}: proposals must be {endings} files, but got {path.suffix or 'no ending'}")
    return [path]


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()

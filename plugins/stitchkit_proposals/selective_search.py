"""Selective search over a data set: each frame once, by several threads, kept in a cache."""

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, PositiveInt
from torch import Tensor

from stitchkit.cache import cache_folder
from stitchkit.data import Dataset
from stitchkit.errors import InputError
from stitchkit.files import written_aside
from stitchkit.plugins import Config
from stitchkit.processes import cores
from stitchkit.progress import progress
from stitchkit.proposals import Proposals
from stitchkit_proposals.opencv import VERSION, opencv, selective_search

Boxes = NDArray[np.uint16]


class SelectiveSearchConfig(Config):
    """Options of `SelectiveSearch`.

    Attributes:
        limit: Most boxes in a frame; the best are taken.
        smallest: Smallest width and height of a box in pixels.
        longest: Frames with a longer side are scaled down to it to be searched; null searches them as they
            are. VOC's are 500 pixels at most.
        root: Folder to keep the boxes in. By default ``proposals`` in the folder named by the environment
            variable ``STITCHKIT_CACHE`` or, without it, in the user's cache folder.
        threads: How many to search with; null for one a core. The boxes do not depend on it.
    """

    limit: PositiveInt = 2000
    smallest: PositiveInt = 20
    longest: Annotated[int, Field(ge=32)] | None = 500
    root: Path | None = None
    threads: PositiveInt | None = None

    @property
    def folder(self) -> Path:
        """Where boxes are kept."""
        return cache_folder("proposals", self.root)


class SelectiveSearch(Proposals):
    """Selective search in its fast mode; see `stitchkit_proposals.opencv.selective_search`.

    Args:
        config: Options.

    Raises:
        InputError: OpenCV comes without selective search; the message has the remedy.
    """

    Config = SelectiveSearchConfig
    limits = "Proposals are OpenCV's selective search, not the published boxes of the authors' own program."

    def __init__(self, config: SelectiveSearchConfig) -> None:
        self.config = config
        self._method = (
            f"selective_search {VERSION}, opencv {opencv().__version__}, "
            f"smallest {config.smallest}, longest {config.longest}"
        )

    @property
    def fingerprint(self) -> str:
        """Hash of the options that matter, of OpenCV's version and of the version of this plugin."""
        return _digest(f"{self._method}, limit {self.config.limit}")

    def folder(self, dataset: Dataset) -> Path:
        """Where the boxes of a split are kept, all of them whatever the limit; one file a frame."""
        return self.config.folder / _digest(f"{self._method}, {dataset.fingerprint}")[:16]

    def make(self, dataset: Dataset) -> None:
        """Search the frames that have not been searched yet, with a progress bar; goes on where it stopped.

        Raises:
            InputError: The boxes cannot be stored.
        """
        folder, total = self.folder(dataset), len(dataset)
        missing = [index for index in range(total) if not _file(folder, index).is_file()]
        if not missing:
            return
        done = total - len(missing)
        with progress("selective search", total, done) as advance:
            for index, boxes in zip(missing, self._search(dataset, missing), strict=True):
                _write(_file(folder, index), boxes)
                done += 1
                advance(done)

    def boxes(self, dataset: Dataset, index: int) -> Tensor:
        """The boxes of a frame: float32 [P, 4], x1, y1, x2, y2, in whole pixels, best first.

        Raises:
            InputError: They were not made, or their file is damaged.
        """
        file = _file(self.folder(dataset), index)
        try:
            stored = np.load(file, allow_pickle=False)
            if stored.dtype != np.uint16 or stored.shape[1:] != (4,):
                raise ValueError(f"must be uint16 [P, 4], but got {stored.dtype} {list(stored.shape)}")
        except FileNotFoundError:
            raise InputError(
                f"{file}: no proposals of frame {dataset.key(index)}; run again, which searches it"
            ) from None
        except (OSError, ValueError, EOFError) as error:
            raise InputError(f"{file}: {error}; remove this file and run again") from None
        return torch.from_numpy(stored[: self.config.limit].astype(np.float32))

    def _search(self, dataset: Dataset, indices: list[int]) -> Iterator[Boxes]:
        """The boxes of each frame in turn; a few frames are searched ahead."""
        threads = self.config.threads or cores()
        waiting: deque[Future[Boxes]] = deque()
        with ThreadPoolExecutor(threads) as pool:  # threads, because OpenCV works outside Python's lock
            try:
                for index in indices:
                    if len(waiting) > threads:
                        yield waiting.popleft().result()
                    image = dataset[index]["image"].permute(1, 2, 0).numpy()
                    waiting.append(
                        pool.submit(selective_search, image, self.config.longest, self.config.smallest)
                    )
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)


def _file(folder: Path, index: int) -> Path:
    return folder / f"{index:06d}.npy"


def _write(file: Path, boxes: Boxes) -> None:
    try:
        with written_aside(file) as aside, aside.open("wb") as opened:
            np.save(opened, boxes)
    except OSError as error:
        raise InputError(
            f"{error.filename or file}: the proposals cannot be stored ({error.strerror}); "
            "free some space or name another folder as root"
        ) from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

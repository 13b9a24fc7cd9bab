"""The first frames of a data set: enough to try properties on."""

from stitchkit.data import Dataset, Sample


class Excerpt(Dataset):
    """The first frames of one split; all else is the given data set's.

    Args:
        dataset: One split.
        frames: How many to take; all where there are fewer.
    """

    def __init__(self, dataset: Dataset, frames: int) -> None:
        self.dataset = dataset
        self.frames = min(frames, len(dataset))
        self.targets = dataset.targets
        self.limits = dataset.limits

    @property
    def fingerprint(self) -> str:
        """The data set's fingerprint, and how many frames are taken."""
        return f"{self.dataset.fingerprint} {self.frames}"

    def __len__(self) -> int:
        """Number of frames."""
        return self.frames

    def __getitem__(self, index: int) -> Sample:
        """A sample of the data set."""
        return self.dataset[index]

    def annotations(self, index: int) -> Sample:
        """A sample without its image."""
        return self.dataset.annotations(index)

    def key(self, index: int) -> str:
        """Name of a frame."""
        return self.dataset.key(index)

    def group(self, index: int) -> str:
        """The group of a frame."""
        return self.dataset.group(index)

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from stitchkit_attributes import Attributes, AttributesConfig
from torch import Tensor, nn
from torchvision import tv_tensors

from stitchkit.data import Dataset, Sample, Target

NAMES = ("round", "furry", "has wheel")
SIZE = (40, 60)


class Objects(Dataset):
    """Frames from boxes [N, 4] and attributes [N, A], either of which may be missing."""

    fingerprint = "objects"

    def __init__(
        self,
        frames: Sequence[tuple[Tensor | None, Tensor | None]],
        names: Sequence[str] = NAMES,
        kinds: Sequence[Any] = ("boxes", "object_attributes"),
    ) -> None:
        self.frames = frames
        self.targets = {"boxes": Target(kinds[0]), "attributes": Target(kinds[1], tuple(names))}

    def __len__(self) -> int:
        return len(self.frames)

    def annotations(self, index: int) -> Sample:
        boxes, attributes = self.frames[index]
        sample: Sample = {} if attributes is None else {"attributes": attributes}
        if boxes is not None:
            sample["boxes"] = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=SIZE)
        return sample

    def __getitem__(self, index: int) -> Sample:
        pixels = np.random.default_rng(index).integers(0, 256, (3, *SIZE), dtype=np.uint8)
        return {"image": tv_tensors.Image(torch.from_numpy(pixels)), **self.annotations(index)}

    def key(self, index: int) -> str:
        return f"{index:04}"


def objects(count: int, seed: int, names: int = len(NAMES)) -> tuple[Tensor, Tensor]:
    """Boxes float32 [count, 4] inside `SIZE` and attributes uint8 [count, names]."""
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 20, (count, 2))
    boxes = np.concatenate([corners, corners + rng.integers(5, 20, (count, 2))], axis=1)
    attributes = rng.integers(0, 2, (count, names))
    return torch.from_numpy(boxes.astype(np.float32)), torch.from_numpy(attributes.astype(np.uint8))


class MeanColour(nn.Module):
    """Scores of a region from the mean colour under it."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(3, outputs)

    def forward(self, image: Tensor, rois: Tensor) -> dict[str, Tensor]:
        rows = []
        for place, *edges in rois.tolist():
            x1, y1, x2, y2 = (round(edge) for edge in edges)
            rows.append(image[int(place), :, y1:y2, x1:x2].mean(dim=(1, 2)))
        colours = torch.stack(rows) if rows else image.new_zeros(0, 3)
        return {"attributes": self.linear(colours)}


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def make() -> Callable[..., tuple[Tensor, Tensor]]:
    return objects


@pytest.fixture(scope="session")
def dataset() -> Callable[..., Dataset]:
    return Objects


@pytest.fixture
def fitted() -> Callable[..., Attributes]:
    """A task with the options, fitted to a few frames or to those given."""

    def fit(frames: Sequence[tuple[Tensor | None, Tensor | None]] = (), **options: object) -> Attributes:
        task = Attributes("attr", AttributesConfig.model_validate(options))
        task.fit(Objects(frames or [objects(6, 0)]), seed=0)
        return task

    return fit


@pytest.fixture
def network() -> nn.Module:
    return MeanColour(len(NAMES))


@pytest.fixture
def batch_of() -> Callable[..., dict[str, Any]]:
    """A batch for measuring, of frames as `Objects` takes them."""

    def build(*frames: tuple[Tensor, Tensor], scale: float = 1.0) -> dict[str, Any]:
        size = tuple(round(side * scale) for side in SIZE)
        return {
            "key": [f"{place:04}" for place in range(len(frames))],
            "boxes": [boxes for boxes, _ in frames],
            "attributes": [attributes for _, attributes in frames],
            "native_size": [SIZE] * len(frames),
            "image_size": [size] * len(frames),
        }

    return build

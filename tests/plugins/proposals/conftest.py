from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torchvision import tv_tensors

from stitchkit.data import Dataset, Sample, Target

SIZE = (90, 120)


class Blocks(Dataset):
    """Coloured blocks on grey with a little noise; frames are read in order, and which is noted."""

    targets: Mapping[str, Target] = {"boxes": Target("boxes")}

    def __init__(self, config: Any = 4, split: str = "train") -> None:
        self.count, self.split = config, split
        self.read: list[int] = []
        self.broken: int | None = None

    @property
    def fingerprint(self) -> str:
        return f"blocks {self.count} {self.split}"

    def __len__(self) -> int:
        return self.count

    def key(self, index: int) -> str:
        return f"2008_{index:06d}"

    def annotations(self, index: int) -> Sample:
        edges = [[10.0 + 5 * index, 15, 50 + 5 * index, 75], [80, 30, 110, 60]]
        return {"boxes": tv_tensors.BoundingBoxes(torch.tensor(edges), format="XYXY", canvas_size=SIZE)}

    def __getitem__(self, index: int) -> Sample:
        if index == self.broken:
            raise KeyboardInterrupt
        self.read.append(index)
        sample = self.annotations(index)
        picture = np.full((*SIZE, 3), 120.0)
        for (x1, y1, x2, y2), colour in zip(sample["boxes"].int().tolist(), (40, 220), strict=True):
            picture[y1:y2, x1:x2] = colour, 255 - colour, 60
        picture += np.random.default_rng(index).normal(0, 3, picture.shape)
        image = torch.from_numpy(picture.clip(0, 255).astype(np.uint8)).permute(2, 0, 1)
        return {"image": tv_tensors.Image(image), **sample}


@pytest.fixture
def blocks() -> Callable[..., Blocks]:
    return Blocks

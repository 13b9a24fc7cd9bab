"""The smallest data set, tasks and backbone that a study can run on."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import tv_tensors

from stitchkit import plugins
from stitchkit.backbones import Backbone, Preprocess
from stitchkit.data import Dataset, Depth, Sample, Target
from stitchkit.tasks import Batch, Metric, Metrics, Task, frame_size


class Squares(Dataset):
    """Grey images of one brightness each; ``depth`` is the brightness in [0, 1], in groups of two frames."""

    class Config(plugins.Config):
        frames: int = 12

    targets: Mapping[str, Target] = {"depth": Target(kind="depth", source="made up")}
    limits = "Squares say nothing of the world."

    def __init__(self, config: Any = None, split: str = "train") -> None:
        self.count = (config or self.Config()).frames
        self.split = split

    @property
    def fingerprint(self) -> str:
        return f"squares {self.count} {self.split}"

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Sample:
        value = (index + 0.5) / self.count
        image = torch.full((3, 8, 10), round(255 * value), dtype=torch.uint8)
        return {"image": tv_tensors.Image(image), "depth": Depth(torch.full((8, 10), value))}

    def key(self, index: int) -> str:
        return f"{index:03d}"

    def group(self, index: int) -> str:
        return f"pair-{index // 2}"


class AbsoluteError(Metrics):
    def __init__(self) -> None:
        self.errors: dict[str, float] = {}

    def update(self, prediction: Tensor, batch: Batch) -> None:
        errors = (prediction - batch["depth"]).abs().mean((1, 2)).tolist()
        self.errors |= zip(batch["key"], errors, strict=True)

    def merge(self, other: Metrics) -> None:
        assert isinstance(other, AbsoluteError)
        self.errors |= other.errors

    def compute(self) -> dict[str, float]:
        return {"error": sum(sorted(self.errors.values())) / max(len(self.errors), 1)}

    def per_image(self) -> dict[str, np.ndarray]:
        keys = sorted(self.errors)
        errors = np.array([self.errors[key] for key in keys], dtype=np.float64)
        return {"key": np.array(keys, dtype=str), "error": errors}

    def resampled(self, images: Mapping[str, np.ndarray], times: np.ndarray) -> dict[str, np.ndarray]:
        return {"error": times @ images["error"] / times.sum(axis=1)}


class Brightness(Task):
    """Tell the depth of each pixel."""

    class Config(plugins.Config):
        target: str = "depth"

    metrics_info = (Metric("error", "error", "m", higher_is_better=False),)
    outputs = 1

    def fit(self, train: Dataset, seed: int) -> None:
        values = [train[i]["depth"].mean() for i in range(len(train))]
        self.mean = torch.stack([torch.as_tensor(value) for value in values]).mean()

    def state(self) -> dict[str, Tensor]:
        return {"mean": self.mean}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self.mean = state["mean"]

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        return (output[:, 0] - batch["depth"]).square().mean()

    def predict(self, output: Tensor, batch: Batch) -> Tensor:
        return nn.functional.interpolate(output, size=frame_size(batch))[:, 0]

    def constant(self, batch: Batch) -> Tensor:
        return self.mean.expand(len(batch["key"]), *frame_size(batch))

    def metrics(self) -> Metrics:
        return AbsoluteError()

    def draw(self, values: Tensor, image: Tensor) -> Tensor:
        return (values.clamp(0, 1) * 255).to(torch.uint8).expand(3, *values.shape)


def frames(count: int, size: tuple[int, int]) -> Batch:
    """What predictions ask of a batch: how many frames, of which size."""
    return {"key": [f"{i:03d}" for i in range(count)], "native_size": [size] * count}


class TinyNet(nn.Module):
    tap_presets: ClassVar = {"stitch": ("first",)}

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 1)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Conv2d(4, outputs, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.last(self.drop(torch.relu(self.first(image))))


class Tiny(Backbone):
    class Config(plugins.Config):
        scale: float = 1.0

    preprocess = Preprocess()

    def __init__(self, config: Any = None) -> None:
        self.config = config or self.Config()

    def dense(self, outputs: int) -> nn.Module:
        return TinyNet(outputs)

    @property
    def fingerprint(self) -> str:
        return f"tiny {self.config.scale}"

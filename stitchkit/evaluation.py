"""Measuring a network over a whole split, at the size of the ground truth."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.transforms.v2 import functional as F

from stitchkit.backbones import Preprocess
from stitchkit.data import Collate, Dataset, EvaluationSamples, batches
from stitchkit.progress import progress
from stitchkit.tasks import Batch, Metrics, Task

Size = tuple[int, int]

Predictor = Callable[[Task, Batch, Size], Any]
"""From a task, a batch and the size of the ground truth to what `Task.predict` returns."""

PICTURE_HEIGHT = 240


def task_outputs(network: nn.Module, image: Tensor, tasks: Mapping[str, Task]) -> Mapping[str, Tensor]:
    """Raw outputs of each task, for a stitched network and a one-task network alike."""
    outputs = network(image)
    if isinstance(outputs, Mapping):
        return outputs
    (name,) = tasks
    return {name: outputs}


class NetworkPredictor:
    """Predictions of a network; one forward pass a batch serves all its tasks."""

    def __init__(
        self, network: nn.Module, tasks: Mapping[str, Task], preprocess: Preprocess, device: torch.device
    ) -> None:
        self.network = network.to(device).eval()
        self.tasks, self.preprocess, self.device = tasks, preprocess, device
        self._batch: Batch | None = None
        self._outputs: Mapping[str, Tensor] = {}

    def __call__(self, task: Task, batch: Batch, size: Size) -> Any:
        """Predictions for a batch, on the processor."""
        if batch is not self._batch:
            image = self.preprocess(batch["image"].to(self.device, non_blocking=True))
            self._outputs = task_outputs(self.network, image, self.tasks)
            self._batch = batch
        prediction = task.predict(self._outputs[task.name], size)
        return prediction.cpu() if isinstance(prediction, Tensor) else prediction


def constant_predictor(task: Task, batch: Batch, size: Size) -> Any:
    """The best constant prediction, as fitted on the training frames."""
    return task.constant(len(batch["image"]), size)


@torch.inference_mode()
def evaluate(
    predictor: Predictor,
    tasks: Mapping[str, Task],
    dataset: Dataset,
    *,
    indices: Sequence[int] | None = None,
    size: Size | None = None,
    batch: int = 8,
    workers: int = 0,
    pictures: Path | None = None,
    picture_count: int = 0,
    description: str = "evaluate",
) -> dict[str, Metrics]:
    """Each task's accumulator after all frames.

    Args:
        predictor: `NetworkPredictor` or `constant_predictor`.
        tasks: By name.
        dataset: The split.
        indices: Frames to read; all by default.
        size: Height and width that images are resized to before the network; maps keep theirs.
        batch: Images at a time; the result does not depend on it.
        workers: Processes that load frames.
        pictures: Folder to draw ``picture_count`` evenly spread frames in, as `RunRecord` describes.
        picture_count: Number of frames to draw.
        description: Words for the progress bar.
    """
    chosen = list(range(len(dataset)) if indices is None else indices)
    metrics = {name: task.metrics() for name, task in tasks.items()}
    drawn = set(np.linspace(0, len(chosen) - 1, picture_count).round().astype(int)) if pictures else set()
    loader = DataLoader(
        EvaluationSamples(dataset, chosen, size),
        batch_size=batch,
        num_workers=workers,
        collate_fn=Collate(dataset.targets),
    )
    done = 0
    with progress(description, len(chosen)) as advance:
        for samples in batches(loader):
            drawn_here = sorted(drawn & set(range(done, done + len(samples["key"]))))
            folders = {place: _folder(pictures, samples["key"][place - done]) for place in drawn_here}
            for name, task in tasks.items():
                if task.target not in samples:
                    continue
                truth = samples[task.target]
                prediction = predictor(task, samples, tuple(truth.shape[-2:]))
                metrics[name].update(prediction, samples)
                for place, folder in folders.items():
                    _save(task.draw(truth[place - done]), folder / f"{name}.truth.png")
                    _save(task.draw(prediction[place - done]), folder / f"{name}.prediction.png")
            for place, folder in folders.items():
                _save(dataset[chosen[place]]["image"], folder / "image.png")
            done += len(samples["key"])
            advance(done)
    return metrics


def _folder(pictures: Path | None, key: str) -> Path:
    assert pictures is not None  # frames are drawn only where there is a folder for them
    return pictures / re.sub(r"[^\w-]", "_", key)


def _save(picture: Tensor, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = picture.shape[-2:]
    if height > PICTURE_HEIGHT:
        size = [PICTURE_HEIGHT, round(width * PICTURE_HEIGHT / height)]
        picture = F.resize(picture.as_subclass(Tensor), size, antialias=True)
    pixels = picture.as_subclass(Tensor).to(torch.uint8).permute(1, 2, 0)
    Image.fromarray(pixels.contiguous().numpy()).save(path)

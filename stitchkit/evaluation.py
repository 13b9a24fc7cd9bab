"""Measuring a network over a whole split, at the size of the ground truth."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.transforms.v2 import functional as F

from stitchkit.backbones import Preprocess
from stitchkit.data import CollateAlike, Dataset, EvaluationSamples, batches
from stitchkit.graph.joint import JointNet
from stitchkit.progress import progress
from stitchkit.sizes import Size
from stitchkit.tasks import Batch, Metrics, Task

Predictor = Callable[[Task, Batch], Any]
"""From a task and a batch to what `Task.predict` returns."""

PICTURE_HEIGHT = 240


def task_outputs(
    network: nn.Module,
    batch: Batch,
    preprocess: Preprocess,
    inputs: Mapping[str, Tensor],
    tasks: Iterable[str],
) -> Mapping[str, Any]:
    """Raw outputs of each task, for networks that were joined and for a one-task network alike.

    Args:
        network: From an image and ``inputs`` to the outputs.
        batch: Its images, on the network's device.
        preprocess: From uint8 images to the network's input; what was padded is zero there.
        inputs: What the network takes beside the image.
        tasks: Names; one alone for a one-task network.
    """
    image = preprocess(batch["image"])
    for place, (height, width) in enumerate(batch["image_size"]):
        image[place, :, height:] = 0
        image[place, :, :, width:] = 0
    outputs = network(image, **inputs)
    return outputs if isinstance(network, JointNet) else dict.fromkeys(tasks, outputs)


class NetworkPredictor:
    """Predictions of a network; one forward pass a batch serves all tasks that want nothing but the image."""

    def __init__(
        self, network: nn.Module, tasks: Mapping[str, Task], preprocess: Preprocess, device: torch.device
    ) -> None:
        self.network = network.to(device).eval()
        self.tasks, self.preprocess, self.device = tasks, preprocess, device
        self._batch: Batch | None = None
        self._outputs: Mapping[str, Any] = {}

    def __call__(self, task: Task, batch: Batch) -> Any:
        """Predictions for a batch, on the processor."""
        return on_processor(task.predict(self.outputs(task, batch), batch))

    def outputs(self, task: Task, batch: Batch) -> Any:
        """Raw outputs of the task's network for a batch."""
        own = {name: value.to(self.device) for name, value in task.inputs(batch).items()}
        if own or batch is not self._batch:
            on_device = {**batch, "image": batch["image"].to(self.device, non_blocking=True)}
            self._outputs = task_outputs(self.network, on_device, self.preprocess, own, self.tasks)
            self._batch = None if own else batch
        return self._outputs[task.name]


def on_processor(prediction: Any) -> Any:
    """A prediction, moved to the processor if it is a tensor."""
    return prediction.cpu() if isinstance(prediction, Tensor) else prediction


def constant_predictor(task: Task, batch: Batch) -> Any:
    """The best constant prediction, as fitted on the training frames."""
    return task.constant(batch)


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
        size: That images are resized to before the network; maps and boxes keep theirs.
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
        collate_fn=CollateAlike(dataset.targets),
    )
    done = 0
    with progress(description, len(chosen)) as advance:
        for samples in chain.from_iterable(batches(loader)):
            drawn_here = sorted(drawn & set(range(done, done + len(samples["key"]))))
            folders = {place: _folder(pictures, samples["key"][place - done]) for place in drawn_here}
            images = {place: dataset[chosen[place]]["image"].as_subclass(Tensor) for place in drawn_here}
            for name, task in tasks.items():
                if task.target not in samples:
                    continue
                prediction = predictor(task, samples)
                metrics[name].update(prediction, samples)
                for place, folder in folders.items():
                    truth, found = task.truth(samples, place - done), prediction[place - done]
                    _save(task.draw(truth, images[place]), folder / f"{name}.truth.png")
                    _save(task.draw(found, images[place]), folder / f"{name}.prediction.png")
            for place, folder in folders.items():
                _save(images[place], folder / "image.png")
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

"""What a trained row says of pictures that come without ground truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor

from stitchkit.data import CollateAlike, Dataset, EvaluationSamples, Pictures, read_picture
from stitchkit.errors import InputError
from stitchkit.evaluation import Predictor
from stitchkit.files import written_aside
from stitchkit.graph.observe import first_line
from stitchkit.progress import progress
from stitchkit.proposals import Proposals, Proposed
from stitchkit.recipe.schema import ProposalsBlock
from stitchkit.study.execute import device
from stitchkit.study.overview import side_by_side, to_image
from stitchkit.study.trained import TrainedRow
from stitchkit.tasks import Batch, Task


@dataclass(frozen=True)
class Predicted:
    """What came out.

    Attributes:
        pictures: Those that were predicted, by the name of their folder.
        failed: Why others were not, one line each, by the same names.
    """

    pictures: Mapping[str, Path]
    failed: Mapping[str, str]


def predict_pictures(
    row: TrainedRow,
    files: Mapping[str, Path],
    to: Path,
    where: torch.device,
    *,
    proposals: str | None = None,
    raw: bool = False,
) -> Predicted:
    """Predict every task for every picture, at the picture's own size.

    A picture is resized for the networks as the recipe says. One that cannot be read is left out, and the
    rest goes on.

    Args:
        row: Its networks predict.
        files: By the names of the folders in ``to`` that get ``<task>.png``, as the task draws it, and
            ``overview.png``, the picture beside all of them.
        to: What was written there before for a picture of the same name is replaced.
        where: The networks run there.
        proposals: Plugin to propose boxes with, its options the default ones; None for the recipe's own.
        raw: Also write ``<task>.npy``, or ``<task>.npz`` where a prediction has several parts.

    Raises:
        InputError: The networks cannot be built, or there are no proposals for these pictures.
    """
    failed: dict[str, str] = {}
    with progress("read", len(files)) as advance:
        for done, (name, path) in enumerate(files.items(), 1):
            try:
                read_picture(path)
            except InputError as error:
                failed[name] = str(error)
            advance(done)
    known = {name: path for name, path in files.items() if name not in failed}
    if not known:
        return Predicted({}, failed)
    dataset = _with_proposals(Pictures(known), row, proposals)
    samples = EvaluationSamples(dataset, range(len(dataset)), row.recipe.training.size)
    collate = CollateAlike(dataset.targets)
    predictors: Mapping[str, Predictor] = {}
    with progress("predict", len(samples)) as advance:
        for place, (name, path) in enumerate(known.items()):
            try:
                (batch,) = collate([samples[place]])
                predictors = predictors or row.predictors(batch["image_size"][0], where)
                predictions = predict_batch(row.tasks, predictors, batch)
            except InputError as error:
                if not predictors:  # then it is not the picture's fault
                    raise
                failed[name] = f"{path}: {error}"
            else:
                _write(row.tasks, predictions, read_picture(path), to / name, raw)
            advance(place + 1)
    return Predicted({name: path for name, path in known.items() if name not in failed}, failed)


@torch.inference_mode()
def predict_batch(
    tasks: Mapping[str, Task], predictors: Mapping[str, Predictor], batch: Batch
) -> dict[str, Any]:
    """Predictions of each task, in order.

    Where one task reads what another one predicts, as attributes are told of boxes, it gets that.

    Raises:
        InputError: A task needs more than the image, and no other tells it.
    """
    told: Batch = {}
    found = {}
    targets = {task.target for task in tasks.values()}
    asks = {name: (set(task.reads) - {task.target}) & targets for name, task in tasks.items()}
    for name in sorted(tasks, key=lambda name: bool(asks[name])):
        task = tasks[name]
        try:
            given = {**batch, **{key: told[key] for key in asks[name] & told.keys()}} if asks[name] else batch
            found[name] = predictors[name](task, given)
        except InputError as error:
            raise InputError(f"task {name!r} cannot be predicted from a picture alone ({error})") from None
        told |= task.as_truth(found[name])
    return {name: found[name] for name in tasks}


def device_of(name: str) -> torch.device:
    """The device of a name: ``"auto"``, or as torch writes it; raises `InputError` where it is not there."""
    if name == "auto":
        return device()
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f"device {name!r} is not there: {first_line(error)}; take auto or cpu") from None


def _with_proposals(pictures: Dataset, row: TrainedRow, name: str | None) -> Dataset:
    block = row.recipe.proposals if name is None else ProposalsBlock(type=name)
    if block is None:
        return pictures
    try:
        proposals: Proposals = block.plugin()(block.options())
        proposals.make(pictures)
    except ValidationError:
        raise InputError(f"proposals {block.type!r} want options; take selective_search") from None
    except InputError as error:
        if name is not None:
            raise
        raise InputError(
            f"{error}; --proposals names a plugin that proposes boxes for any picture, as selective_search"
        ) from None
    return Proposed(pictures, proposals)


def _write(
    tasks: Mapping[str, Task], predictions: Mapping[str, Any], image: Tensor, folder: Path, raw: bool
) -> None:
    drawn = {"image": image}
    for name, task in tasks.items():
        drawn[name] = task.draw(predictions[name][0], image).to(torch.uint8)
        with written_aside(folder / f"{name}.png") as aside:
            to_image(drawn[name]).save(aside, format="PNG")
        if raw:
            _write_raw(predictions[name][0], folder, name)
    with written_aside(folder / "overview.png") as aside:
        side_by_side(drawn).save(aside, format="PNG")


def _write_raw(prediction: Any, folder: Path, name: str) -> None:
    """One frame's prediction: a tensor as ``.npy``, a mapping of tensors as ``.npz``."""
    if isinstance(prediction, Mapping):
        arrays = {key: np.asarray(torch.as_tensor(value).cpu()) for key, value in prediction.items()}
        with written_aside(folder / f"{name}.npz") as aside, aside.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    else:
        with written_aside(folder / f"{name}.npy") as aside, aside.open("wb") as file:
            np.save(file, np.asarray(torch.as_tensor(prediction).cpu()), allow_pickle=False)

"""Properties of what a task predicts, by networks, by ensembles and as a constant, and of its pictures."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor

from stitchkit.tasks import Batch
from stitchkit.testing.check import DoesNotApply, check, expect, expect_same
from stitchkit.testing.task_case import TaskCase


@check("stitchkit.tasks.Task.predict")
def there_is_a_prediction_for_each_image(case: TaskCase) -> None:
    """Of a batch of B images, B predictions are made, of a kind that `truth` is of too."""
    for batch, found in zip(case.batches(range(len(case.samples))), case.predictions, strict=True):
        expect(len(found) == len(batch["key"]), f"{len(batch['key'])} predictions", len(found))
        _expect_alike(case.task.truth(batch, 0), found[0], "the ground truth")


@check("stitchkit.tasks.Task.predict")
def an_image_is_predicted_alone(case: TaskCase) -> None:
    """The prediction of an image does not depend on the others in its batch."""
    batch = case.batches(range(len(case.samples)), len(case.samples))[0]
    count = len(batch["key"])
    own = case.outputs[:count]
    if not all(isinstance(output, Tensor) and len(output) == 1 for output in own):
        raise DoesNotApply("the network's output has no row for each image")
    with torch.no_grad():
        together = case.task.predict(torch.cat(own), batch)
    for found, alone in zip(together, case.predictions, strict=False):
        expect_same(found, alone[0], "predictions together and alone")


@check("stitchkit.tasks.Task.predict")
def predicting_leaves_outputs_as_they_are(case: TaskCase) -> None:
    """Neither the raw output nor the batch is changed: other tasks are to see them too."""
    (batch,) = case.batches([0])
    output = case.outputs[0]
    before = deepcopy((output, _tensors(batch)))
    with torch.no_grad():
        case.task.predict(output, batch)
    expect_same((output, _tensors(batch)), before, "output and batch before and after")


@check("stitchkit.tasks.Task.predict_ensemble")
def an_ensemble_of_one_is_its_member(case: TaskCase) -> None:
    """The prediction of an ensemble of one network is that network's."""
    _expect_ensemble(case, 1)


@check("stitchkit.tasks.Task.predict_ensemble")
def an_ensemble_of_equals_is_each_of_them(case: TaskCase) -> None:
    """The prediction of an ensemble of two equal networks is that of each."""
    _expect_ensemble(case, 2)


@check("stitchkit.tasks.Task.constant")
def the_constant_is_a_prediction(case: TaskCase) -> None:
    """The constant prediction is of the type of any other, one for each image."""
    (batch,) = case.batches([0])
    found = case.task.constant(batch)
    expect(len(found) == 1, "1 prediction", len(found))
    expected = case.predictions[0]
    expect(
        isinstance(found, Tensor) == isinstance(expected, Tensor),
        f"a {type(expected).__name__}, as predict returns",
        type(found).__name__,
    )
    _expect_alike(expected[0], found[0], "predict")


@check("stitchkit.tasks.Task.draw")
def pictures_are_of_the_image_s_size(case: TaskCase) -> None:
    """Ground truth, predictions and constants are drawn as uint8 RGB [3, H, W], the image's H and W."""
    (batch,) = case.batches([0])
    image = case.samples[0]["image"].as_subclass(Tensor)
    kinds = {
        "truth": case.task.truth(batch, 0),
        "prediction": case.predictions[0][0],
        "constant": case.task.constant(batch)[0],
    }
    before = deepcopy((image, kinds["truth"]))
    for kind, values in kinds.items():
        picture = case.task.draw(values, image)
        found = f"{picture.dtype} {tuple(picture.shape)}"
        expect(
            found == f"torch.uint8 {tuple(image.shape)}", f"uint8 {tuple(image.shape)} of the {kind}", found
        )
        expect_same(case.task.draw(values, image), picture, f"two pictures of the {kind}")
    expect_same((image, kinds["truth"]), before, "image and ground truth before and after")


def _expect_ensemble(case: TaskCase, members: int) -> None:
    for output, batch, alone in zip(
        case.outputs, case.batches(range(len(case.samples))), case.predictions, strict=True
    ):
        with torch.no_grad():
            found = case.task.predict_ensemble([output] * members, batch)
        for own, expected in zip(found, alone, strict=True):
            expect_same(own, expected, "predictions of the ensemble and of its member")


def _expect_alike(one: Any, other: Any, whose: str) -> None:
    """Both are of a type; ``other`` may have more beside what a mapping ``one`` has."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        expected, got = (f"{own.dtype} {tuple(own.shape)}" for own in (one, other))
        expect(got == expected, f"{expected} as of {whose}", got)
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        expect(one.keys() <= other.keys(), f"{sorted(one)} as of {whose}", sorted(other))
        for name in one:
            expected, got = (f"{own[name].dtype} {tuple(own[name].shape[1:])}" for own in (one, other))
            expect(got == expected, f"rows of {expected} under {name!r} as of {whose}", got)
    else:
        expect(type(one) is type(other), f"a {type(one).__name__} as of {whose}", type(other).__name__)


def _tensors(batch: Batch) -> dict[str, Any]:
    nested = {name: value for name, value in batch.items() if isinstance(value, Tensor)}
    lists = {name: value for name, value in batch.items() if isinstance(value, list)}
    return nested | {
        name: value for name, value in lists.items() if all(isinstance(own, Tensor) for own in value)
    }

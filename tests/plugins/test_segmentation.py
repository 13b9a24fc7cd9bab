import json
import math
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from sklearn.metrics import confusion_matrix, jaccard_score
from stitchkit_segmentation import Confusion, Segmentation, SegmentationConfig
from stitchkit_segmentation.palette import palette
from torch import Tensor
from toys import frames

from stitchkit.data import VOID, Dataset, Labels, Target
from stitchkit.errors import InputError
from stitchkit.plugins import find
from stitchkit.tasks import Batch
from stitchkit.testing import assert_a_draw_is_the_images_repeated, assert_same_evidence

NAMES = ("wall", "floor", "bed")


class Frames(Dataset):
    def __init__(
        self, labels: Sequence[Tensor | None], names: Sequence[str] = NAMES, kind: Any = "labels"
    ) -> None:
        self.labels = labels
        self.targets = {"labels": Target(kind, tuple(names))}

    fingerprint = "frames"

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        labels = self.labels[index]
        return {} if labels is None else {"labels": Labels(labels)}

    def key(self, index: int) -> str:
        return f"{index:04}"


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def random_labels(frames: int, seed: int, classes: int = 3, void: float = 0.2) -> Tensor:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, (frames, 5, 7)).astype(np.uint8)
    labels[rng.random(labels.shape) < void] = VOID
    return torch.from_numpy(labels)


def fitted(reduction: str = "pixel", names: Sequence[str] = NAMES) -> Segmentation:
    task = Segmentation("seg", SegmentationConfig.model_validate({"loss_reduction": reduction}))
    task.fit(Frames([random_labels(1, 0, len(names))[0]], names), seed=0)
    return task


def batch_of(labels: Tensor, places: Sequence[int] | Tensor | None = None) -> Batch:
    places = range(len(labels)) if places is None else places
    return {"labels": labels, "key": [f"{int(place):04}" for place in places]}


def test_is_announced_and_refuses_unknown_options() -> None:
    assert find("tasks", "segmentation") is Segmentation
    with pytest.raises(ValidationError, match="reduction"):
        SegmentationConfig.model_validate({"reduction": "pixel"})


def test_fit_counts_pixels_of_each_class_and_skips_void_and_missing() -> None:
    task = Segmentation("seg", SegmentationConfig())
    first = torch.tensor([[0, 0, 1], [VOID, VOID, 1]], dtype=torch.uint8)
    second = torch.tensor([[1, 1, 0]], dtype=torch.uint8)
    task.fit(Frames([first, None, second]), seed=0)
    assert task.outputs == 3
    assert task.counts.tolist() == [3, 4, 0]
    assert task.constant(frames(2, (2, 3))).tolist() == [[[1] * 3] * 2] * 2


def test_state_round_trips() -> None:
    task, restored = fitted(), Segmentation("seg", SegmentationConfig())
    restored.load_state(task.state())
    assert (restored.names, restored.outputs) == (NAMES, 3)
    assert torch.equal(restored.counts, task.counts)
    assert restored.metrics().details()["per_class"]["names"] == list(NAMES)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (Frames([torch.tensor([[3]], dtype=torch.uint8)]), "frame '0000': label 3 is none of the 3 classes"),
        (
            Frames([torch.full((2, 2), VOID, dtype=torch.uint8)]),
            "no pixel of the 1 training frames",
        ),
        (Frames([], kind="depth"), "task 'seg': unknown target of kind 'labels' 'labels'"),
        (Frames([], names=()), "has 0 classes"),
        (Frames([], names=["x"] * 256), "has 256 classes"),
    ],
)
def test_fit_names_what_is_wrong_with_the_data(frames: Frames, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Segmentation("seg", SegmentationConfig()).fit(frames, seed=0)


def test_loss_means_over_valid_pixels_or_over_images() -> None:
    scores = torch.zeros(2, 3, 1, 2)
    scores[0, :, 0, 0] = torch.tensor([math.log(2), 0, 0])  # probabilities 1/2, 1/4, 1/4
    labels = torch.tensor([[[0, 1]], [[VOID, 2]]], dtype=torch.uint8)
    first, rest = math.log(2), math.log(3)
    assert fitted().loss(scores, batch_of(labels)).item() == pytest.approx((first + rest + rest) / 3)
    by_image = fitted("image").loss(scores, batch_of(labels)).item()
    assert by_image == pytest.approx(((first + rest) / 2 + rest) / 2)


def test_loss_agrees_with_torch() -> None:
    scores, labels = torch.randn(4, 3, 5, 7), random_labels(4, 1)
    expected = F.cross_entropy(scores, labels.long(), ignore_index=VOID)
    torch.testing.assert_close(fitted().loss(scores, batch_of(labels)), expected)


def test_loss_brings_small_scores_to_the_size_of_the_labels() -> None:
    scores, labels = torch.randn(2, 3, 2, 3), random_labels(2, 2)
    upsampled = F.interpolate(scores, size=(5, 7), mode="bilinear")
    torch.testing.assert_close(
        fitted().loss(scores, batch_of(labels)), fitted().loss(upsampled, batch_of(labels))
    )


@pytest.mark.parametrize("reduction", ["pixel", "image"])
@pytest.mark.parametrize("batch", [{}, {"labels": torch.full((2, 5, 7), VOID)}], ids=["missing", "void"])
def test_loss_without_ground_truth_is_zero_and_connected(reduction: str, batch: Batch) -> None:
    scores = torch.randn(2, 3, 5, 7, requires_grad=True)
    loss = fitted(reduction).loss(scores, batch)
    loss.backward()
    assert loss.item() == 0
    assert scores.grad is not None
    assert not scores.grad.any()


def test_an_image_without_ground_truth_changes_no_loss() -> None:
    scores, labels = torch.randn(3, 3, 5, 7), random_labels(3, 3)
    labels[2] = VOID
    for task in fitted("pixel"), fitted("image"):
        with_it, without = (task.loss(scores[:n], batch_of(labels[:n])) for n in (3, 2))
        torch.testing.assert_close(with_it, without)


def test_predict_takes_the_highest_score_at_the_size_asked_for() -> None:
    task = fitted()
    scores = torch.tensor([[[[4.0, 0.0]], [[1.0, 3.0]], [[0.0, 0.0]]]])
    labels = task.predict(scores, frames(len(scores), (1, 2)))
    assert labels.dtype == torch.uint8
    assert labels.tolist() == [[[0, 1]]]
    # Bilinear at four pixels: class 0 scores 4, 3, 1, 0 and class 1 scores 1, 1.5, 2.5, 3.
    assert task.predict(scores, frames(len(scores), (1, 4))).tolist() == [[[0, 0, 1, 1]]]


def test_predict_is_the_same_for_any_batch_size() -> None:
    task, scores = fitted(), torch.randn(5, 3, 4, 6)
    together = task.predict(scores, frames(len(scores), (11, 13)))
    assert torch.equal(together, torch.cat([task.predict(one[None], frames(1, (11, 13))) for one in scores]))


def test_an_ensemble_takes_the_highest_mean_probability_at_the_size_asked_for() -> None:
    task, outputs = fitted(), [5 * torch.randn(4, 3, 4, 6) for _ in range(3)]
    resized = [F.interpolate(output, size=(11, 13), mode="bilinear") for output in outputs]
    mean = torch.stack([scores.softmax(dim=1) for scores in resized]).mean(dim=0)
    found = task.predict_ensemble(outputs, frames(4, (11, 13)))
    assert found.dtype == torch.uint8
    assert torch.equal(found.long(), mean.argmax(dim=1))
    assert not torch.equal(found, task.predict(torch.stack(outputs).mean(dim=0), frames(4, (11, 13))))


def test_members_that_agree_say_what_each_says() -> None:
    task, scores = fitted(), torch.randn(2, 3, 4, 6)
    alone = task.predict(scores, frames(2, (9, 9)))
    assert torch.equal(task.predict_ensemble([scores] * 2, frames(2, (9, 9))), alone)


def test_the_surer_member_decides() -> None:
    sure, unsure = (torch.tensor(p).log()[None, :, None, None] for p in ([0.9, 0.1, 0.0001], [0.3, 0.6, 0.1]))
    assert fitted().predict_ensemble([sure, unsure], frames(1, (1, 1))).item() == 0


def test_metrics_by_hand() -> None:
    truth = torch.tensor([[[0, 0, 0, 1], [1, VOID, VOID, 0]]], dtype=torch.uint8)
    prediction = torch.tensor([[[0, 0, 1, 1], [2, 2, 0, 0]]], dtype=torch.uint8)
    metrics = Confusion("labels", NAMES, (7, 8, 9))
    metrics.update(prediction, batch_of(truth))
    # true wall: 3 wall, 1 floor; true floor: 1 floor, 1 bed; bed does not occur
    assert metrics.confusion.tolist() == [[3, 1, 0], [0, 1, 1], [0, 0, 0]]
    figures = metrics.compute()
    assert figures["pixacc"] == pytest.approx(100 * 4 / 6)
    assert figures["miu"] == pytest.approx(100 * (3 / 4 + 1 / 3) / 2)
    assert figures["fwiu"] == pytest.approx(100 * (4 * 3 / 4 + 2 * 1 / 3) / 6)
    details = metrics.details()
    assert details["per_class"] == {
        "names": list(NAMES),
        "value": [pytest.approx(75.0), pytest.approx(100 / 3), None],
        "metric": "IoU",
        "unit": "%",
        "train_count": [7, 8, 9],
        "count_unit": "pixels",
    }
    assert json.loads(json.dumps(details))["confusion"] == [[3, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_metrics_agree_with_sklearn() -> None:
    names = [f"class {i}" for i in range(40)]
    truth = torch.from_numpy(np.random.default_rng(0).integers(0, 40, (6, 30, 40)).astype(np.uint8))
    prediction = torch.where(torch.rand(truth.shape) < 0.5, truth, random_labels(1, 1, 40, 0)[0, 0, 0])
    truth[:, :3] = VOID
    metrics = Confusion("labels", names, [1] * 40)
    metrics.update(prediction, batch_of(truth))
    true, predicted = truth[truth != VOID].numpy(), prediction[truth != VOID].numpy()
    np.testing.assert_array_equal(metrics.confusion, confusion_matrix(true, predicted, labels=range(40)))
    figures = metrics.compute()
    assert figures["miu"] == pytest.approx(100 * jaccard_score(true, predicted, average="macro"))
    assert figures["fwiu"] == pytest.approx(100 * jaccard_score(true, predicted, average="weighted"))
    assert figures["pixacc"] == pytest.approx(100 * (true == predicted).mean())
    assert list(figures) == [figure.name for figure in Segmentation.metrics_info]


@pytest.mark.parametrize("size", [1, 3, 7])
def test_figures_do_not_depend_on_batches_order_or_processes(size: int) -> None:
    truth, prediction = random_labels(7, 4), random_labels(7, 5, void=0)
    whole = Confusion("labels", NAMES, (1, 1, 1))
    whole.update(prediction, batch_of(truth))
    halves = [Confusion("labels", NAMES, (1, 1, 1)) for _ in range(2)]
    order = torch.randperm(7)
    for number, chosen in enumerate(order.split(size)):
        halves[number % 2].update(prediction[chosen], batch_of(truth[chosen], chosen))
    halves[0].merge(pickle.loads(pickle.dumps(halves[1])))
    assert halves[0].compute() == whole.compute()
    assert halves[0].details() == whole.details()
    assert_same_evidence(halves[0], whole)


def test_a_draw_is_the_images_repeated() -> None:
    truth, prediction = random_labels(8, 8), random_labels(8, 9, void=0)
    truth[3], truth[5:][truth[5:] == 2] = VOID, VOID

    def measured(places: Sequence[int]) -> Confusion:
        metrics = fitted().metrics()
        for place in places:
            metrics.update(prediction[[place]], batch_of(truth[[place]], [place]))
        return metrics

    assert "0003" not in measured(range(8)).per_image()["key"]
    assert_a_draw_is_the_images_repeated(measured)


def test_processes_that_evaluated_in_inference_mode_merge_outside_it() -> None:
    truth, parts = random_labels(2, 6, void=0), []
    for labels in truth.split(1):
        with torch.inference_mode():
            parts.append(fitted().metrics())
            parts[-1].update(labels.clone(), batch_of(labels))
    parts[0].merge(parts[1])
    assert parts[0].confusion.sum() == truth.numel()
    assert parts[0].compute() == {"pixacc": 100, "miu": 100, "fwiu": 100}


def test_metrics_without_ground_truth_are_nan() -> None:
    metrics = fitted().metrics()
    metrics.update(torch.zeros(1, 5, 7, dtype=torch.uint8), batch_of(torch.full((1, 5, 7), VOID)))
    assert all(map(math.isnan, metrics.compute().values()))
    assert metrics.details()["per_class"]["value"] == [None] * 3


def test_metrics_name_the_frame_of_a_wrong_label() -> None:
    labels = torch.zeros(2, 1, 1, dtype=torch.uint8)
    labels[1] = 40
    with pytest.raises(InputError, match="frame '0001': label 40 is none of the 3 classes"):
        fitted().metrics().update(torch.zeros_like(labels), batch_of(labels))


def test_colours_are_the_voc_colours_and_all_differ() -> None:
    assert len(palette().unique(dim=0)) == 256
    # VOC's aeroplane, bicycle, bird; its 21st colour is that of the monitor.
    assert palette()[:3].tolist() == [[128, 0, 0], [0, 128, 0], [128, 128, 0]]
    assert palette()[19].tolist() == [0, 64, 128]


def test_draw_gives_a_picture_with_void_black() -> None:
    labels = Labels(torch.tensor([[0, VOID, 2]], dtype=torch.uint8))
    picture = fitted().draw(labels, torch.zeros(3, *labels.shape))
    assert type(picture) is Tensor
    assert (picture.dtype, picture.shape) == (torch.uint8, (3, 1, 3))
    assert picture[:, 0].T.tolist() == [[128, 0, 0], [0, 0, 0], [128, 128, 0]]

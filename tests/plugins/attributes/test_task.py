import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from stitchkit_attributes import Attributes, AttributesConfig
from torch import Tensor, nn

from stitchkit.backbones import Preprocess
from stitchkit.data import Dataset
from stitchkit.data.objects_dataset import ObjectsDataset
from stitchkit.data.voc_layout import VOCLayout
from stitchkit.errors import InputError
from stitchkit.evaluation import NetworkPredictor, constant_predictor, evaluate
from stitchkit.plugins import find
from stitchkit.tasks import Batch

Make = Callable[..., tuple[Tensor, Tensor]]
BatchOf = Callable[..., dict[str, Any]]
Fitted = Callable[..., Attributes]


def drawn(batch: Batch, roi_object: list[int]) -> Batch:
    """A training batch after a sampler has drawn."""
    return {
        **batch,
        "rois": torch.zeros(len(roi_object), 5),
        "roi_object": torch.tensor(roi_object, dtype=torch.int64),
    }


def test_is_announced_and_checks_its_options() -> None:
    assert find("tasks", "attributes") is Attributes
    for wrong in {"normalise": "images"}, {"zero_attribute_objects": "drop"}, {"score": "detections"}:
        with pytest.raises(ValidationError):
            AttributesConfig.model_validate(wrong)


def test_fit_counts_instances_without_reading_pictures(
    dataset: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = torch.zeros(2, 4)
    frames = [
        (boxes, torch.tensor([[1, 0, 0], [0, 0, 0]], dtype=torch.uint8)),
        (boxes, None),
        (boxes, torch.zeros(0, 3, dtype=torch.uint8)),
        (boxes[:1], torch.tensor([[1, 1, 0]], dtype=torch.uint8)),
    ]
    monkeypatch.setattr(dataset, "__getitem__", lambda *_: pytest.fail("a picture was read"))
    for option, objects in (("negative", 3), ("ignore", 2)):
        task = Attributes("attr", AttributesConfig.model_validate({"zero_attribute_objects": option}))
        task.fit(dataset(frames), seed=0)
        assert task.outputs == 3
        assert task.counts.tolist() == [2, 1, 0]
        assert task.objects == objects


def test_state_round_trips(fitted: Fitted, make: Make, batch_of: BatchOf) -> None:
    task, restored = fitted(), Attributes("attr", AttributesConfig())
    restored.load_state(task.state())
    assert (restored.names, restored.outputs, restored.objects) == (task.names, 3, task.objects)
    batch = batch_of(make(2, 1))
    assert torch.equal(restored.constant(batch)[0]["scores"], task.constant(batch)[0]["scores"])
    assert restored.metrics().details() == task.metrics().details()
    assert {name: x.dtype for name, x in task.state().items()} == {
        "counts": torch.int64,
        "objects": torch.int64,
        "names": torch.uint8,
    }


@pytest.mark.parametrize(
    ("frame", "kinds", "message"),
    [
        ((3, 3), ("boxes", "labels"), "task 'attr': unknown target of kind 'object_attributes' 'attributes'"),
        ((3, 3), ("depth", "object_attributes"), "unknown target of kind 'boxes' 'boxes'"),
        ((3, 2), ("boxes", "object_attributes"), "frame '0000': attributes must be 2 x 3, .* got 3 x 3"),
        ((3, None), ("boxes", "object_attributes"), "frame '0000': attributes must be 0 x 3"),
        (
            (0, 0),
            ("boxes", "object_attributes"),
            "no attribute in 'attributes' holds for any object of the 1",
        ),
    ],
)
def test_fit_names_what_is_wrong_with_the_data(
    dataset: Callable[..., Dataset], frame: Any, kinds: Any, message: str
) -> None:
    rows, boxes = frame
    given = (None if boxes is None else torch.zeros(boxes, 4), torch.ones(rows, 3, dtype=torch.uint8))
    with pytest.raises(InputError, match=message):
        Attributes("attr", AttributesConfig()).fit(dataset([given], kinds=kinds), seed=0)


def test_loss_by_hand(fitted: Fitted, batch_of: BatchOf) -> None:
    frames = [
        (torch.zeros(1, 4), torch.tensor([[1, 0, 0]], dtype=torch.uint8)),
        (torch.zeros(2, 4), torch.tensor([[0, 0, 0], [1, 1, 1]], dtype=torch.uint8)),
    ]
    scores = torch.zeros(4, 3)
    scores[0] = math.log(3)  # probability 3/4 of each attribute
    batch = drawn(batch_of(*frames), [0, 2, -1, 1])  # the last is on the object without attributes
    ln = math.log
    first, empty, full = ln(4 / 3) + 2 * ln(4), 3 * ln(2), 3 * ln(2)
    expected = {
        ("foreground", "negative"): (first + full + empty) / 3 / 3,
        ("rois", "negative"): (first + full + empty) / 3 / 4,
        ("foreground", "ignore"): (first + full) / 3 / 2,
        ("rois", "ignore"): (first + full) / 3 / 4,
    }
    for (normalise, without), loss in expected.items():
        task = fitted(normalise=normalise, zero_attribute_objects=without)
        assert task.loss({"attributes": scores}, batch).item() == pytest.approx(loss)


def test_loss_agrees_with_torch_and_background_adds_nothing(
    fitted: Fitted, make: Make, batch_of: BatchOf
) -> None:
    frames = [make(3, 1), make(0, 2), make(4, 3)]
    places = torch.randint(-1, 7, (40,))
    scores = torch.randn(40, 3, requires_grad=True)
    loss = fitted().loss({"attributes": scores}, drawn(batch_of(*frames), places.tolist()))
    on = places >= 0
    truth = torch.cat([attributes for _, attributes in frames])[places[on]]
    torch.testing.assert_close(loss, F.binary_cross_entropy_with_logits(scores[on], truth.float()))
    loss.backward()
    assert scores.grad is not None
    assert not scores.grad[~on].any()
    assert scores.grad[on].all()


@pytest.mark.parametrize("normalise", ["foreground", "rois"])
@pytest.mark.parametrize("case", ["target missing", "no rows", "background only", "no regions"])
def test_loss_without_ground_truth_is_zero_and_connected(
    fitted: Fitted, make: Make, batch_of: BatchOf, normalise: str, case: str
) -> None:
    boxes, attributes = make(2, 0)
    batch = drawn(batch_of((boxes, attributes[:0] if case == "no rows" else attributes)), [0, 1, -1])
    if case == "target missing":
        del batch["attributes"]
    if case == "background only":
        batch["roi_object"][:] = -1
    if case == "no regions":
        batch = drawn(batch, [])
    scores = torch.randn(len(batch["rois"]), 3, requires_grad=True)
    loss = fitted(normalise=normalise).loss({"attributes": scores}, batch)
    loss.backward()
    assert loss.item() == 0
    assert scores.grad is not None
    assert not scores.grad.any()


def test_an_image_without_attributes_changes_no_loss(fitted: Fitted, make: Make, batch_of: BatchOf) -> None:
    (boxes, attributes), untold = make(2, 0), (make(3, 1)[0], make(0, 1)[1])
    scores = torch.randn(4, 3)
    task = fitted()
    alone = task.loss({"attributes": scores[2:]}, drawn(batch_of((boxes, attributes)), [0, 1]))
    beside = task.loss({"attributes": scores}, drawn(batch_of(untold, (boxes, attributes)), [0, 2, 3, 4]))
    torch.testing.assert_close(beside, alone)


def test_it_is_measured_at_the_true_boxes(fitted: Fitted, batch_of: BatchOf) -> None:
    boxes = torch.tensor([[2.0, 4, 10, 20]])
    batch = batch_of((boxes[:0], torch.zeros(0, 3)), (boxes, torch.zeros(1, 3)), scale=0.5)
    task = fitted()
    assert task.inputs(batch)["rois"].tolist() == [[1, 1, 2, 5, 10]]
    empty, found = task.predict({"attributes": torch.tensor([[0.0, 40.0, -math.log(3)]])}, batch)
    assert {name: tuple(x.shape) for name, x in empty.items()} == {
        "boxes": (0, 4),
        "objects": (0,),
        "scores": (0, 3),
    }
    assert torch.equal(found["boxes"], boxes)
    assert found["scores"].tolist() == [[0.5, pytest.approx(1), pytest.approx(1 / 4)]]


def test_it_can_be_measured_at_proposals(fitted: Fitted, batch_of: BatchOf) -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [20, 20, 40, 40]])
    batch = batch_of((boxes, torch.ones(2, 3, dtype=torch.uint8)))
    task = fitted(score="proposals")
    assert "proposals that overlap them most" in task.metrics_info[0].note
    with pytest.raises(InputError, match="task 'attr': the data set has no proposals to score"):
        task.inputs(batch)
    batch["proposals"] = [torch.tensor([[0.0, 0, 5, 5], [21, 21, 40, 40]])]
    assert task.inputs(batch)["rois"].tolist() == [[0, 21, 21, 40, 40]]
    (found,) = task.predict({"attributes": torch.zeros(1, 3)}, batch)
    assert found["objects"].tolist() == [1]
    metrics = task.metrics()
    metrics.update([found], batch)
    assert metrics.compute()["map_all"] == 50  # the first object is missed


def test_scores_close_to_one_stay_apart(fitted: Fitted, batch_of: BatchOf) -> None:
    batch = batch_of((torch.zeros(2, 4), torch.zeros(2, 3)))
    (found,) = fitted().predict({"attributes": torch.tensor([[20.0] * 3, [20.001] * 3])}, batch)
    assert (found["scores"][0] < found["scores"][1]).all()


def test_boxes_that_are_not_there_are_named(fitted: Fitted, make: Make, batch_of: BatchOf) -> None:
    batch = batch_of(make(2, 0))
    del batch["boxes"]
    with pytest.raises(InputError, match="frames 0000: attributes without 'boxes'"):
        fitted().inputs(batch)


def test_the_constant_is_the_share_of_the_training_objects(
    fitted: Fitted, make: Make, batch_of: BatchOf
) -> None:
    boxes, attributes = make(6, 0)
    task = fitted([(boxes, attributes)])
    (found,) = task.constant(batch_of(make(4, 1)))
    torch.testing.assert_close(found["scores"], attributes.double().mean(dim=0).expand(4, -1))


def test_an_ensemble_averages_scores_after_the_sigmoid(fitted: Fitted, make: Make, batch_of: BatchOf) -> None:
    task, batch = fitted(), batch_of(make(3, 1), make(0, 2), make(4, 3))
    outputs = [{"attributes": 4 * torch.randn(7, 3)} for _ in range(3)]
    together = task.predict_ensemble(outputs, batch)
    alone = [task.predict(output, batch) for output in outputs]
    for place, answers in enumerate(together):
        mean = torch.stack([each[place]["scores"] for each in alone]).mean(dim=0)
        torch.testing.assert_close(answers["scores"], mean)
        assert answers["scores"].dtype == torch.float64
        assert torch.equal(answers["boxes"], alone[0][place]["boxes"])
        assert torch.equal(answers["objects"], alone[0][place]["objects"])


def test_truth_is_a_perfect_prediction(fitted: Fitted, make: Make, batch_of: BatchOf) -> None:
    batch = batch_of(make(4, 0), make(3, 1))
    task = fitted()
    metrics = task.metrics()
    metrics.update([task.truth(batch, place) for place in range(2)], batch)
    assert metrics.compute()["map_11"] == pytest.approx(100)
    assert metrics.compute()["map_all"] == pytest.approx(100)


def test_what_the_loss_teaches_the_metrics_find(fitted: Fitted, batch_of: BatchOf) -> None:
    features, task = torch.randn(60, 3), fitted()
    attributes = (features > torch.tensor([0.0, 1.0, -1.0])).to(torch.uint8)
    batch = batch_of((torch.zeros(60, 4), attributes))
    network = nn.Linear(3, 3)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)

    def measured() -> float:
        metrics = task.metrics()
        metrics.update(task.predict({"attributes": network(features).detach()}, batch), batch)
        return metrics.compute()["map_11"]

    before = measured()
    for _ in range(150):
        optimizer.zero_grad()
        task.loss({"attributes": network(features)}, drawn(batch, list(range(60)))).backward()
        optimizer.step()
    assert measured() > 99 > before


def test_fit_counts_the_rows_of_a_pascal(real_data: Callable[[str], Path]) -> None:
    root = real_data("voc2008")
    train = ObjectsDataset(VOCLayout.of(root), "train")
    task = Attributes("attr", AttributesConfig())
    task.fit(train, seed=0)
    here = {train.key(index) for index in range(len(train))}
    lines = (root / "attribute_data" / "apascal_train.txt").read_text().splitlines()
    rows = [line.split()[6:] for line in lines if line.split(".")[0] in here]
    assert task.objects == len(rows)
    assert task.counts.tolist() == np.array(rows, dtype=int).sum(axis=0).tolist()


@pytest.mark.parametrize("size", [1, 2, 5])
def test_evaluation_is_the_same_for_any_batch_size(
    fitted: Fitted, dataset: Callable[..., Dataset], make: Make, network: nn.Module, size: int, tmp_path: Any
) -> None:
    frames: list[Any] = [make(count, count) for count in (2, 0, 5, 3, 4)]
    frames += [(make(2, 9)[0], None), (None, None)]
    task = fitted()
    predictor = NetworkPredictor(network, {"attr": task}, Preprocess(), torch.device("cpu"))
    measured = {
        name: evaluate(
            predict,
            {"attr": task},
            dataset(frames),
            size=(20, 30),
            batch=size,
            pictures=tmp_path,
            picture_count=3,
        )["attr"]
        for name, predict in (("network", predictor), ("constant", constant_predictor))
    }
    assert measured["network"].compute() == pytest.approx(
        evaluate(predictor, {"attr": task}, dataset(frames), size=(20, 30), batch=7)["attr"].compute()
    )
    assert measured["network"].details()["objects"] == 14
    assert measured["network"].per_image()["key"].tolist() == ["0000", "0002", "0003", "0004"]
    truth = torch.cat([attributes for _, attributes in frames[:5]]).double()
    assert measured["constant"].compute()["map_11"] == pytest.approx(100 * truth.mean().item())
    assert len(list(tmp_path.rglob("attr.prediction.png"))) == 2  # the last frame drawn has no attributes

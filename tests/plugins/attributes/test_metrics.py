import json
import math
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import precision_recall_curve
from stitchkit_attributes import AttributeAP
from stitchkit_attributes.metrics import figures
from torch import Tensor

from stitchkit.errors import InputError
from stitchkit.testing import assert_a_draw_is_the_images_repeated, assert_same_evidence

Make = Callable[..., tuple[Tensor, Tensor]]
BatchOf = Callable[..., dict[str, Any]]


def accumulator(attributes: int = 3, *, without: bool = True, counts: Any = None) -> AttributeAP:
    names = [f"a{i}" for i in range(attributes)]
    counts = counts or [1] * attributes
    return AttributeAP("attributes", "boxes", names=names, train_counts=counts, without_attributes=without)


def answers(scores: Tensor) -> dict[str, Tensor]:
    """Scores [N, A] of all objects of a frame."""
    return {"boxes": torch.zeros(len(scores), 4), "objects": torch.arange(len(scores)), "scores": scores}


def test_figures_by_hand(batch_of: BatchOf) -> None:
    # a0: positives at ranks 1 and 3 of 4; a1: at rank 2 alone; a2 holds nowhere.
    attributes = torch.tensor([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=torch.uint8)
    scores = torch.tensor([[0.9, 0.8, 0.1], [0.8, 0.7, 0.1], [0.7, 0.6, 0.1], [0.1, 0.1, 0.1]])
    metrics = accumulator(counts=[50, 4, 9])
    metrics.update([answers(scores)], batch_of((torch.zeros(4, 4), attributes)))
    first_11, first_all = (6 * 1 + 5 * 2 / 3) / 11, (1 + 2 / 3) / 2
    assert metrics.compute() == {
        "map_11": pytest.approx(100 * (first_11 + 1 / 2) / 2),
        "map_all": pytest.approx(100 * (first_all + 1 / 2) / 2),
        "map_11_rarest_10": pytest.approx(100 * (first_11 + 1 / 2) / 2),
        "map_11_rarest_20": pytest.approx(100 * (first_11 + 1 / 2) / 2),
    }
    details = json.loads(json.dumps(metrics.details()))
    assert details["per_class"] == {
        "kind": "attribute",
        "names": ["a0", "a1", "a2"],
        "value": [pytest.approx(100 * first_11), pytest.approx(50.0), None],
        "metric": "AP",
        "unit": "%",
        "train_count": [50, 4, 9],
        "count_unit": "instances",
    }
    assert details["ap_all"] == [pytest.approx(100 * first_all), pytest.approx(50.0), None]
    assert (details["positives"], details["objects"]) == ([2, 1, 0], 4)


def test_the_rarest_have_training_instances_and_occur(batch_of: BatchOf) -> None:
    # 14 attributes: the first is absent from training, the second from the test; a13 has the most instances.
    attributes = torch.ones(2, 14, dtype=torch.uint8)
    attributes[1, 2:] = 0
    attributes[:, 1] = 0
    scores = torch.zeros(2, 14)
    scores[0, 2:12] = torch.linspace(0.1, 0.9, 10)  # right; the last two are told of no object
    metrics = accumulator(14, counts=[0, *range(1, 14)])
    metrics.update([answers(scores)], batch_of((torch.zeros(2, 4), attributes)))
    found = metrics.compute()
    assert found["map_11_rarest_10"] == pytest.approx(100)  # a2 to a11
    assert found["map_11_rarest_20"] == pytest.approx(100 * (10 + 2 / 2) / 12)  # and a12, a13
    assert found["map_11"] == pytest.approx(100 * (1 + 10 + 2 / 2) / 13)  # and a0


def test_each_attribute_agrees_with_sklearn_s_curve(make: Make, batch_of: BatchOf) -> None:
    frames = [make(5, seed, names=8) for seed in range(20)]
    scores = [torch.from_numpy(np.random.default_rng(seed).random((5, 8)).round(1)) for seed in range(20)]
    metrics = accumulator(8)
    metrics.update([answers(own) for own in scores], batch_of(*frames))
    truth, told = torch.cat([a for _, a in frames]).numpy(), torch.cat(scores).numpy()
    for number, ap in enumerate(metrics.details()["ap_all"]):
        precision, recall, _ = precision_recall_curve(truth[:, number], told[:, number])
        at_least = np.maximum.accumulate(precision[:-1])
        assert ap == pytest.approx(100 * np.sum(at_least * (recall[:-1] - recall[1:])))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_figures_do_not_depend_on_batches_order_or_processes(
    make: Make, batch_of: BatchOf, size: int
) -> None:
    frames = [make(seed % 4, seed) for seed in range(9)]
    told = [answers(torch.randint(0, 5, (len(boxes), 3)) / 4) for boxes, _ in frames]
    whole = accumulator()
    whole.update(told, batch_of(*frames))
    parts = [accumulator() for _ in range(3)]
    for number, chosen in enumerate(torch.randperm(9).split(size)):
        batch = batch_of(*(frames[i] for i in chosen)) | {"key": [f"{int(i):04}" for i in chosen]}
        parts[number % 3].update([told[i] for i in chosen], batch)
    first, second, third = (pickle.loads(pickle.dumps(part)) for part in parts)
    parts[0].merge(parts[1])
    parts[0].merge(parts[2])
    second.merge(third)
    first.merge(second)
    for merged in parts[0], first:
        assert merged.compute() == whole.compute()
        assert merged.details() == whole.details()
        assert_same_evidence(merged, whole)


@pytest.mark.parametrize("without", [True, False])
def test_a_draw_is_the_images_repeated(make: Make, batch_of: BatchOf, without: bool) -> None:
    frames = [make(1 + seed % 4, seed, names=25) for seed in range(8)]
    for place, (_, attributes) in enumerate(frames):
        attributes[:, 3:20] *= (
            torch.arange(17, dtype=torch.uint8) % 8 == place
        )  # rare: absent from many draws
    frames[2][1].zero_()
    frames[5] = frames[5][0], frames[5][1][:0]
    told = [answers(torch.randint(0, 5, (len(boxes), 25)) / 4) for boxes, _ in frames]
    counts = [(7 * number) % 11 for number in range(25)]

    def measured(places: Sequence[int]) -> AttributeAP:
        metrics = accumulator(25, without=without, counts=counts)
        for place in places:
            metrics.update([told[place]], batch_of(frames[place]) | {"key": [f"{place:04}"]})
        return metrics

    assert "0005" not in measured(range(8)).per_image()["key"]
    assert_a_draw_is_the_images_repeated(measured)


def test_a_frame_without_attributes_adds_nothing(make: Make, batch_of: BatchOf) -> None:
    (boxes, attributes), (others, _) = make(4, 0), make(3, 1)
    scores = torch.rand(4, 3)
    alone, beside = accumulator(), accumulator()
    alone.update([answers(scores)], batch_of((boxes, attributes)))
    beside.update(
        [answers(scores), answers(torch.rand(3, 3))], batch_of((boxes, attributes), (others, attributes[:0]))
    )
    assert beside.compute() == alone.compute()
    assert beside.details() == alone.details()


def test_objects_that_were_not_scored_are_missed(batch_of: BatchOf) -> None:
    attributes = torch.ones(4, 1, dtype=torch.uint8)
    metrics = accumulator(1)
    found = {"boxes": torch.zeros(2, 4), "objects": torch.tensor([3, 0]), "scores": torch.rand(2, 1)}
    metrics.update([found], batch_of((torch.zeros(4, 4), attributes)))
    assert metrics.details()["ap_all"] == [50.0]


def test_objects_without_attributes_are_negatives_or_ignored(batch_of: BatchOf) -> None:
    attributes = torch.tensor([[0, 0], [1, 0], [0, 1]], dtype=torch.uint8)
    scores = torch.tensor([[0.9, 0.9], [0.8, 0.1], [0.1, 0.2]])
    expected = {True: ([50.0, 50.0], 3), False: ([100.0, 100.0], 2)}
    for without, (ap, objects) in expected.items():
        metrics = accumulator(2, without=without)
        metrics.update([answers(scores)], batch_of((torch.zeros(3, 4), attributes)))
        assert metrics.details()["ap_all"] == ap
        assert metrics.details()["objects"] == objects


def test_without_ground_truth_all_is_nan() -> None:
    metrics = accumulator()
    assert all(map(math.isnan, metrics.compute().values()))
    assert metrics.details()["per_class"]["value"] == [None] * 3
    assert list(metrics.compute()) == [figure.name for figure in figures("")]


def test_processes_that_evaluated_in_inference_mode_merge_outside_it(make: Make, batch_of: BatchOf) -> None:
    parts = []
    for seed in range(2):
        with torch.inference_mode():
            boxes, attributes = make(3, seed)
            parts.append(accumulator())
            parts[-1].update([answers(attributes.double().clone())], batch_of((boxes, attributes)))
    parts[0].merge(parts[1])
    assert parts[0].compute()["map_11"] == pytest.approx(100)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (torch.zeros(2, 3), "frame '0001': attributes must be 3 x 3, .* but got 2 x 3"),
        (torch.zeros(3, 2), "frame '0001': attributes must be 3 x 3, .* but got 3 x 2"),
        (torch.full((3, 3), 2), "frame '0001': an attribute is 2; use 1 where it holds, else 0"),
    ],
)
def test_metrics_name_the_frame_that_does_not_fit(
    make: Make, batch_of: BatchOf, attributes: Tensor, message: str
) -> None:
    right = make(1, 0)
    batch = batch_of(right, (torch.zeros(3, 4), attributes.to(torch.uint8)))
    with pytest.raises(InputError, match=message):
        accumulator().update([answers(torch.rand(1, 3)), answers(torch.rand(3, 3))], batch)


def test_the_constant_score_gives_the_share_of_the_positives(make: Make, batch_of: BatchOf) -> None:
    boxes, attributes = make(20, 3)
    metrics = accumulator()
    metrics.update([answers(torch.full((20, 3), 0.5))], batch_of((boxes, attributes)))
    share = 100 * attributes.double().mean(dim=0)
    assert metrics.details()["per_class"]["value"] == pytest.approx(share.tolist())

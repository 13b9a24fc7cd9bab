import json
import math
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import precision_recall_curve
from stitchkit_detection import DetectionAP
from stitchkit_detection.detections import Detections
from stitchkit_detection.matching import match
from torch import Tensor
from torchvision.ops import box_iou

from stitchkit.errors import InputError
from stitchkit.tasks import Batch
from stitchkit.testing import assert_a_draw_is_the_images_repeated, assert_same_evidence

NAMES = ("cat", "dog")

Frame = dict[str, Any]  # true boxes, classes and flags of one frame, and what was found in it


def metrics_of() -> DetectionAP:
    return DetectionAP("boxes", "classes", "difficult", names=NAMES, train_counts=(7, 8), iou=0.5)


def found(*rows: tuple[tuple[float, ...], int, float]) -> Detections:
    return {
        "boxes": torch.tensor([row[0] for row in rows], dtype=torch.float32).reshape(-1, 4),
        "classes": torch.tensor([row[1] for row in rows], dtype=torch.int64),
        "scores": torch.tensor([row[2] for row in rows], dtype=torch.float32),
    }


def frame(objects: list[tuple[tuple[float, ...], int, bool]], detected: Detections) -> Frame:
    return {
        "boxes": torch.tensor([row[0] for row in objects], dtype=torch.float32).reshape(-1, 4),
        "classes": torch.tensor([row[1] for row in objects], dtype=torch.int64),
        "difficult": torch.tensor([row[2] for row in objects], dtype=torch.bool),
        "found": detected,
    }


def batch_of(frames: list[Frame], places: Sequence[int] | Tensor | None = None) -> Batch:
    keys = [f"{int(place):04}" for place in (range(len(frames)) if places is None else places)]
    return {
        "key": keys,
        **{name: [one[name] for one in frames] for name in ("boxes", "classes", "difficult")},
    }


def measured(*batches: list[Frame]) -> DetectionAP:
    metrics = metrics_of()
    for frames in batches:
        metrics.update([one["found"] for one in frames], batch_of(frames))
    return metrics


def random_frames(count: int, seed: int) -> list[Frame]:
    """Frames of 0 to 5 objects, some difficult, found never or several times, and detections beside them."""
    rng, frames = np.random.default_rng(seed), []
    for _ in range(count):
        objects = rng.integers(0, 6)
        corner = rng.uniform(0, 80, (objects, 2))
        boxes = np.concatenate([corner, corner + rng.uniform(15, 40, (objects, 2))], axis=1)
        classes = rng.integers(0, 2, objects)
        again = rng.integers(0, objects, 3 * objects) if objects else np.zeros(0, int)
        corner = rng.uniform(0, 80, (4, 2))
        beside = np.concatenate([corner, corner + rng.uniform(15, 40, (4, 2))], axis=1)
        near = boxes[again] + rng.normal(0, 3, (len(again), 4))
        detected = {
            "boxes": torch.from_numpy(np.concatenate([near, beside])).float(),
            "classes": torch.from_numpy(np.concatenate([classes[again], rng.integers(0, 2, 4)])),
            "scores": torch.from_numpy(rng.permutation(len(again) + 4) / 37 + rng.uniform(0, 0.01)).float(),
        }
        frames.append(
            {
                "boxes": torch.from_numpy(boxes).float(),
                "classes": torch.from_numpy(classes),
                "difficult": torch.from_numpy(rng.random(objects) < 0.3),
                "found": detected,
            }
        )
    return frames


def by_the_development_kit(frames: list[Frame], class_: int) -> tuple[list[float], list[bool], int]:
    """Scores and hits of what counts, and the number of objects, one detection after the other."""
    everything = [
        (float(score), place, box)
        for place, one in enumerate(frames)
        for box, number, score in zip(*one["found"].values(), strict=True)
        if number == class_
    ]
    taken: set[tuple[int, int]] = set()
    scores, hits = [], []
    for score, place, box in sorted(everything, key=lambda entry: -entry[0]):
        best, at = -1.0, -1
        for number, true in enumerate(frames[place]["boxes"]):
            if frames[place]["classes"][number] == class_:
                overlap = float(box_iou(box[None].double(), true[None].double()))
                if overlap > best:
                    best, at = overlap, number
        if best >= 0.5 and frames[place]["difficult"][at]:
            continue
        scores.append(score)
        hits.append(best >= 0.5 and (place, at) not in taken)
        if hits[-1]:
            taken.add((place, at))
    objects = sum(int(((one["classes"] == class_) & ~one["difficult"]).sum()) for one in frames)
    return scores, hits, objects


def by_curve(scores: list[float], hits: list[bool], objects: int) -> tuple[float, float]:
    """11-point and all-point AP from scikit-learn's precision-recall curve."""
    precision, recall, _ = precision_recall_curve(hits, scores)
    recall = recall * sum(hits) / objects  # scikit-learn knows of no object that nothing found
    points = [max(precision[:-1][recall[:-1] >= t / 10 - 1e-9], default=0.0) for t in range(11)]
    fine = (np.arange(objects) + 0.5) / objects  # precision at a recall changes at whole objects alone
    area = [max(precision[:-1][recall[:-1] >= t], default=0.0) for t in fine]
    return float(np.mean(points)), float(np.mean(area))


HAND = [
    frame(
        [((0, 0, 10, 10), 1, False), ((20, 0, 30, 10), 1, True)],
        found(((0, 0, 10, 10), 1, 0.9), ((0, 0, 10, 9), 1, 0.8), ((20, 0, 30, 10), 1, 0.7)),
    ),
    frame(
        [((0, 0, 10, 10), 1, False), ((50, 50, 60, 60), 1, False)],
        found(((0, 0, 10, 10), 1, 0.6), ((30, 30, 40, 40), 1, 0.5)),
    ),
]


def test_figures_by_hand() -> None:
    metrics = measured(HAND)
    # Right (0.9), twice (0.8), difficult (0.7: no matter), right (0.6), wrong (0.5); one of three missed.
    # Precision is 1 up to a recall of 1/3 and 2/3 up to 2/3.
    assert metrics.compute() == {
        "map_11": pytest.approx(100 * (4 * 1 + 3 * 2 / 3) / 11),
        "map_all": pytest.approx(100 * (1 / 3 + 2 / 3 * 1 / 3)),
    }
    details = json.loads(json.dumps(metrics.details()))
    assert details["per_class"] == {
        "names": list(NAMES),
        "value": [None, pytest.approx(600 / 11)],
        "metric": "AP",
        "unit": "%",
        "train_count": [7, 8],
        "count_unit": "objects",
    }
    assert details["ap_all"] == [None, pytest.approx(500 / 9)]
    assert details["objects"] == [0, 3]


def test_a_perfect_detector_has_an_ap_of_1_both_ways() -> None:
    frames = random_frames(8, 0)
    for one in frames:
        one["found"] = {
            "boxes": one["boxes"],
            "classes": one["classes"],
            "scores": torch.rand(len(one["boxes"])),
        }
    assert measured(frames).compute() == {"map_11": pytest.approx(100), "map_all": pytest.approx(100)}


def test_figures_agree_with_one_detection_after_the_other_and_scikit_learns_curve() -> None:
    frames = random_frames(25, 1)
    details = measured(frames).details()
    for class_ in range(2):
        scores, hits, objects = by_the_development_kit(frames, class_)
        eleven, area = by_curve(scores, hits, objects)
        assert 0 < eleven < 1
        assert details["objects"][class_] == objects
        assert details["per_class"]["value"][class_] == pytest.approx(100 * eleven)
        assert details["ap_all"][class_] == pytest.approx(100 * area)


def test_further_detections_of_an_object_are_false() -> None:
    object_ = ((0.0, 0.0, 10.0, 10.0), 0, False)
    other = ((50.0, 50.0, 60.0, 60.0), 0, False)
    hit, again, last = (object_[0], 0, 0.9), (object_[0], 0, 0.8), (other[0], 0, 0.7)
    once = measured([frame([object_, other], found(hit, last))]).compute()["map_all"]
    twice = measured([frame([object_, other], found(hit, again, last))]).compute()["map_all"]
    assert once == pytest.approx(100)
    assert twice == pytest.approx(100 * (0.5 + 0.5 * 2 / 3))


def test_a_detection_belongs_to_the_object_that_it_overlaps_most_even_if_that_is_taken() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 16]])
    detected = found(((0, 0, 10, 10), 0, 0.9), ((0, 0, 10, 11), 0, 0.8))
    counts, hits = match(detected, boxes, torch.tensor([0, 0]), torch.tensor([False, False]), 0.5)
    assert counts.tolist() == [True, True]
    assert hits.tolist() == [True, False]  # 11/16 with the second object, but 10/11 with the first


def test_overlap_counts_from_the_limit_on_and_only_within_the_class() -> None:
    boxes, classes, flags = torch.tensor([[0.0, 0, 10, 10]]), torch.tensor([0]), torch.tensor([False])
    detected = found(((0, 0, 10, 4.9), 0, 0.9), ((0, 0, 10, 10), 1, 0.8), ((0, 0, 10, 5), 0, 0.7))
    counts, hits = match(detected, boxes, classes, flags, 0.5)
    assert counts.all()
    assert hits.tolist() == [False, False, True]


def test_a_difficult_object_counts_neither_way() -> None:
    found_it = measured(HAND)
    without = [dict(one) for one in HAND]
    without[0]["found"] = {name: values[:2] for name, values in HAND[0]["found"].items()}
    assert measured(without).compute() == found_it.compute()
    gone = [dict(one) for one in without]
    gone[0].update({name: HAND[0][name][:1] for name in ("boxes", "classes", "difficult")})
    assert measured(gone).compute() == found_it.compute()


def test_without_flags_no_object_is_difficult() -> None:
    batch = {name: value for name, value in batch_of(HAND).items() if name != "difficult"}
    metrics = metrics_of()
    metrics.update([one["found"] for one in HAND], batch)
    assert metrics.objects.tolist() == [0, 4]


@pytest.mark.parametrize("size", [1, 3, 7])
def test_figures_do_not_depend_on_batches_order_or_processes(size: int) -> None:
    frames = random_frames(7, 2)
    whole, halves = measured(frames), [metrics_of(), metrics_of()]
    order = torch.randperm(7, generator=torch.Generator().manual_seed(0))
    for number, chosen in enumerate(order.split(size)):
        part = [frames[place] for place in chosen]
        halves[number % 2].update([one["found"] for one in part], batch_of(part, chosen))
    halves[0].merge(pickle.loads(pickle.dumps(halves[1])))
    assert halves[0].compute() == whole.compute()
    assert halves[0].details() == whole.details()
    assert_same_evidence(halves[0], whole)


def test_order_of_objects_and_detections_changes_nothing() -> None:
    frames = random_frames(6, 3)
    turned = [
        {name: values.flip(0) for name, values in one.items() if name != "found"}
        | {"found": {name: values.flip(0) for name, values in one["found"].items()}}
        for one in frames
    ]
    assert measured(turned).compute() == measured(frames).compute()


def test_equal_scores_give_the_same_figures_in_any_order() -> None:
    frames = random_frames(6, 4)
    for one in frames:
        one["found"]["scores"] = torch.full_like(one["found"]["scores"], 0.5)
    assert measured(frames).compute() == measured(*[[one] for one in reversed(frames)]).compute()


@pytest.mark.parametrize("seed", [5, 6])
@pytest.mark.parametrize("equal", [False, True], ids=["", "equal scores"])
def test_a_draw_is_the_images_repeated(seed: int, equal: bool) -> None:
    frames = random_frames(8, seed)
    frames[2] = frame([], found(((0, 0, 9, 9), 1, 0.3)))
    frames[4] = frame([((0, 0, 9, 9), 0, True)], found(((0, 0, 9, 9), 0, 0.3)))
    for one in frames if equal else []:
        one["found"]["scores"] = one["found"]["scores"].round(decimals=1)

    def drawn(places: Sequence[int]) -> DetectionAP:
        metrics = metrics_of()
        for place in places:
            metrics.update([frames[place]["found"]], batch_of([frames[place]], [place]))
        return metrics

    assert_a_draw_is_the_images_repeated(drawn)


def test_evidence_by_hand() -> None:
    images = measured(HAND).per_image()
    assert {name: values.tolist() for name, values in images.items()} == {
        "key": ["0000", "0001"],
        "image": [0, 0, 1, 1],
        "class": [1, 1, 1, 1],
        "score": pytest.approx([0.9, 0.8, 0.6, 0.5]),
        "hit": [True, False, True, False],
        "objects": [[0, 1], [0, 2]],
    }
    # Without the second image: one object, found first. Without the first: one of two, before the false one.
    figures = metrics_of().resampled(images, np.array([[2, 0], [0, 1]]))
    assert figures["map_11"] == pytest.approx([100, 600 / 11])
    assert figures["map_all"] == pytest.approx([100, 50])


def test_frames_without_objects_or_detections() -> None:
    empty = frame([], found())
    assert measured([*HAND, empty]).compute() == measured(HAND).compute()
    assert all(map(math.isnan, measured([empty]).compute().values()))
    assert all(map(math.isnan, metrics_of().compute().values()))
    assert measured([empty]).details()["per_class"]["value"] == [None, None]
    missed = measured([frame([((0, 0, 9, 9), 0, False)], found())])
    assert missed.compute() == {"map_11": 0, "map_all": 0}
    false = measured([*HAND, frame([], found(((0, 0, 9, 9), 1, 0.95)))])
    # Wrong, right, twice, right, wrong: precision 1/2 up to a recall of 2/3.
    assert false.compute()["map_all"] == pytest.approx(100 * 2 / 3 / 2)


def one_object(classes: list[int]) -> Batch:
    return {"key": ["0042"], "boxes": [torch.zeros(1, 4)], "classes": [torch.tensor(classes)]}


@pytest.mark.parametrize(
    ("classes", "message"),
    [([2], "frame '0042': class 2 is none of the 2 classes"), ([], "frame '0042': 1 boxes, but 0 classes")],
)
def test_wrong_classes_are_refused_by_the_name_of_the_frame(classes: list[int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        metrics_of().update([found()], one_object(classes))


def test_processes_that_evaluated_in_inference_mode_merge_outside_it() -> None:
    with torch.inference_mode():
        parts = [measured([one]) for one in HAND]
    parts[0].merge(parts[1])
    assert parts[0].compute() == measured(HAND).compute()

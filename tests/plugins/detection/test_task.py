import math
from collections.abc import Mapping
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from stitchkit_detection import Detection, DetectionConfig
from stitchkit_detection.deltas import encode
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.ops import box_iou, roi_align
from torchvision.transforms.v2 import functional as tv

from stitchkit.backbones import Backbone, Preprocess
from stitchkit.boxed_picture import distinct_colour
from stitchkit.data import Collate, Dataset, EvaluationSamples, Sample, Target
from stitchkit.errors import InputError
from stitchkit.evaluation import NetworkPredictor, constant_predictor, evaluate
from stitchkit.sizes import ShorterSide
from stitchkit.tasks import Batch

NAMES = ("cat", "dog")
SIZE = (60, 80)


def wrapped(boxes: Tensor) -> tv_tensors.BoundingBoxes:
    xyxy = tv_tensors.BoundingBoxFormat.XYXY
    return tv_tensors.BoundingBoxes(boxes.float().reshape(-1, 4), format=xyxy, canvas_size=SIZE)


class Objects(Dataset):
    """Frames of up to two squares, red cats and blue dogs, with proposals on them and beside them."""

    targets: Mapping[str, Target] = {
        "boxes": Target("boxes"),
        "classes": Target("object_classes", classes=NAMES),
        "difficult": Target("object_flags"),
    }
    fingerprint = "objects"

    def __init__(self, frames: int = 10, seed: int = 0, *, proposals: int = 30) -> None:
        self.frames, self.seed, self.proposals = frames, seed, proposals

    def __len__(self) -> int:
        return self.frames

    def key(self, index: int) -> str:
        return f"{index:04}"

    def annotations(self, index: int) -> Sample:
        generator = torch.Generator().manual_seed(1000 * self.seed + index)
        corner = torch.tensor([[4.0, 4], [44, 24]]) + 8 * torch.rand(2, 2, generator=generator)
        boxes = torch.cat([corner, corner + 20 + 8 * torch.rand(2, 2, generator=generator)], dim=1).round()
        boxes = boxes[: 2 if index % 5 else index % 2]
        beside = torch.rand(10, 4, generator=generator) * torch.tensor([40.0, 30, 40, 30])
        beside[:, 2:] += beside[:, :2] + 1
        pick = torch.randint(max(len(boxes), 1), (self.proposals,), generator=generator)
        near = boxes[pick] if len(boxes) else beside[:0]
        near = near + 2 * torch.randn(near.shape, generator=generator)
        return {
            "boxes": wrapped(boxes),
            "classes": torch.randint(2, (len(boxes),), generator=generator),
            "difficult": torch.zeros(len(boxes), dtype=torch.bool),
            "proposals": wrapped(torch.cat([near, beside])),
        }

    def __getitem__(self, index: int) -> Sample:
        sample = self.annotations(index)
        image = torch.full((3, *SIZE), 90, dtype=torch.uint8)
        for (x1, y1, x2, y2), class_ in zip(sample["boxes"].int().tolist(), sample["classes"], strict=True):
            image[:, y1:y2, x1:x2] = torch.tensor([[230, 20, 20], [20, 20, 230]])[class_][:, None, None]
        return {"image": tv_tensors.Image(image), **sample}


class Given(Objects):
    """Frames as they are given, without images."""

    def __init__(self, *samples: Sample, **targets: Target) -> None:
        super().__init__(len(samples))
        self.samples = samples
        self.targets = {**self.targets, **targets}

    def annotations(self, index: int) -> Sample:
        return self.samples[index]


def fitted(dataset: Dataset | None = None, **options: Any) -> Detection:
    task = Detection("det", DetectionConfig.model_validate(options))
    task.fit(Objects() if dataset is None else dataset, seed=0)
    return task


def plain() -> Detection:
    """A task whose deltas are not normalised."""
    task = fitted()
    task.mean, task.std = torch.zeros(2, 4), torch.ones(2, 4)
    return task


def sampled() -> Batch:
    """Two images with three objects; RoIs on a cat, a dog, twice background, and a dog overlapped by 0.45."""
    return {
        "boxes": [torch.tensor([[0.0, 0, 10, 10], [20, 20, 40, 40]]), torch.tensor([[5.0, 5, 25, 25]])],
        "classes": [torch.tensor([0, 1]), torch.tensor([1])],
        "rois": torch.tensor(
            [
                [0.0, 0, 0, 10, 8],
                [1, 5, 5, 25, 20],
                [0, 30, 0, 40, 10],
                [1, 40, 40, 50, 50],
                [0, 20, 20, 40, 29],
            ]
        ),
        "roi_object": torch.tensor([0, 2, -1, -1, 1]),
        "roi_overlap": torch.tensor([0.8, 0.75, 0.0, 0.0, 0.45]),
    }


def output_of(count: int, seed: int = 0) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        "scores": torch.randn(count, 3, generator=generator, requires_grad=True),
        "deltas": torch.randn(count, 12, generator=generator, requires_grad=True),
    }


def frames_of(dataset: Dataset, *indices: int) -> Batch:
    return Collate(dataset.targets)(
        [*map(EvaluationSamples(dataset, indices, None).__getitem__, range(len(indices)))]
    )


def test_refuses_unknown_options() -> None:
    with pytest.raises(ValidationError, match="nms"):
        DetectionConfig.model_validate({"nms": 0.3})


def test_fit_counts_objects_and_normalises_what_it_was_fitted_on() -> None:
    dataset, task = Objects(), fitted()
    samples = [dataset.annotations(index) for index in range(len(dataset))]
    classes = torch.cat([sample["classes"] for sample in samples])
    assert task.counts.tolist() == classes.bincount(minlength=2).tolist()
    assert (task.names, task.outputs) == (NAMES, 3)
    for class_ in range(2):
        deltas = []
        for sample in samples:
            boxes = sample["boxes"].as_subclass(Tensor)
            for roi in torch.cat([boxes, sample["proposals"].as_subclass(Tensor)]):
                overlaps = box_iou(roi[None], boxes)[0] if len(boxes) else torch.zeros(1)
                if overlaps.max() >= 0.5 and sample["classes"][overlaps.argmax()] == class_:
                    deltas.append(encode(roi[None], boxes[overlaps.argmax()][None])[0])
        both = torch.cat([torch.stack(deltas), torch.stack(deltas) * torch.tensor([-1, 1, 1, 1])])
        assert len(deltas) > 20
        torch.testing.assert_close(task.mean[class_], both.mean(dim=0), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(task.std[class_], both.std(dim=0, correction=0), rtol=1e-4, atol=1e-5)


def test_fit_is_the_same_on_mirrored_frames() -> None:
    samples = [Objects().annotations(index) for index in range(10)]
    mirrored = [
        {
            name: tv.horizontal_flip(value) if name in ("boxes", "proposals") else value
            for name, value in one.items()
        }
        for one in samples
    ]
    first, second = fitted(Given(*samples)), fitted(Given(*mirrored))
    torch.testing.assert_close(first.mean, second.mean, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(first.std, second.std, rtol=1e-4, atol=1e-5)


def test_fit_reads_no_picture() -> None:
    sample = Objects().annotations(1)
    assert "image" not in sample
    assert int(fitted(Given(sample)).counts.sum()) == len(sample["boxes"])


def test_state_round_trips() -> None:
    task, restored = fitted(), Detection("det", DetectionConfig())
    restored.load_state(task.state())
    assert (restored.names, restored.outputs) == (NAMES, 3)
    for name, values in task.state().items():
        assert torch.equal(restored.state()[name], values)


NO_OBJECTS: Sample = {
    "boxes": wrapped(torch.zeros(0, 4)),
    "classes": torch.zeros(0, dtype=torch.int64),
    "proposals": wrapped(torch.tensor([[0, 0, 9, 9]])),
}
ONE_BOX = {**NO_OBJECTS, "boxes": wrapped(torch.tensor([[0, 0, 9, 9]]))}


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (Given(boxes=Target("labels")), "task 'det': unknown target of kind 'boxes' 'boxes'"),
        (Given(classes=Target("labels")), "task 'det': unknown target of kind 'object_classes' 'classes'"),
        (Given(classes=Target("object_classes")), "target 'classes' has no classes"),
        (
            Given({"boxes": NO_OBJECTS["boxes"]}),
            "has no proposals; say in the recipe, under proposals:, which",
        ),
        (Given(NO_OBJECTS), "the 1 training frames have no object"),
        (Given(ONE_BOX), "frame '0000': 1 boxes, but 0 classes"),
        (Given({**ONE_BOX, "classes": torch.tensor([2])}), "frame '0000': class 2 is none of the 2 classes"),
    ],
)
def test_fit_names_what_is_wrong_with_the_data(dataset: Dataset, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fitted(dataset)


def test_loss_by_hand() -> None:
    task, batch = plain(), sampled()
    output = {"scores": torch.zeros(5, 3), "deltas": torch.zeros(5, 12)}
    # Smooth L1 of what the cat's RoI (as wide, 8 of 10 high) and the dog's (15 of 20 high) have to learn;
    # the fifth RoI overlaps its object by too little.
    cat = 0.5 * (1 / 8) ** 2 + 0.5 * math.log(10 / 8) ** 2
    dog = 0.5 * (2.5 / 15) ** 2 + 0.5 * math.log(20 / 15) ** 2
    assert task.loss(output, batch).item() == pytest.approx(math.log(3) + (cat + dog) / 5, rel=1e-5)
    task.config = DetectionConfig(box_iou=0.4)
    low = 0.5 * (5.5 / 9) ** 2 + 0.5 * math.log(20 / 9) ** 2
    expected = math.log(3) + (cat + dog + low) / 5
    assert task.loss(output, batch).item() == pytest.approx(expected, rel=1e-5)


def test_loss_agrees_with_torch_and_only_deltas_of_the_true_class_learn() -> None:
    task, batch, output = fitted(), sampled(), output_of(5)
    loss = task.loss(output, batch)
    rois, boxes = batch["rois"][:2, 1:], torch.tensor([[0.0, 0, 10, 10], [5, 5, 25, 25]])
    wanted = (encode(rois, boxes) - task.mean) / task.std
    predicted = torch.stack([output["deltas"][0, 4:8], output["deltas"][1, 8:12]])
    by_torch = F.cross_entropy(output["scores"], torch.tensor([1, 2, 0, 0, 2]))
    torch.testing.assert_close(loss, by_torch + F.smooth_l1_loss(predicted, wanted, reduction="sum") / 5)
    loss.backward()
    learning = output["deltas"].grad.reshape(5, 3, 4).any(dim=2)  # type: ignore[union-attr]
    assert learning.nonzero().tolist() == [[0, 1], [1, 2]]
    assert output["scores"].grad.any(dim=1).all()  # type: ignore[union-attr]


def test_a_network_that_says_what_it_should_has_no_loss() -> None:
    task, batch = fitted(), sampled()
    batch["rois"], batch["roi_object"] = batch["rois"][:2], batch["roi_object"][:2]
    batch["roi_overlap"] = batch["roi_overlap"][:2]
    deltas = torch.zeros(2, 3, 4)
    boxes = torch.cat(batch["boxes"])[[0, 2]]
    deltas[[0, 1], [1, 2]] = (encode(batch["rois"][:, 1:], boxes) - task.mean) / task.std
    scores = 100 * F.one_hot(torch.tensor([1, 2]), 3).float()
    assert task.loss({"scores": scores, "deltas": deltas.flatten(1)}, batch).item() == pytest.approx(
        0, abs=1e-5
    )


@pytest.mark.parametrize("keys", [("boxes", "classes"), ()], ids=["objects", "none"])
def test_loss_without_rois_is_zero_and_connected(keys: tuple[str, ...]) -> None:
    batch = {name: value[:0] for name, value in sampled().items() if name.startswith("roi")}
    batch |= {name: sampled()[name] for name in keys}
    weights = torch.ones(4, 15, requires_grad=True)
    scores, deltas = (torch.zeros(0, 4) @ weights).split([3, 12], dim=1)
    loss = fitted().loss({"scores": scores, "deltas": deltas}, batch)
    loss.backward()
    assert loss.item() == 0
    assert weights.grad is not None
    assert not weights.grad.any()


def test_background_alone_has_no_box_to_learn() -> None:
    output, batch = (
        output_of(2),
        {name: value[2:4] for name, value in sampled().items() if name.startswith("roi")},
    )
    loss = fitted().loss(output, batch)
    torch.testing.assert_close(loss, F.cross_entropy(output["scores"], torch.tensor([0, 0])))
    loss.backward()
    assert not output["deltas"].grad.any()  # type: ignore[union-attr]


def test_networks_are_measured_on_all_proposals_at_the_size_of_the_image() -> None:
    dataset = Objects()
    samples = EvaluationSamples(dataset, [1, 2], ShorterSide(shorter=120, longer=1000))
    batch = Collate(dataset.targets)([samples[0], samples[1]])
    rois = fitted().inputs(batch)["rois"]
    native = torch.cat([dataset.annotations(index)["proposals"].as_subclass(Tensor) for index in (1, 2)])
    assert batch["image_size"] == [(120, 160)] * 2
    torch.testing.assert_close(rois[:, 1:], 2 * native)
    assert rois[:, 0].tolist() == [0] * 40 + [1] * 40


def test_predictions_are_at_the_frames_own_size() -> None:
    task, dataset = fitted(), Objects()
    batch = frames_of(dataset, 1, 2)
    predicted = {}
    for size in (None, (90, 200)):
        samples = EvaluationSamples(dataset, [1, 2], size)
        batch = Collate(dataset.targets)([samples[0], samples[1]])
        predicted[size] = task.predict(output_of(80), batch)
    for one, other in zip(*predicted.values(), strict=True):
        for name in ("boxes", "classes", "scores"):
            assert torch.equal(one[name], other[name])


def test_predict_undoes_what_the_loss_asks_for() -> None:
    task, batch = fitted(), frames_of(Objects(), 1)
    proposals, (box, *_) = batch["proposals"][0], batch["boxes"][0]
    near = box_iou(proposals, box[None])[:, 0] >= 0.5
    wanted = torch.zeros(len(proposals), 3, 4)
    wanted[near, 1] = (encode(proposals[near], box.expand(int(near.sum()), 4)) - task.mean[0]) / task.std[0]
    scores = torch.stack(
        [torch.zeros(len(near)), torch.where(near, 9.0, -9.0), -9 * torch.ones(len(near))], dim=1
    )
    (found,) = task.predict({"scores": scores, "deltas": wanted.flatten(1)}, batch)
    assert found["classes"][0] == 0
    torch.testing.assert_close(found["boxes"][0], box, rtol=0, atol=1e-3)
    torch.testing.assert_close(found["scores"][0], scores[near][0].softmax(dim=0)[1])
    assert (found["scores"] > 0.5).sum() == 1  # the others are suppressed


def test_an_ensemble_averages_probabilities_and_deltas_of_each_proposal() -> None:
    task, batch = fitted(), frames_of(Objects(), 1, 2)
    outputs = [output_of(80, seed) for seed in range(3)]
    mean = torch.stack([output["scores"].softmax(dim=1) for output in outputs]).mean(dim=0)
    deltas = torch.stack([output["deltas"] for output in outputs]).mean(dim=0)
    # The logarithms of probabilities are scores that have them; deltas are normalised alike for all members.
    alone = task.predict({"scores": mean.log(), "deltas": deltas}, batch)
    for together, one in zip(task.predict_ensemble(outputs, batch), alone, strict=True):
        assert torch.equal(together["classes"], one["classes"])
        torch.testing.assert_close(together["scores"], one["scores"])
        torch.testing.assert_close(together["boxes"], one["boxes"], rtol=0, atol=1e-3)


def test_members_that_agree_say_what_each_says() -> None:
    task, batch, output = fitted(), frames_of(Objects(), 1, 2), output_of(80)
    for together, one in zip(
        task.predict_ensemble([output, output], batch), task.predict(output, batch), strict=True
    ):
        assert all(torch.equal(together[name], one[name]) for name in one)


def test_predict_is_the_same_for_any_batch_size() -> None:
    task, dataset, output = fitted(), Objects(), output_of(120)
    counts = [len(dataset.annotations(index)["proposals"]) for index in (0, 1, 2)]
    together = task.predict({k: v[: sum(counts)] for k, v in output.items()}, frames_of(dataset, 0, 1, 2))
    for place, start in enumerate((0, counts[0], counts[0] + counts[1])):
        own = {name: values[start : start + counts[place]] for name, values in output.items()}
        (alone,) = task.predict(own, frames_of(dataset, place))
        for name in alone:
            assert torch.equal(alone[name], together[place][name])


def test_the_constant_scores_every_proposal_by_the_share_of_the_classes() -> None:
    task = fitted(nms_iou=1.0)
    task.counts = torch.tensor([1, 3])
    batch = frames_of(Objects(), 1, 2)
    found = task.constant(batch)[0]
    assert found["scores"].tolist() == [0.75] * 40 + [0.25] * 40
    assert found["classes"].tolist() == [1] * 40 + [0] * 40
    clipped = tv.clamp_bounding_boxes(wrapped(batch["proposals"][0])).as_subclass(Tensor)
    by_class = found["boxes"][:40]
    torch.testing.assert_close(by_class.sort(dim=0).values, clipped.sort(dim=0).values)


def test_frames_without_proposals_have_no_detections() -> None:
    task, batch = fitted(), frames_of(Objects(), 1)
    batch["proposals"] = [torch.zeros(0, 4)]
    assert task.inputs(batch)["rois"].shape == (0, 5)
    for found in (task.predict(output_of(0), batch), task.constant(batch)):
        assert [len(values) for values in found[0].values()] == [0, 0, 0]


def test_draw_names_objects_and_shows_only_sure_detections_or_the_best_three() -> None:
    task, dataset = fitted(), Objects()
    batch, image = frames_of(dataset, 1), dataset[1]["image"]
    assert task.draw(task.truth(batch, 0), image).shape == image.shape
    boxes = torch.tensor([[10.0 * n, 30, 10 * n + 8, 58] for n in range(5)])
    classes = torch.zeros(5, dtype=torch.int64)
    for scores, shown in (([0.9, 0.3, 0.2, 0.1, 0.1], 2), ([0.2] * 5, 3)):
        picture = task.draw({"boxes": boxes, "classes": classes, "scores": torch.tensor(scores)}, image)
        outlined = [tuple(picture[:, 57, 10 * n + 4].tolist()) == distinct_colour(0) for n in range(5)]
        assert outlined == [n < shown for n in range(5)]


class RegionalNet(nn.Module):
    def __init__(self, heads: Mapping[str, int]) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
        self.heads = nn.ModuleDict({name: nn.Linear(8 * 36, count) for name, count in heads.items()})

    def forward(self, image: Tensor, rois: Tensor) -> dict[str, Tensor]:
        pooled = roi_align(self.trunk(image), rois, 6).flatten(1)
        return {name: head(pooled) for name, head in self.heads.items()}


class Regional(Backbone):
    preprocess = Preprocess()
    fingerprint = "regional"

    def __init__(self, config: Any = None) -> None:
        pass

    def dense(self, outputs: int) -> nn.Module:
        raise NotImplementedError

    def regional(self, heads: Mapping[str, int]) -> nn.Module:
        return RegionalNet(heads)


def mini_batch(dataset: Dataset, *indices: int) -> Batch:
    """All proposals and true boxes as RoIs."""
    batch = frames_of(dataset, *indices)
    rois, objects, overlaps, before = [], [], [], 0
    for place, boxes in enumerate(batch["boxes"]):
        candidates = torch.cat([boxes, batch["proposals"][place]])
        overlap, own = F.pad(box_iou(candidates, boxes), (0, 1)).max(dim=1)
        rois.append(F.pad(candidates, (1, 0), value=place))
        objects.append(torch.where(overlap >= 0.5, own + before, -1))
        overlaps.append(overlap)
        before += len(boxes)
    drawn = {"rois": torch.cat(rois), "roi_object": torch.cat(objects), "roi_overlap": torch.cat(overlaps)}
    return {**batch, **drawn}


def test_a_network_learns_to_find_red_cats_and_blue_dogs() -> None:
    torch.manual_seed(0)
    train, test, task = Objects(20), Objects(10, seed=1), fitted(Objects(20))
    network = task.network(Regional())
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for step in range(60):
        batch = mini_batch(train, step % 20, (step + 7) % 20)
        image = Regional.preprocess(batch["image"])
        loss = task.loss(network(image, batch["rois"]), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    predictor = NetworkPredictor(network, {"det": task}, Regional.preprocess, torch.device("cpu"))
    figures = {}
    for name, predict in (("network", predictor), ("constant", constant_predictor)):
        for size in (1, 4):
            figures[name, size] = evaluate(predict, {"det": task}, test, batch=size)["det"].compute()
        assert figures[name, 1] == pytest.approx(figures[name, 4])
    assert figures["network", 1]["map_11"] > 80
    assert figures["constant", 1]["map_11"] < 30
    assert list(figures["network", 1]) == [metric.name for metric in task.metrics_info]

import math
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision import tv_tensors

from stitchkit.data import Dataset, Sample, Target
from stitchkit.errors import InputError
from stitchkit.proposals import Proposals, Proposed, frame_size, recall

SIZE = (40, 60)


class Pictures(Dataset):
    """Black pictures with the given objects; None stands for a frame of which nothing is known."""

    targets: Mapping[str, Target] = {"boxes": Target("boxes")}
    limits = "Pictures are black."
    fingerprint = "pictures"

    def __init__(self, *objects: list[list[float]] | None) -> None:
        self.objects = objects
        self.read: list[int] = []

    def __len__(self) -> int:
        return len(self.objects)

    def __getitem__(self, index: int) -> Sample:
        self.read.append(index)
        image = tv_tensors.Image(torch.zeros(3, *SIZE, dtype=torch.uint8))
        return {"image": image, **self.annotations(index)}

    def annotations(self, index: int) -> Sample:
        objects = self.objects[index]
        if objects is None:
            return {}
        edges = torch.tensor(objects).reshape(-1, 4)
        return {"boxes": tv_tensors.BoundingBoxes(edges, format="XYXY", canvas_size=SIZE)}

    def key(self, index: int) -> str:
        return f"p{index}"

    def group(self, index: int) -> str:
        return "all"


class Given(Proposals):
    limits = "Proposals are given."

    def __init__(self, config: Any) -> None:
        self.edges: list[list[list[float]]] = config
        self.made = False

    @property
    def fingerprint(self) -> str:
        return f"given {self.edges}"

    def make(self, dataset: Dataset) -> None:
        self.made = True

    def boxes(self, dataset: Dataset, index: int) -> Tensor:
        return torch.tensor(self.edges[index], dtype=torch.float32).reshape(-1, 4)


def test_recall_counts_the_objects_that_a_proposal_covers_by_half() -> None:
    objects = [[0, 0, 10, 10], [20, 20, 40, 40]]
    dataset = Pictures([list(map(float, o)) for o in objects], [[0.0, 0.0, 60.0, 40.0]], None, [])
    half, less = [0, 0, 10, 5], [20, 20, 40, 29.9]
    found = recall(Given([[half, less], [], [half], []]), dataset)
    assert (found.objects, found.found, found.frames, found.boxes) == (3, 1, 4, 3)
    assert found.fraction == pytest.approx(1 / 3)
    assert str(found) == "recall 0.333 of 3 objects at IoU 0.5 with 1 boxes a frame in 4 frames"
    assert recall(Given([[half, less], [], [], []]), dataset, overlap=0.4).found == 2


def test_recall_without_objects_is_not_a_number() -> None:
    assert math.isnan(recall(Given([[]]), Pictures([])).fraction)
    assert math.isnan(recall(Given([]), Pictures()).fraction)


def test_recall_reads_no_picture() -> None:
    dataset = Pictures([[0.0, 0.0, 10.0, 10.0]])
    assert recall(Given([[[0, 0, 10, 10]]]), dataset).found == 1
    assert dataset.read == []


def test_prepare_makes_the_boxes_and_says_the_recall(capsys: pytest.CaptureFixture[str]) -> None:
    proposals = Given([[[0, 0, 10, 10]]])
    proposals.prepare(Pictures([[0.0, 0.0, 10.0, 10.0]]))
    assert proposals.made
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors == "proposals: recall 1.000 of 1 objects at IoU 0.5 with 1 boxes a frame in 1 frames\n"
    proposals.prepare(Pictures([]))
    assert capsys.readouterr().err == ""


def test_proposed_adds_boxes_and_changes_nothing_else() -> None:
    dataset = Pictures([[0.0, 0.0, 10.0, 10.0]], [])
    edges: list[list[list[float]]] = [[[0, 0, 60, 40], [1, 2, 3, 4]], []]
    proposed = Proposed(dataset, Given(edges))
    assert len(proposed) == 2
    assert proposed.key(1) == "p1"
    assert proposed.group(1) == "all"
    assert proposed.targets == dataset.targets
    assert proposed.limits == "Pictures are black. Proposals are given."
    for index, rows in enumerate(edges):
        sample, plain = proposed[index], dataset[index]
        boxes = sample.pop("proposals")
        assert isinstance(boxes, tv_tensors.BoundingBoxes)
        assert (boxes.format.value, boxes.canvas_size, boxes.dtype) == ("XYXY", SIZE, torch.float32)
        assert boxes.shape == (len(rows), 4)
        assert boxes.tolist() == rows
        assert sample.keys() == plain.keys()
        assert all(torch.equal(sample[name], plain[name]) for name in plain)


def test_annotations_have_the_same_boxes_and_read_no_picture() -> None:
    dataset = Pictures([[0.0, 0.0, 10.0, 10.0]])
    proposed = Proposed(dataset, Given([[[1, 2, 3, 4]]]))
    annotations = proposed.annotations(0)
    assert dataset.read == []
    assert set(annotations) == {"boxes", "proposals"}
    assert torch.equal(annotations["proposals"], proposed[0]["proposals"])
    assert annotations["proposals"].canvas_size == SIZE


def test_the_fingerprint_is_of_both() -> None:
    first = Proposed(Pictures([]), Given([[]])).fingerprint
    assert Proposed(Pictures([]), Given([[]])).fingerprint == first
    assert Proposed(Pictures([]), Given([[[0, 0, 1, 1]]])).fingerprint != first
    other = Pictures([])
    other.fingerprint = "others"
    assert Proposed(other, Given([[]])).fingerprint != first


@pytest.mark.parametrize(
    "wrong", [[-1, 0, 5, 5], [0, 0, 61, 5], [0, 0, 5, 41], [5, 0, 5, 5], [0, 6, 5, 5], [math.nan, 0, 5, 5]]
)
def test_a_box_that_does_not_lie_inside_the_frame_is_refused(wrong: list[float]) -> None:
    proposed = Proposed(Pictures([]), Given([[[0, 0, 60, 40], wrong]]))
    with pytest.raises(InputError, match=r"proposals of frame p0: .*40 x 60") as error:
        proposed[0]
    assert "\n" not in str(error.value)


def test_a_frame_tells_its_size_with_and_without_boxes() -> None:
    dataset = Pictures([], None)
    assert frame_size(dataset, 0) == SIZE
    assert dataset.read == []
    assert frame_size(dataset, 1) == SIZE
    assert dataset.read == [1]

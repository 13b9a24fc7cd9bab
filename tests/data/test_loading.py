import itertools

import pytest
import torch
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from toys import Squares

from stitchkit.data import (
    Collate,
    CollateAlike,
    Draw,
    Draws,
    EvaluationSamples,
    Normals,
    Target,
    TrainingFrames,
    TrainingSamples,
    augmentation,
    batches,
)
from stitchkit.data.loading import _resized
from stitchkit.errors import InputError
from stitchkit.sizes import ShorterSide


def take(draws, count):
    return list(itertools.islice(iter(draws), count))


def test_each_epoch_draws_every_frame_once_in_an_order_of_its_own():
    drawn = [draw.frame for draw in take(Draws(range(10, 17), seed=1), 21)]
    epochs = [drawn[:7], drawn[7:14], drawn[14:]]
    assert all(sorted(epoch) == list(range(10, 17)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_draws_go_on_where_they_stopped():
    whole = take(Draws(range(5), seed=2), 18)
    assert take(Draws(range(5), seed=2, start=7), 11) == whole[7:]
    assert [draw.number for draw in whole] == list(range(18))


def test_seeds_differ():
    assert take(Draws(range(20), seed=0), 20) != take(Draws(range(20), seed=1), 20)


def test_augmentation_depends_on_the_draw_alone():
    frames = TrainingFrames(Squares(), ["depth"], size=(4, 6))
    samples = TrainingSamples(frames, augment=augmentation(mirror=0.5, colour=(0.5, 1.5)), seed=7)
    torch.manual_seed(1)
    first = samples[Draw(3, 11)]
    torch.rand(5)
    state = torch.get_rng_state()
    again, other = samples[Draw(3, 11)], samples[Draw(3, 12)]
    assert torch.equal(first["image"], again["image"])
    assert not torch.equal(first["image"], other["image"])
    assert first["key"] == "003"
    assert torch.equal(torch.get_rng_state(), state)


class Counted(Squares):
    reads = 0

    def __getitem__(self, index):
        self.reads += 1
        return super().__getitem__(index)


@pytest.mark.parametrize(("cache", "reads"), [(True, 1), (False, 3)])
def test_frames_are_resized_and_read_once_if_they_are_kept(cache, reads):
    counted = Counted()
    frames = TrainingFrames(counted, ["depth"], size=(4, 6), cache=cache)
    shapes = [{name: tuple(value.shape) for name, value in frames[1].items()} for _ in range(3)]
    assert shapes == 3 * [{"image": (3, 4, 6), "depth": (4, 6)}]
    assert counted.reads == reads


@pytest.mark.parametrize(("cache", "reads"), [(True, 2), (False, 2)])
def test_frames_can_be_read_before_they_are_asked_for(cache, reads):
    counted = Counted()
    frames = TrainingFrames(counted, ["depth"], size=(4, 6), cache=cache)
    frames.fill([1, 4])
    frames.fill([4, 1])
    assert counted.reads == (2 if cache else 0)
    assert [frames[index]["depth"].mean().item() for index in (1, 4)] == pytest.approx([1.5 / 12, 4.5 / 12])
    assert counted.reads == reads


def test_maps_that_no_task_reads_are_left_out():
    assert list(TrainingFrames(Squares(), [])[0]) == ["image"]


def test_evaluation_resizes_the_image_and_leaves_the_maps():
    sample = EvaluationSamples(Squares(), [2, 5], size=(4, 4))[1]
    assert sample["image"].shape == (3, 4, 4)
    assert sample["depth"].shape == (8, 10)
    assert sample["key"] == "005"


def test_a_missing_map_becomes_void():
    squares = Squares()
    samples = [{**squares[0], "key": "a"}, {"image": squares[1]["image"], "key": "b"}]
    batch = Collate(squares.targets)(samples)
    assert batch["depth"].shape == (2, 8, 10)
    assert (batch["depth"][1] == 0).all()
    assert batch["key"] == ["a", "b"]


def test_smaller_pictures_are_padded_at_the_right_and_the_bottom():
    small = {"image": torch.ones(3, 4, 5), "key": "a"}
    large = {"image": torch.ones(3, 6, 4), "key": "b"}
    batch = Collate({})([small, large])
    assert batch["image"].shape == (2, 3, 6, 5)
    assert batch["image"].sum((1, 2, 3)).tolist() == [60, 72]
    assert (batch["image"][0, :, :4, :5] == 1).all()
    assert batch["image_size"] == [(4, 5), (6, 4)]


def test_maps_of_different_sizes_are_one_clear_error():
    samples = [
        {"image": torch.zeros(3, *size), "depth": torch.zeros(size), "key": "a"} for size in ((4, 4), (6, 4))
    ]
    with pytest.raises(
        InputError, match=r"depth of one batch differ in size \(4x4, 6x4\); set training.size"
    ):
        Collate(Squares().targets)(samples)


def boxes(*rows):
    return tv_tensors.BoundingBoxes(
        torch.tensor(rows, dtype=torch.float32).reshape(-1, 4), format="XYXY", canvas_size=(8, 10)
    )


OBJECTS = {"boxes": Target("boxes"), "classes": Target("object_classes", classes=("cat", "dog"))}


def test_what_is_told_of_objects_is_a_list_with_nothing_where_a_sample_lacks_it():
    image = tv_tensors.Image(torch.zeros(3, 8, 10, dtype=torch.uint8))
    full = {
        "image": image,
        "boxes": boxes((1, 2, 3, 4), (0, 0, 10, 8)),
        "classes": torch.tensor([1, 0]),
        "proposals": boxes((5, 5, 6, 6)),
        "key": "a",
    }
    batch = Collate(OBJECTS)([full, {"image": image, "key": "b"}])
    assert [tuple(each.shape) for each in batch["boxes"]] == [(2, 4), (0, 4)]
    assert [each.tolist() for each in batch["classes"]] == [[1, 0], []]
    assert [len(each) for each in batch["proposals"]] == [1, 0]
    assert type(batch["boxes"][0]) is torch.Tensor


class Cats(Squares):
    """A box of the lower right quarter in each frame."""

    targets = OBJECTS

    def __getitem__(self, index):
        return {
            "image": super().__getitem__(index)["image"],
            "boxes": boxes((5, 4, 10, 8)),
            "classes": torch.tensor([0]),
        }


def test_boxes_are_resized_and_mirrored_with_the_image():
    frames = TrainingFrames(Cats(), ["boxes", "classes"], size=(16, 30))
    samples = TrainingSamples(frames, augment=augmentation(mirror=1.0, colour=None), seed=0)
    sample = samples[Draw(0, 0)]
    assert sample["image"].shape == (3, 16, 30)
    assert sample["boxes"].tolist() == [[0, 8, 15, 16]]
    assert sample["classes"].tolist() == [0]


def test_measuring_leaves_boxes_and_tells_the_frames_own_size():
    batch = Collate(OBJECTS)([EvaluationSamples(Cats(), [3], size=(16, 30))[0]])
    assert batch["boxes"][0].tolist() == [[5, 4, 10, 8]]
    assert (batch["native_size"], batch["image_size"]) == ([(8, 10)], [(16, 30)])


@pytest.mark.parametrize(("shorter", "longer", "size"), [(16, 99, (16, 20)), (16, 18, (14, 18))])
def test_the_shorter_side_is_given_within_a_limit_of_the_longer(shorter, longer, size):
    rule = ShorterSide(shorter=shorter, longer=longer)
    frames = TrainingFrames(Squares(), ["depth"], size=rule)
    assert {tuple(value.shape[-2:]) for value in frames[0].values()} == {size}
    assert EvaluationSamples(Squares(), [0], rule)[0]["image"].shape[-2:] == size
    normals = Normals(torch.ones(3, 8, 10))
    assert _resized("normals", normals, rule).shape[-2:] == size


def test_annotations_are_a_sample_without_its_image():
    assert list(Cats().annotations(0)) == ["boxes", "classes"]


def test_frames_of_unlike_sizes_are_measured_apart():
    sizes = [(4, 4), (4, 4), (6, 4), (4, 4)]
    samples = [
        {"image": torch.zeros(3, *size), "native_size": size, "key": f"{i}"} for i, size in enumerate(sizes)
    ]
    together = CollateAlike({})(samples)
    assert [batch["key"] for batch in together] == [["0", "1"], ["2"], ["3"]]
    assert [tuple(batch["image"].shape) for batch in together] == [(2, 3, 4, 4), (1, 3, 6, 4), (1, 3, 4, 4)]


class Torn(Squares):
    def __getitem__(self, index):
        if index == 3:
            raise InputError("frames/0003.jpg is truncated; fetch it again")
        return super().__getitem__(index)


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_in_a_worker_process_keeps_its_own_words(workers):
    loader = DataLoader(
        EvaluationSamples(Torn(), range(5), None),
        batch_size=2,
        num_workers=workers,
        collate_fn=Collate(Torn.targets),
    )
    with pytest.raises(InputError, match=r"^frames/0003\.jpg is truncated; fetch it again$"):
        list(batches(loader))

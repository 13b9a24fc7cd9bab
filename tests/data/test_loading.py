import itertools

import pytest
import torch
from torch.utils.data import DataLoader
from toys import Squares

from stitchkit.data import (
    Collate,
    Draw,
    Draws,
    EvaluationSamples,
    TrainingFrames,
    TrainingSamples,
    augmentation,
    batches,
)
from stitchkit.errors import InputError


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


def test_pictures_of_different_sizes_are_one_clear_error():
    small = {"image": torch.zeros(3, 4, 4), "key": "a"}
    large = {"image": torch.zeros(3, 6, 4), "key": "b"}
    with pytest.raises(
        InputError, match=r"image of one batch differ in size \(4x4, 6x4\); set training.size"
    ):
        Collate({})([small, large])


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

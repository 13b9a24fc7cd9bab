import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from stitchkit_normals import SurfaceNormals, SurfaceNormalsConfig
from stitchkit_normals.codebook import nearest_word
from stitchkit_normals.sampling import sample_normals
from torch import Tensor
from torchvision.transforms import v2
from toys import frames

from stitchkit.data import Dataset, Normals
from stitchkit.errors import InputError
from stitchkit.plugins import find
from stitchkit.tasks import Batch


def task_of(**options: object) -> SurfaceNormals:
    return SurfaceNormals("normals", SurfaceNormalsConfig.model_validate(options))


@pytest.fixture
def train(frames: Callable[..., Dataset], random_normals: Callable[..., Tensor]) -> Dataset:
    return frames([*random_normals(6, seed=0, size=(20, 30)), None])


@pytest.fixture
def task(train: Dataset) -> SurfaceNormals:
    task = task_of()
    task.fit(train, seed=0)
    return task


def test_is_announced_and_checks_its_options() -> None:
    assert find("tasks", "normals") is SurfaceNormals
    for wrong in {"codebook": 3}, {"decode": "hard"}, {"words": 20}:
        with pytest.raises(ValidationError):
            SurfaceNormalsConfig.model_validate(wrong)


def test_fit_learns_words_triangles_and_mean(task: SurfaceNormals, train: Dataset) -> None:
    assert task.outputs == 20
    state = task.state()
    assert {name: (x.dtype, tuple(x.shape)) for name, x in state.items()} == {
        "codebook": (torch.float32, (20, 3)),
        "triangles": (torch.int64, (36, 3)),
        "mean": (torch.float32, (3,)),
    }
    torch.testing.assert_close(state["codebook"].norm(dim=1), torch.ones(20))
    mean = sum(torch.as_tensor(train[i]["normals"]).sum(dim=(1, 2)) for i in range(6))
    torch.testing.assert_close(state["mean"], F.normalize(torch.as_tensor(mean), dim=0))
    again = task_of()
    again.fit(train, seed=0)
    assert all(torch.equal(state[name], again.state()[name]) for name in state)


def test_state_round_trips(task: SurfaceNormals) -> None:
    restored, scores = task_of(), torch.randn(1, 20, 4, 5)
    restored.load_state(task.state())
    assert torch.equal(
        restored.predict(scores, frames(len(scores), (8, 9))),
        task.predict(scores, frames(len(scores), (8, 9))),
    )
    assert torch.equal(restored.constant(frames(1, (2, 2))), task.constant(frames(1, (2, 2))))


def test_sample_is_spread_over_the_frames_and_seeded(
    frames: Callable[..., Dataset], random_normals: Callable[..., Tensor]
) -> None:
    normals = random_normals(4, seed=1, size=(20, 30))
    normals[1] = 0
    normals[2, :, 1:] = 0
    drawn, _ = sample_normals(frames([*normals]), "normals", 400, seed=0)
    few = int(normals[2].any(dim=0).sum())
    assert drawn.shape == (100 + 0 + few + 100, 3)
    assert len(np.unique(drawn, axis=0)) == len(drawn)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1)
    np.testing.assert_array_equal(drawn, sample_normals(frames([*normals]), "normals", 400, seed=0)[0])
    assert not np.array_equal(drawn, sample_normals(frames([*normals]), "normals", 400, seed=1)[0])


def test_fit_names_what_is_wrong_with_the_data(frames: Callable[..., Dataset]) -> None:
    with pytest.raises(InputError, match="task 'normals': unknown target of kind 'normals'"):
        task_of().fit(frames([], kind="depth"), seed=0)
    floor = torch.tensor([0.0, -1.0, 0.0])[:, None, None].repeat(1, 4, 4)
    with pytest.raises(InputError, match=r"task 'normals', target .* 20 words .* there are 1;"):
        task_of().fit(frames([floor]), seed=0)
    with pytest.raises(InputError, match="there are 0"):
        task_of().fit(frames([floor * 0]), seed=0)


def test_loss_is_cross_entropy_with_the_nearest_word(
    task: SurfaceNormals, random_normals: Callable[..., Tensor]
) -> None:
    normals, scores = random_normals(3, seed=2), torch.randn(3, 20, 6, 8)
    valid = normals.norm(dim=1) > 0
    labels = torch.cdist(normals.movedim(1, -1)[valid], task.words).argmin(dim=1)
    expected = F.cross_entropy(scores.movedim(1, -1)[valid], labels)
    torch.testing.assert_close(task.loss(scores, {"normals": normals}), expected)


def test_loss_by_hand(task: SurfaceNormals) -> None:
    normals = task.words[[4, 7]].T[None, :, None]  # two pixels, exactly on words 4 and 7
    scores = torch.zeros(1, 20, 1, 2)
    scores[0, 4, 0, 0] = math.log(19)  # probability 1/2
    loss = task.loss(scores, {"normals": normals})
    assert loss.item() == pytest.approx((math.log(2) + math.log(20)) / 2)


def test_loss_brings_small_scores_to_the_size_of_the_normals(
    task: SurfaceNormals, random_normals: Callable[..., Tensor]
) -> None:
    batch, scores = {"normals": random_normals(2, seed=3)}, torch.randn(2, 20, 3, 4)
    upsampled = F.interpolate(scores, size=(6, 8), mode="bilinear")
    torch.testing.assert_close(task.loss(scores, batch), task.loss(upsampled, batch))


@pytest.mark.parametrize("batch", [{}, {"normals": torch.zeros(2, 3, 6, 8)}], ids=["missing", "void"])
def test_loss_without_ground_truth_is_zero_and_connected(task: SurfaceNormals, batch: Batch) -> None:
    scores = torch.randn(2, 20, 6, 8, requires_grad=True)
    loss = task.loss(scores, batch)
    loss.backward()
    assert loss.item() == 0
    assert scores.grad is not None
    assert not scores.grad.any()


def test_mirroring_negates_x_and_finds_the_words_anew(
    task: SurfaceNormals, random_normals: Callable[..., Tensor]
) -> None:
    normals = random_normals(1, seed=4, size=(40, 50))[0]
    mirrored = torch.stack([-normals[0], normals[1], normals[2]]).flip(-1)
    flipped = v2.RandomHorizontalFlip(p=1)(Normals(normals))
    scores = torch.randn(1, 20, 40, 50)
    assert torch.equal(flipped.as_subclass(Tensor), mirrored)
    assert torch.equal(
        task.loss(scores, {"normals": flipped[None]}), task.loss(scores, {"normals": mirrored[None]})
    )
    # No exchange of words does the same: pixels of one word fall to several words after mirroring.
    before, after = (nearest_word(x[None], task.words)[0] for x in (normals, mirrored.flip(-1)))
    assert any(len(after[before == word].unique()) > 1 for word in range(20))


@pytest.mark.parametrize("decode", ["triangle", "soft"])
def test_predictions_are_unit_normals_of_the_size_asked_for(decode: str, task: SurfaceNormals) -> None:
    other = task_of(decode=decode)
    other.load_state(task.state())
    scores = 3 * torch.randn(4, 20, 5, 6)
    normals = other.predict(scores, frames(len(scores), (17, 23)))
    assert (normals.shape, normals.dtype) == ((4, 3, 17, 23), torch.float32)
    torch.testing.assert_close(normals.norm(dim=1), torch.ones(4, 17, 23))
    assert torch.equal(normals, torch.cat([other.predict(one[None], frames(1, (17, 23))) for one in scores]))


@pytest.mark.parametrize("decode", ["triangle", "soft"])
def test_an_ensemble_decodes_the_mean_of_the_probabilities(decode: str, task: SurfaceNormals) -> None:
    other = task_of(decode=decode)
    other.load_state(task.state())
    outputs = [3 * torch.randn(2, 20, 5, 6) for _ in range(3)]
    resized = [F.interpolate(output, size=(11, 13), mode="bilinear") for output in outputs]
    mean = torch.stack([scores.softmax(dim=1) for scores in resized]).mean(dim=0)
    together = other.predict_ensemble(outputs, frames(2, (11, 13)))
    # The logarithms of probabilities are scores that have them.
    torch.testing.assert_close(together, other.predict(mean.log(), frames(2, (11, 13))))
    twice = other.predict_ensemble([outputs[0]] * 2, frames(2, (11, 13)))
    assert torch.equal(twice, other.predict(outputs[0], frames(2, (11, 13))))


@pytest.mark.parametrize("decode", ["triangle", "soft"])
def test_a_certain_word_is_predicted_as_it_is(decode: str, task: SurfaceNormals) -> None:
    other = task_of(decode=decode)
    other.load_state(task.state())
    scores = 100 * torch.eye(20)[None, :, :, None]  # pixel i is certain of word i
    torch.testing.assert_close(other.predict(scores, frames(len(scores), (20, 1)))[0, :, :, 0].T, task.words)


def test_constant_is_the_mean_normal(task: SurfaceNormals) -> None:
    constant = task.constant(frames(2, (3, 4)))
    assert (constant.shape, constant.dtype) == ((2, 3, 3, 4), torch.float32)
    torch.testing.assert_close(constant[1, :, 2, 3], task.mean)
    assert task.mean[2] < -0.9  # the training normals spread evenly around the direction of the camera


@pytest.mark.parametrize("manhattan", [True, False])
def test_metrics_info_names_what_is_computed(manhattan: bool) -> None:
    task = task_of(manhattan=manhattan)
    assert [m.name for m in task.metrics_info] == list(task.metrics().compute())
    assert [m.label for m in task.metrics_info[:6]] == ["mean", "median", "rmse", "<11.25°", "<22.5°", "<30°"]
    assert [m.higher_is_better for m in task.metrics_info[:6]] == [False] * 3 + [True] * 3


def test_draw_shows_floors_green_and_facing_walls_blue() -> None:
    floor, wall, void = (0.0, -1.0, 0.0), (0.0, 0.0, -1.0), (0.0, 0.0, 0.0)
    picture = task_of().draw(Normals(torch.tensor([floor, wall, void]).T[:, None]), torch.zeros(3, 1, 3))
    assert type(picture) is Tensor
    assert (picture.dtype, picture.shape) == (torch.uint8, (3, 1, 3))
    assert picture[:, 0].T.tolist() == [[128, 255, 128], [128, 128, 255], [0, 0, 0]]

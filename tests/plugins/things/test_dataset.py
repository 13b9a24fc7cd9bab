from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from stitchkit_things import Things, ThingsConfig
from stitchkit_things.__main__ import main, sheet
from stitchkit_things.vocabulary import ATTRIBUTES, KINDS
from torchvision import tv_tensors

from stitchkit.plugins import find


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> ThingsConfig:
    return ThingsConfig(
        train=4, test=2, size=(40, 56), seed=2, root=tmp_path_factory.mktemp("things"), processes=1
    )


def test_things_are_found_by_name() -> None:
    assert find("datasets", "things") is Things


def test_samples_hold_image_boxes_classes_attributes_and_flags(config: ThingsConfig) -> None:
    train = Things(config, "train")
    assert len(train) == 4
    for index in range(4):
        sample = train[index]
        objects = len(sample["classes"])
        assert 1 <= objects <= 6
        assert isinstance(sample["image"], tv_tensors.Image)
        assert sample["image"].shape == (3, 40, 56)
        assert sample["image"].dtype == torch.uint8
        boxes = sample["boxes"]
        assert isinstance(boxes, tv_tensors.BoundingBoxes)
        assert (boxes.canvas_size, boxes.dtype, boxes.shape) == ((40, 56), torch.float32, (objects, 4))
        assert sample["attributes"].shape == (objects, 64)
        assert sample["attributes"].dtype == torch.uint8
        assert sample["difficult"].shape == (objects,)


def test_targets_say_that_nothing_here_is_published_ground_truth(config: ThingsConfig) -> None:
    train = Things(config, "train")
    assert {name: target.kind for name, target in train.targets.items()} == {
        "boxes": "boxes",
        "classes": "object_classes",
        "attributes": "object_attributes",
        "difficult": "object_flags",
    }
    assert train.targets["classes"].classes == KINDS
    assert train.targets["attributes"].classes == ATTRIBUTES
    assert not any(target.published for target in train.targets.values())
    assert all(target.source.startswith("drawn") for target in train.targets.values())
    assert "not photographs" in train.limits


def test_the_fingerprint_tells_content_apart(config: ThingsConfig, tmp_path: Path) -> None:
    train, test = Things(config, "train"), Things(config, "test")
    again = Things(config.model_copy(update={"root": tmp_path}), "train")
    other = Things(config.model_copy(update={"root": tmp_path, "seed": 3}), "train")
    assert again.fingerprint == train.fingerprint
    assert len({train.fingerprint, test.fingerprint, other.fingerprint}) == 3


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STITCHKIT_CACHE", str(tmp_path))
    assert ThingsConfig().folder == tmp_path / "things"
    monkeypatch.delenv("STITCHKIT_CACHE")
    assert ThingsConfig().folder.parts[-2:] == ("stitchkit", "things")


def test_drawing_is_announced_in_one_line_and_the_cache_is_silent(
    config: ThingsConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = config.model_copy(update={"root": tmp_path, "train": 1, "test": 1})
    Things(fresh, "train")
    assert len(capsys.readouterr().err.splitlines()) == 1
    Things(fresh, "test")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("wrong", [{"size": (8, 8)}, {"train": 0}, {"frames": 3}, {"seed": -1}])
def test_wrong_options_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        ThingsConfig.model_validate(wrong)


def test_the_sheet_shows_pictures_with_their_boxes(taken: list, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = [each.picture for each in taken[:8]]
    height, width, _ = pictures[0].image.shape
    assert sheet(pictures).shape == (2 * 2 * height, 4 * 2 * width, 3)
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.slow
def test_the_default_has_every_kind_and_a_long_tail_of_attributes_in_both_splits(tmp_path: Path) -> None:
    config = ThingsConfig(root=tmp_path)
    for data in (Things(config, "train"), Things(config, "test")):
        samples = [data.annotations(index) for index in range(len(data))]
        kinds = torch.cat([sample["classes"] for sample in samples]).bincount(minlength=20)
        flags = torch.cat([sample["attributes"] for sample in samples]).numpy()
        shares = np.sort(flags.mean(axis=0))
        assert int(kinds.min()) >= 5
        assert KINDS[int(kinds.argmax())] == "person"
        assert flags.sum(axis=0).min() >= 3
        assert shares[0] < 0.02
        assert shares[12] < 0.035
        assert shares[-1] > 0.4
        assert 6 < flags.sum(axis=1).mean() < 11
        difficult = torch.cat([sample["difficult"] for sample in samples]).float().mean()
        assert 0.01 < float(difficult) < 0.1

from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from stitchkit_rooms import Rooms, RoomsConfig
from stitchkit_rooms.__main__ import main, sheet
from stitchkit_rooms.classes import CLASSES, STRUCTURE
from stitchkit_rooms.render import Frame

from stitchkit.data import VOID, Labels
from stitchkit.plugins import find


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> RoomsConfig:
    return RoomsConfig(
        train=6, test=5, size=(20, 28), seed=2, root=tmp_path_factory.mktemp("rooms"), processes=1
    )


def test_rooms_are_found_by_name() -> None:
    assert find("datasets", "rooms") is Rooms


def test_samples_hold_image_labels_normals_and_depth(config: RoomsConfig) -> None:
    train = Rooms(config, "train")
    assert len(train) == 6
    sample = train[5]
    assert sample["image"].shape == (3, 20, 28)
    assert sample["image"].dtype == torch.uint8
    labels = sample["labels"]
    assert labels.shape == (20, 28)
    assert bool(((labels < 40) | (labels == VOID)).all())
    length = sample["normals"].as_subclass(torch.Tensor).norm(dim=0)
    torch.testing.assert_close(length, torch.ones(20, 28), atol=1e-3, rtol=0)
    assert float(sample["depth"].min()) > 0


def test_targets_say_that_nothing_here_is_published_ground_truth(config: RoomsConfig) -> None:
    train = Rooms(config, "train")
    assert set(train.targets) == {"labels", "normals", "depth", "structure"}
    assert train.targets["labels"].classes == CLASSES
    assert not any(target.published for target in train.targets.values())
    assert all(target.source.startswith("rendered") for target in train.targets.values())
    assert "not photographs" in train.limits


def test_every_class_has_one_structural_class() -> None:
    assert sorted(name for names in STRUCTURE.values() for name in names) == sorted(CLASSES)


def test_structure_is_the_labels_in_four_classes(config: RoomsConfig) -> None:
    train = Rooms(config, "train")
    assert train.targets["structure"].classes == ("ground", "structure", "furniture", "props")
    sample = train[0]
    labels, structure = (sample[name].as_subclass(torch.Tensor) for name in ("labels", "structure"))
    assert isinstance(sample["structure"], Labels)
    assert torch.equal(structure == VOID, labels == VOID)
    for name, number in (("floor", 0), ("wall", 1), ("ceiling", 1)):
        assert bool((structure[labels == CLASSES.index(name)] == number).all())
    assert len(structure.unique()) > 2


def test_no_room_is_in_both_splits(config: RoomsConfig) -> None:
    train, test = Rooms(config, "train"), Rooms(config, "test")
    groups = [{split.group(i) for i in range(len(split))} for split in (train, test)]
    assert [len(g) for g in groups] == [2, 2]
    assert not groups[0] & groups[1]


def test_the_fingerprint_tells_content_apart(config: RoomsConfig, tmp_path: Path) -> None:
    train, test = Rooms(config, "train"), Rooms(config, "test")
    again = Rooms(config.model_copy(update={"root": tmp_path}), "train")
    other = Rooms(config.model_copy(update={"root": tmp_path, "seed": 3}), "train")
    assert again.fingerprint == train.fingerprint
    assert len({train.fingerprint, test.fingerprint, other.fingerprint}) == 3


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STITCHKIT_CACHE", str(tmp_path))
    assert RoomsConfig().folder == tmp_path / "rooms"
    monkeypatch.delenv("STITCHKIT_CACHE")
    assert RoomsConfig().folder.parts[-2:] == ("stitchkit", "rooms")


def test_rendering_is_announced_in_one_line_and_the_cache_is_silent(
    config: RoomsConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = config.model_copy(update={"root": tmp_path, "train": 1, "test": 1})
    Rooms(fresh, "train")
    assert len(capsys.readouterr().err.splitlines()) == 1
    Rooms(fresh, "test")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("wrong", [{"size": (8, 8)}, {"train": 0}, {"frames": 3}, {"seed": -1}])
def test_wrong_options_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        RoomsConfig.model_validate(wrong)


def test_the_picture_shows_image_labels_and_normals(shots: list, capsys: pytest.CaptureFixture[str]) -> None:
    frames: list[Frame] = [shot.frame for shot in shots[:8]]
    height, width = frames[0].labels.shape
    assert sheet(frames).shape == (4 * height, 6 * width, 3)
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err

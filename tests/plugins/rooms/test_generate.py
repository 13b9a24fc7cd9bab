from pathlib import Path

import pytest
from stitchkit_rooms.generate import generate
from stitchkit_rooms.render import Frame
from stitchkit_rooms.visit import VIEWS, Order, Visit

SMALL = Order(train=6, test=2, size=(16, 24), seed=1)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_frames_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    alone = generate(SMALL, tmp_path / "alone", processes=1)
    together = generate(SMALL, tmp_path / "together", processes=2)
    assert contents(alone) == contents(together)
    assert [p.name for p in (tmp_path / "together").iterdir()] == [SMALL.folder]


def test_rooms_are_split_by_place_and_test_rooms_do_not_depend_on_training(tmp_path: Path) -> None:
    few, many = Order(3, 5, (16, 24), 0).rooms(), Order(9, 5, (16, 24), 0).rooms()
    assert [visit.seed for visit in few[-2:]] == [visit.seed for visit in many[-2:]]
    assert len({visit.seed for visit in many}) == len(many)
    numbers = [v.first + k for v in many for k in range(v.views)]
    assert numbers == list(range(1, 15))
    assert max(visit.views for visit in many) == VIEWS


def test_an_interruption_leaves_nothing_and_a_second_try_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Visit.frames

    def frames(visit: Visit) -> list[tuple[int, Frame]]:
        if visit.room == 1:
            raise KeyboardInterrupt
        return whole(visit)

    with monkeypatch.context() as patch:
        patch.setattr(Visit, "frames", frames)
        with pytest.raises(KeyboardInterrupt):
            generate(SMALL, tmp_path, processes=1)
    assert list(tmp_path.iterdir()) == []
    assert (generate(SMALL, tmp_path, processes=1) / "dataset.json").is_file()

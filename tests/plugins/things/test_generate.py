from pathlib import Path

import pytest
from stitchkit_things.generate import generate
from stitchkit_things.order import Order, Shot
from stitchkit_things.render import Picture

SMALL = Order(train=4, test=2, size=(32, 40), seed=1)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_pictures_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    alone = generate(SMALL, tmp_path / "alone", processes=1)
    together = generate(SMALL, tmp_path / "together", processes=2)
    assert contents(alone) == contents(together)
    assert len(contents(alone)) == 2 * 6 + 6
    assert [p.name for p in (tmp_path / "together").iterdir()] == [SMALL.folder]


def test_test_pictures_do_not_depend_on_training() -> None:
    few, many = Order(3, 5, (32, 40), 0).shots(), Order(9, 5, (32, 40), 0).shots()
    assert [shot.seed for shot in few[-5:]] == [shot.seed for shot in many[-5:]]
    assert len({shot.seed for shot in many}) == len(many)
    assert [shot.name for shot in many] == [f"{number:06d}" for number in range(1, 15)]


def test_orders_of_different_content_go_to_different_folders() -> None:
    orders = [SMALL, *(Order(*args) for args in ((5, 2, (32, 40), 1), (4, 3, (32, 40), 1)))]
    orders += [Order(4, 2, (40, 32), 1), Order(4, 2, (32, 40), 2)]
    assert len({order.folder for order in orders}) == len(orders)


def test_an_interruption_leaves_nothing_and_a_second_try_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Shot.take

    def take(shot: Shot) -> Picture:
        if shot.name == "000004":
            raise KeyboardInterrupt
        return whole(shot)

    with monkeypatch.context() as patch:
        patch.setattr(Shot, "take", take)
        with pytest.raises(KeyboardInterrupt):
            generate(SMALL, tmp_path, processes=1)
    assert list(tmp_path.iterdir()) == []
    assert (generate(SMALL, tmp_path, processes=1) / "JPEGImages" / "000006.jpg").is_file()

import os
from pathlib import Path

import pytest

from stitchkit.cache import cache_folder, made_once
from stitchkit.errors import InputError


def fill(folder: Path) -> None:
    folder.mkdir()
    (folder / "a.txt").write_text("a")


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    calls: list[Path] = []

    def make(folder: Path) -> None:
        calls.append(folder)
        fill(folder)

    for _ in range(2):
        assert made_once(tmp_path / "deep" / "made", make) == tmp_path / "deep" / "made"
    assert (tmp_path / "deep" / "made" / "a.txt").read_text() == "a"
    assert len(calls) == 1
    assert calls[0] != tmp_path / "deep" / "made"
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "made"]


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_once(tmp_path / "made", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_the_slower_of_two_processes_takes_what_the_faster_one_made(tmp_path: Path) -> None:
    def overtaken(folder: Path) -> None:
        fill(folder)
        fill(tmp_path / "made")
        (tmp_path / "made" / "a.txt").write_text("first")

    assert (made_once(tmp_path / "made", overtaken) / "a.txt").read_text() == "first"
    assert list(tmp_path.iterdir()) == [tmp_path / "made"]


def test_only_old_remains_of_killed_processes_are_cleared(tmp_path: Path) -> None:
    old, recent = tmp_path / ".making-old", tmp_path / ".making-recent"
    old.mkdir()
    recent.mkdir()
    os.utime(old, (0, 0))
    made_once(tmp_path / "made", fill)
    assert not old.exists()
    assert recent.exists()


def test_a_place_that_cannot_be_a_folder_is_the_users_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file: made cannot be stored .*; free some space or name another"):
        made_once(tmp_path / "file" / "made", fill)


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STITCHKIT_CACHE", str(tmp_path))
    assert cache_folder("rooms") == tmp_path / "rooms"
    assert cache_folder("rooms", tmp_path / "other") == tmp_path / "other"
    monkeypatch.delenv("STITCHKIT_CACHE")
    assert cache_folder("rooms").parts[-2:] == ("stitchkit", "rooms")

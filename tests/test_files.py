import pytest

from stitchkit.files import write_text, written_aside


def test_an_error_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "deep" / "table.md"
    write_text(path, "old")

    def fail():
        with written_aside(path) as aside:
            aside.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]

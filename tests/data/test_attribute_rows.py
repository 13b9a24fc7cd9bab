from pathlib import Path

import pytest

from stitchkit.data.attribute_rows import read_rows
from stitchkit.errors import InputError

CLASSES = ("cat", "dog")


def row(**changes: str) -> str:
    words = {"image": "2008_000008.jpg", "class": "dog", "box": "54 87 471 419", "attributes": "0 1 1"}
    return " ".join({**words, **changes}.values())


def test_a_row_is_an_object_with_edges_in_pixels(tmp_path: Path) -> None:
    path = tmp_path / "apascal_train.txt"
    path.write_text(f"{row()}\n\n{row(image='2008_000009.jpg', box='1 1 1 1')}\n")
    first, second = read_rows(path, CLASSES, attributes=3)
    assert (first.frame, first.class_, first.box) == ("2008_000008", 1, (53, 86, 471, 419))
    assert list(first.attributes) == [0, 1, 1]
    assert second.box == (0, 0, 1, 1)
    assert second.place == f"{path}:3"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"attributes": "0 1"}, "3 attributes of 0 or 1, but got 8 words ending in '1'"),
        ({"attributes": "0 1 1 0"}, "3 attributes of 0 or 1, but got 10 words"),
        ({"attributes": "0 1 2"}, "3 attributes of 0 or 1, but got 9 words ending in '2'"),
        ({"class": "dgo"}, "unknown class 'dgo'; did you mean 'dog'"),
        ({"box": "54 87 53 419"}, "box must be whole numbers .* but got 54 87 53 419"),
        ({"box": "54 87 471 86"}, "box must be whole numbers"),
        ({"box": "0 87 471 419"}, "box must be whole numbers"),
        ({"box": "1 87 -471 419"}, "box must be whole numbers"),
        ({"box": "1 87 47.5 419"}, "box must be whole numbers"),
        ({"box": "1 87 nan 419"}, "box must be whole numbers"),
        ({"image": "../secret.jpg"}, r"name of a frame such as 2008_000008, but got '\.\./secret\.jpg'"),
        ({"image": "/etc/passwd"}, "name of a frame"),
    ],
    ids=str,
)
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, bad: dict[str, str], message: str) -> None:
    path = tmp_path / "apascal_train.txt"
    path.write_text(f"{row()}\n{row(**bad)}\n")
    with pytest.raises(InputError, match=rf"apascal_train\.txt:2: .*{message}"):
        list(read_rows(path, CLASSES, attributes=3))


def test_a_box_may_touch_the_border_and_not_leave_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "apascal_train.txt"
    path.write_text(row())
    (found,) = read_rows(path, CLASSES, attributes=3)
    found.check_inside((419, 471))
    for size in ((418, 471), (419, 470)):
        with pytest.raises(
            InputError, match=rf"txt:1: box 54 87 471 419 leaves the picture, which is {size[1]} wide"
        ):
            found.check_inside(size)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"apascal_train\.txt: cannot be read"):
        list(read_rows(tmp_path / "apascal_train.txt", CLASSES, attributes=3))

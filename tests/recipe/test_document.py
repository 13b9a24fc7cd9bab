import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stitchkit.errors import InputError
from stitchkit.recipe.document import LARGEST_FILE, read_file, read_text
from stitchkit.recipe.places import Place


def at(line: int, column: int) -> Place:
    return Place(0, line, column, f"x:{line}:{column}")


def problems(text: str) -> list[str]:
    return [str(problem) for problem in read_text(text, at)[1]]


def test_each_value_knows_its_place_and_its_keys_place() -> None:
    tree, found = read_text("a: 1\nb:\n  - x\n  - {c: y}\nd:\ne: 2\n", at)
    assert found == []
    assert tree is not None
    for path, key, place in [
        (("a",), (1, 1), (1, 4)),
        (("b",), (2, 1), (3, 3)),
        (("b", 0), (3, 5), (3, 5)),
        (("b", 1, "c"), (4, 6), (4, 9)),
        (("d",), (5, 1), (5, 1)),  # an empty value stands where its key does
    ]:
        reached, node = tree.follow(path)
        assert reached == path
        assert (node.key.line, node.key.column) == key
        assert (node.place.line, node.place.column) == place


def test_parts_of_a_path_that_are_no_keys_are_skipped() -> None:
    tree, _ = read_text("a: [{b: 1}]", at)
    assert tree is not None
    reached, node = tree.follow(("a", 0, "dict[str,int]", "b", "int"))
    assert reached == ("a", 0, "b")
    assert node.value == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1", "x:1:6: is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: b: c", "x:1:5: is not YAML: mapping values are not allowed here"),
        ("a: *b", "x:1:4: is not YAML: found undefined alias 'b'"),
        ("a: 1\n---\nb: 2", "x:2:1: is not YAML: but found another document"),
        ("", "x:1:1: holds no value"),
        ("# nothing", "x:1:1: holds no value"),
        ("a: !!python/object/apply:os.system [ls]",
         "x:1:4: tags have no meaning in a recipe; remove 'tag:yaml.org,2002:python/object/apply:os.system'"),
        ("a: !thing {b: 1}", "x:1:4: tags have no meaning in a recipe; remove '!thing'"),
        ("a: &k 1\nb: &k 2", "x:2:4: anchor 'k' is used twice; rename one"),
        ("%YAML 1.1\n---\na: yes", "x:2:1: must be YAML 1.2; remove the %YAML line"),
        ("a: 1\nb: 2\na: 3", "x:3:1: a: is given twice; keep one"),
        ("a: {[b]: 1}", "x:1:5: a: a key must be a word, but got a list or mapping"),
        ("a: " + "9" * 5000, "x:1:4: a: must be a number of a sensible length"),
    ],
)  # fmt: skip
def test_what_a_recipe_cannot_hold_is_named(text: str, expected: str) -> None:
    assert problems(text) == [expected]


def test_a_value_cannot_hold_itself() -> None:
    (line,) = problems("a: &k [*k]")
    assert line.startswith("x:1:4: a.0.0.0.")
    assert line.endswith(".0: aliases expand to more than a recipe holds")


def test_control_characters_are_named() -> None:
    (line,) = problems("a: \0")
    assert line.startswith("x:1:1: is not YAML: unacceptable character #x0000")


def test_aliases_repeat_a_value() -> None:
    tree, found = read_text("a: &k {x: 1}\nb: *k\n", at)
    assert found == []
    assert tree is not None
    assert tree.plain() == {"a": {"x": 1}, "b": {"x": 1}}


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)),
        "[" * 5000,
        "{a: " * 5000,
        "- a\n" * 30_000,
        "a: &a [*a, *a]",
    ],
)
def test_nothing_grows_without_bound(text: str) -> None:
    begun = time.process_time()
    tree, found = read_text(text, at)
    assert tree is None
    assert len(found) == 1
    assert time.process_time() - begun < 10


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_lines(text: str) -> None:
    tree, found = read_text(text, at)
    assert tree is not None or found
    assert all(str(problem).isprintable() for problem in found)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("x.yaml")
    with pytest.raises(
        InputError, match=r"^x.yaml: cannot be read: No such file or directory; give the path"
    ):
        read_file(path)
    with pytest.raises(InputError, match=r"^\.: cannot be read: Is a directory"):
        read_file(Path("."))
    path.write_bytes(b"a: \xff")
    with pytest.raises(InputError, match=r"^x.yaml: must be UTF-8 text, but byte 3 is not$"):
        read_file(path)
    path.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(InputError, match=r"^x.yaml: must be at most 1,000,000 bytes"):
        read_file(path)


def test_a_byte_order_mark_does_not_move_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("\ufeffa: 1\r\nb: ä\r\n".encode())
    tree, _ = read_file(path)
    assert tree is not None
    assert tree.plain() == {"a": 1, "b": "ä"}
    assert tree.follow(("b",))[1].place.label == f"{path}:2:4"

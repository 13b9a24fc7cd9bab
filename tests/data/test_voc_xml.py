from pathlib import Path

import pytest
import torch
from voc_tree import Thing

from stitchkit.data.voc_xml import AnnotatedObject, read_annotation, same_objects
from stitchkit.errors import InputError


def annotation(path: Path, *objects: str, before: str = "") -> Path:
    path.write_text(f"{before}<annotation>{''.join(objects)}</annotation>")
    return path


def test_objects_are_read_and_parts_are_not(tmp_path: Path) -> None:
    dog, person = Thing("dog", (1, 2, 30, 40)), Thing("person", (5, 6, 7, 8), difficult=True)
    found = read_annotation(annotation(tmp_path / "a.xml", dog.xml, person.xml))
    assert found == [
        AnnotatedObject("dog", (0, 1, 30, 40), False),
        AnnotatedObject("person", (4, 5, 7, 8), True),
    ]
    assert read_annotation(annotation(tmp_path / "b.xml")) == []


WHOLE = Thing("dog", (1, 2, 30, 40)).xml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WHOLE.replace("difficult", "hard"), "an object has no difficult"),
        (WHOLE.replace("<difficult>0", "<difficult>no"), "difficult must be 0 or 1, but got 'no'"),
        (WHOLE.replace("<xmax>30</xmax>", ""), "an object has no bndbox/xmax"),
        (WHOLE.replace("<xmax>30", "<xmax>wide"), "could not convert string to float: 'wide'"),
        (WHOLE.replace("<name>dog</name>", "<name> </name>"), "an object has no name"),
        (WHOLE.replace("</object>", ""), "mismatched tag"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = annotation(tmp_path / "2008_000008.xml", text)
    with pytest.raises(InputError, match=rf"2008_000008\.xml: {message}.*; fetch this file again"):
        read_annotation(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_any_entity_is_expanded(tmp_path: Path, encoding: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("dog")
    path = tmp_path / "a.xml"
    path.write_bytes(
        (
            f'<?xml version="1.0" encoding="{encoding}"?>'
            f'<!DOCTYPE annotation [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'
            "<annotation><object><name>&a;</name></object></annotation>"
        ).encode(encoding)
    )
    with pytest.raises(InputError, match=r"a\.xml: has a DOCTYPE"):
        read_annotation(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.xml: cannot be read"):
        read_annotation(tmp_path / "gone.xml")


def boxes(*rows: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)


def described(name: str, *box: float) -> AnnotatedObject:
    return AnnotatedObject(name, (box[0], box[1], box[2], box[3]), False)


def test_objects_are_paired_by_class_and_the_best_overlap_first() -> None:
    annotated = [
        described("person", 2, 0, 12, 10),
        described("dog", 0, 0, 10, 10),
        described("person", 0, 0, 10, 10),
    ]
    ours = boxes((1, 0, 11, 10), (0, 0, 10, 10), (0, 0, 10, 10))
    # The second person fits the third exactly, so the first is left with the other; the dog has its own.
    assert same_objects(["person", "person", "dog"], ours, annotated) == [0, 2, 1]


def test_what_overlaps_by_less_than_half_is_another_object() -> None:
    half = described("dog", 0, 0, 10, 5)
    assert same_objects(["dog"], boxes((0, 0, 10, 10)), [half]) == [0]
    less = described("dog", 0, 0, 10, 4.9)
    assert same_objects(["dog"], boxes((0, 0, 10, 10)), [less]) == [None]
    assert same_objects(["cat"], boxes((0, 0, 10, 5)), [half]) == [None]
    assert same_objects(["dog"] * 2, boxes((0, 0, 10, 5), (0, 0, 10, 5)), [half]) == [0, None]


def test_no_objects_have_no_partners() -> None:
    assert same_objects([], boxes(), [described("dog", 0, 0, 1, 1)]) == []
    assert same_objects(["dog"], boxes((0, 0, 1, 1)), []) == [None]


def test_a_box_without_an_area_has_no_partner() -> None:
    assert same_objects(["dog"], boxes((0, 0, 1, 1)), [described("dog", 5, 5, 5, 5)]) == [None]
    assert same_objects(["dog"], boxes((0, 0, 1, 1)), [described("dog", float("nan"), 0, 1, 1)]) == [None]

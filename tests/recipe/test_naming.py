import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from stitchkit.recipe.naming import flow, words

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab 1.:,[]{}'\"#-~é"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"methods.cross_stitch.unit.same": 0.5}, "same=0.5"),
        (
            {"methods.cross_stitch.start": "backbone", "methods.cross_stitch.iterations": 30000},
            "start=backbone, iterations=30000",
        ),
        ({"methods.cross_stitch.taps": ["pool1", "pool2"]}, "taps=[pool1, pool2]"),
        ({"methods.cross_stitch.taps": [{"seg": "a", "normals": "b"}]}, "taps=[{seg: a, normals: b}]"),
        ({"methods.cross_stitch.unit.type": "nddr"}, "unit.type=nddr"),
        ({"methods.cross_stitch.lr": None}, "lr=null"),
        ({"training.augment": {"mirror": 0.0, "colour": "none"}}, "augment={mirror: 0.0, colour: none}"),
        ({"training.lr": "0.5"}, "lr='0.5'"),
        ({"training.lr": 1e-05}, "lr=1e-05"),
        ({"training.cache": True}, "cache=true"),
        ({}, ""),
    ],
)
def test_a_point_is_named_by_the_last_part_of_its_keys(settings: dict, expected: str) -> None:
    assert words(settings, [settings]) == expected


def test_keys_of_any_point_that_would_read_alike_are_named_at_length() -> None:
    among = [{"methods.a.lr": 1, "training.batch": 2}, {"methods.b.lr": 1}, {"training.lr": 3}]
    assert [words(point, among) for point in among] == ["a.lr=1, batch=2", "b.lr=1", "training.lr=3"]
    among = [{"methods.a.unit.type": 1}, {"methods.b.unit.type": 2}, {"methods.b.type": 3}]
    assert [words(point, among) for point in among] == ["a.unit.type=1", "b.unit.type=2", "b.type=3"]


def test_a_key_that_ends_another_is_named_in_full() -> None:
    among = [{"training.lr": 1}, {"methods.training.lr": 2}]
    assert [words(point, among) for point in among] == ["training.lr=1", "methods.training.lr=2"]


@given(plain)
def test_a_value_is_one_line_of_yaml_that_reads_back(value: object) -> None:
    text = flow(value)
    assert "\n" not in text
    yaml = YAML(typ="safe", pure=True)
    if "  " not in repr(value):  # runs of blanks are one
        assert yaml.load(f"[{text}]" if text else "[]") in ([value], [])

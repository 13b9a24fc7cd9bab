import pytest
from hypothesis import given
from hypothesis import strategies as st

from stitchkit.errors import InputError
from stitchkit.graph.order import in_order


def rank(network: str, tap: str) -> int:
    return int(tap[1:])


def test_each_network_passes_its_taps_in_order() -> None:
    points = [{"a": "t5", "b": "t9"}, {"b": "t1", "c": "t1"}, {"a": "t2", "c": "t7"}]
    assert in_order(points, rank) == [1, 2, 0]


@given(st.data())
def test_points_drawn_along_one_time_never_cross(data: st.DataObject) -> None:
    members = st.sets(st.sampled_from("abcd"), min_size=2)
    points = [
        dict.fromkeys(sorted(data.draw(members)), f"t{time}") for time in data.draw(st.permutations(range(6)))
    ]
    order = in_order(points, rank)
    assert sorted(order) == list(range(6))
    for name in "abcd":
        passed = [rank(name, points[i][name]) for i in order if name in points[i]]
        assert passed == sorted(passed)


def test_two_points_that_cross_are_named_with_the_reason() -> None:
    with pytest.raises(InputError) as error:
        in_order([{"a": "t1", "b": "t2"}, {"a": "t2", "b": "t1"}, {"a": "t3", "b": "t3"}], rank)
    assert "t3" not in str(error.value)
    assert "network 'a' reaches 't1' before 't2'" in str(error.value)
    assert "network 'b' reaches 't1' before 't2'" in str(error.value)


def test_a_circle_of_three_is_named_without_what_waits_for_it() -> None:
    points = [
        {"d": "t9", "a": "t9"},
        {"a": "t1", "b": "t2"},
        {"b": "t1", "c": "t2"},
        {"c": "t1", "a": "t2"},
    ]
    with pytest.raises(InputError, match="cross") as error:
        in_order(points, rank)
    assert "'d'" not in str(error.value)
    assert str(error.value).count("reaches 't1' before 't2'") == 3


def test_one_value_cannot_be_two_taps() -> None:
    with pytest.raises(InputError, match="network 'b': taps 't3' and 't03' are one value"):
        in_order([{"a": "t1", "b": "t3"}, {"a": "t2", "b": "t03"}], rank)

from functools import cache

import numpy as np
import pytest
from stitchkit_things import vocabulary
from stitchkit_things.kinds import KINDS
from stitchkit_things.kinds.clutter import CLUTTER
from stitchkit_things.model import Model
from stitchkit_things.stock import Stock
from stitchkit_things.textures import PATTERNS, SIDE, tile

SEEDS = range(24)


@cache
def drawn(kind: str, seed: int) -> Model:
    return KINDS[kind].draw(Stock(np.random.default_rng(seed)))


def names(model: Model) -> set[str]:
    parts = {name for part in model.parts for name in (*part.names, *part.material.names)}
    return parts | set(model.shapes)


def test_there_are_20_kinds_and_64_attributes() -> None:
    assert len(set(vocabulary.KINDS)) == 20
    assert len(set(vocabulary.ATTRIBUTES)) == 64
    assert tuple(KINDS) == vocabulary.KINDS


@pytest.mark.parametrize("kind", vocabulary.KINDS)
def test_a_kind_has_parts_that_the_vocabulary_names(kind: str) -> None:
    for seed in SEEDS:
        model = drawn(kind, seed)
        assert set(model.shapes) <= set(vocabulary.SHAPES)
        for part in model.parts:
            assert set(part.names) <= set(vocabulary.PARTS)
            assert set(part.material.names) <= set(vocabulary.MATERIALS)
            assert np.isfinite(part.outline).all()
        left, bottom, right, top = model.extent
        assert 0.2 < right - left < 4
        assert 0.2 < top - bottom < 3


def test_every_attribute_but_occluded_is_somewhere() -> None:
    found = {name for kind in KINDS for seed in SEEDS for name in names(drawn(kind, seed))}
    assert found == set(vocabulary.ATTRIBUTES) - {vocabulary.OCCLUDED}


@pytest.mark.parametrize("kind", vocabulary.KINDS)
def test_one_seed_one_object(kind: str) -> None:
    one, same, other = drawn(kind, 1), drawn.__wrapped__(kind, 1), drawn(kind, 2)
    assert [part.material for part in one.parts] == [part.material for part in same.parts]
    assert all(np.array_equal(a.outline, b.outline) for a, b in zip(one.parts, same.parts, strict=True))
    assert [part.material for part in one.parts] != [part.material for part in other.parts]


def test_kinds_share_parts_and_materials() -> None:
    def kinds_with(name: str) -> set[str]:
        return {kind for kind in KINDS for seed in SEEDS if name in names(drawn(kind, seed))}

    assert kinds_with("wheel") == {"aeroplane", "bicycle", "bus", "car", "motorbike", "train"}
    assert kinds_with("leg") == {"bird", "cat", "cow", "dog", "horse", "person", "sheep"}
    assert kinds_with("wing") == {"aeroplane", "bird"}
    assert kinds_with("leather") >= {"chair", "horse", "motorbike", "sofa"}


def test_clutter_has_no_part_names() -> None:
    for make in CLUTTER:
        assert not any(part.names for part in make(Stock(np.random.default_rng(0))).parts)


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_repeat_without_a_seam(name: str) -> None:
    pattern = tile(name).astype(int)
    assert pattern.shape == (SIDE, SIDE)
    assert pattern.std() > 5
    for axis in (0, 1):
        steps = np.abs(np.diff(pattern, axis=axis)).mean(axis=1 - axis)
        seam = np.abs(pattern.take(0, axis) - pattern.take(-1, axis)).mean()
        assert seam <= 1.5 * steps.max()

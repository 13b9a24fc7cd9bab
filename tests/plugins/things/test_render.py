from dataclasses import replace

import numpy as np
import pytest
from stitchkit_things.kinds import KINDS
from stitchkit_things.render import render
from stitchkit_things.scene import COUNTS, Scene, Standing, compose
from stitchkit_things.sprite import Pose, draw
from stitchkit_things.truth import SAMPLES
from stitchkit_things.vocabulary import PARTS


def own_samples(scene: Scene, each: Standing) -> np.ndarray:
    """Part of each sample of the canvas that the object, drawn alone, would show; sample by sample."""
    sprite = draw(each.model, each.pose, scene.light)
    height, width, _ = scene.behind.shape
    canvas = np.full((height, width), -1)
    for row, column in zip(*np.nonzero(sprite.part >= 0), strict=True):
        y, x = row + sprite.top, column + sprite.left
        if 0 <= y < height and 0 <= x < width:
            canvas[y, x] = sprite.part[row, column]
    return canvas


def test_boxes_and_parts_are_those_of_what_no_later_object_hides(taken: list) -> None:
    for shot, scene, picture in taken[:4]:
        layers = [own_samples(scene, each) for each in scene.standing]
        things = iter(picture.things)
        for number, each in enumerate(scene.standing):
            seen = layers[number].copy()
            for later in layers[number + 1 :]:
                seen[later >= 0] = -1
            height, width = shot.size
            half = [
                (y, x)
                for y in range(height)
                for x in range(width)
                if (seen[SAMPLES * y : SAMPLES * (y + 1), SAMPLES * x : SAMPLES * (x + 1)] >= 0).sum() >= 5
            ]
            if not each.kind or not half:
                continue
            thing = next(things)
            rows, columns = zip(*half, strict=True)
            assert thing.kind == each.kind
            assert thing.box == (min(columns), min(rows), max(columns) + 1, max(rows) + 1)
            for name in set(PARTS) & thing.names:
                wanted = [k for k, part in enumerate(each.model.parts) if name in part.names]
                assert np.isin(seen, wanted).sum() >= 2 * SAMPLES**2
        assert next(things, None) is None


def test_an_object_alone_has_the_box_of_what_is_drawn(taken: list) -> None:
    rng = np.random.default_rng(0)
    alone = 0
    for _, scene, _ in taken:
        for each in scene.standing:
            if not each.kind:
                continue
            middle = scene.behind.shape[1] / 2
            pose = Pose(middle, scene.behind.shape[0] - 12, each.pose.scale * 0.6, each.pose.squeeze)
            picture = render(replace(scene, standing=[each._replace(pose=pose)]), rng)
            (thing,) = picture.things
            if thing.truncated:
                continue
            alone += 1
            assert "occluded" not in thing.names
            sprite = draw(each.model, pose, scene.light)
            rows, columns = np.nonzero(sprite.part >= 0)
            drawn = np.array(
                [
                    *(columns.min() + sprite.left, rows.min() + sprite.top),
                    *(columns.max() + 1 + sprite.left, rows.max() + 1 + sprite.top),
                ]
            )
            if not {"mast", "handlebars", "tail"} & thing.names:  # what ends in a tip narrower than a pixel
                assert np.abs(np.array(thing.box) - drawn / SAMPLES).max() <= 1.5
    assert alone > 20


def test_an_object_behind_another_is_not_there(taken: list) -> None:
    scene = next(scene for _, scene, _ in taken if any(each.kind == "car" for each in scene.standing))
    car = next(each for each in scene.standing if each.kind == "car")
    pose = replace(car.pose, x=120, y=150, turn=0.0)
    front, behind = car._replace(pose=pose), car._replace(pose=replace(pose, scale=pose.scale * 0.3))
    inside = behind._replace(pose=replace(behind.pose, y=pose.y - 0.2 * pose.scale))
    picture = render(replace(scene, standing=[inside, front]), np.random.default_rng(0))
    assert len(picture.things) == 1


def test_pictures_hold_one_to_six_objects_inside_the_picture(taken: list) -> None:
    counts = set()
    for shot, scene, picture in taken:
        wanted = sum(bool(each.kind) for each in scene.standing)
        assert 1 <= wanted <= len(COUNTS) == 6
        assert len(picture.things) <= wanted
        counts.add(wanted)
        height, width = shot.size
        assert picture.image.shape == (height, width, 3)
        assert picture.image.dtype == np.uint8
        for thing in picture.things:
            left, top, right, bottom = thing.box
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            assert thing.attributes.shape == (64,)
            assert set(np.unique(thing.attributes)) <= {0, 1}
    assert len(counts) >= 4


def test_one_seed_one_picture(taken: list) -> None:
    shot, _, picture = taken[0]
    again = shot.take()
    assert np.array_equal(again.image, picture.image)
    assert [(t.kind, t.box, t.names) for t in again.things] == [
        (t.kind, t.box, t.names) for t in picture.things
    ]
    assert not np.array_equal(picture.image, taken[1].picture.image)


def test_the_scene_does_not_change_when_it_is_rendered(taken: list) -> None:
    shot = taken[0].shot
    scene = compose(np.random.default_rng(shot.seed), shot.size)
    before = scene.behind.copy()
    render(scene, np.random.default_rng(0))
    assert np.array_equal(scene.behind, before)


@pytest.mark.parametrize("place", ["room", "shore"])
def test_what_belongs_in_a_room_is_not_outdoors(place: str) -> None:
    elsewhere = {"room": {"boat", "train", "cow"}, "shore": {"sofa", "bottle", "tvmonitor"}}[place]
    assert not any(place in KINDS[name].places for name in elsewhere)

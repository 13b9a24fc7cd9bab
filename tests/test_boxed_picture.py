import torch

from stitchkit.boxed_picture import BoxedPicture, distinct_colour


def test_colours_of_twenty_numbers_differ_and_are_light() -> None:
    colours = [distinct_colour(number) for number in range(20)]
    assert len(set(colours)) == 20
    assert all(max(one) == 255 and min(one) >= 80 for one in colours)


def test_an_outline_ends_inside_the_last_pixel_of_its_box() -> None:
    picture = BoxedPicture(torch.zeros(3, 40, 60, dtype=torch.uint8))
    assert picture.outline(torch.tensor([4.2, 6.0, 20.0, 30.4]), (255, 255, 255)) == (4, 6, 19, 29)
    drawn = picture.pixels().any(dim=0).nonzero()
    assert (drawn.amin(dim=0).tolist(), drawn.amax(dim=0).tolist()) == ([6, 4], [29, 19])


def test_a_label_fills_the_extent_that_was_told() -> None:
    picture = BoxedPicture(torch.zeros(3, 240, 320, dtype=torch.uint8))
    wide, high = picture.extent("cat 0.97\ndog")
    assert picture.label(10, 20, "cat 0.97\ndog", (9, 200, 9)) == (10, 20, 10 + wide, 20 + high)
    ground = (picture.pixels()[1] > 0).nonzero()
    assert (ground.amin(dim=0).tolist(), ground.amax(dim=0).tolist()) == ([20, 10], [20 + high, 10 + wide])


def test_the_image_given_stays_as_it_is() -> None:
    image = torch.zeros(3, 40, 60, dtype=torch.uint8)
    picture = BoxedPicture(image)
    picture.label(0, 0, "cat", (255, 255, 255))
    assert picture.pixels().any()
    assert not image.any()

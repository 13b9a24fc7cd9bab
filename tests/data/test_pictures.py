from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stitchkit.data import Blank, Pictures, pictures_in, read_picture
from stitchkit.errors import InputError

GREYS = np.arange(6, dtype=np.uint8).reshape(2, 3) * 50
FINE = GREYS.astype(np.uint16) * 257


def rgb(path: Path) -> np.ndarray:
    image = read_picture(path)
    assert image.dtype == torch.uint8
    return image.permute(1, 2, 0).numpy()


def test_colours_come_as_they_are(tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    np.testing.assert_array_equal(rgb(tmp_path / "a.png"), colours)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (GREYS, "png"),
        (GREYS, "tif"),
        (GREYS.astype(np.uint16) * 257, "png"),
        (GREYS.astype(np.uint16) * 257, "tif"),
    ],
    ids=["8 bits png", "8 bits tif", "16 bits png", "16 bits tif"],
)
def test_grey_pictures_get_three_equal_channels(tmp_path, values, kind):
    path = tmp_path / f"a.{kind}"
    Image.fromarray(values).save(path)
    np.testing.assert_array_equal(rgb(path), np.repeat(GREYS[..., None], 3, axis=2))


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "LA", "RGBA"])
def test_other_modes_become_rgb(tmp_path, mode):
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new("RGB", (5, 4), "white").convert(mode).save(path)
    np.testing.assert_array_equal(rgb(path), np.full((4, 5, 3), 255))


def test_what_is_transparent_is_white(tmp_path):
    pixels = np.zeros((1, 3, 4), np.uint8)
    pixels[0, :, 3] = (0, 255, 51)  # nothing, all, a fifth of black
    Image.fromarray(pixels, "RGBA").save(tmp_path / "a.png")
    assert rgb(tmp_path / "a.png")[0, :, 0].tolist() == [255, 0, 204]


def test_a_photo_is_turned_as_its_camera_was_held(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(np.repeat(GREYS[..., None], 3, axis=2)).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(rgb(tmp_path / "a.png")[..., 0], np.rot90(GREYS, -1))


def test_what_is_no_picture_is_one_line_that_names_it(tmp_path):
    Image.new("RGB", (50, 50), "red").save(tmp_path / "cut.png")
    whole = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "figure.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    Image.fromarray(GREYS.astype(np.float32)).save(tmp_path / "floats.tif")
    for name, message in [
        ("cut.png", "truncated|broken"),
        ("text.png", "not a picture"),
        ("figure.png", "not a picture"),  # PostScript would start another program
        ("floats.tif", "32-bit numbers"),
        ("none.png", "no such picture"),
    ]:
        with pytest.raises(InputError, match=message) as error:
            read_picture(tmp_path / name)
        assert str(error.value).startswith(f"{tmp_path / name}: ")
        assert "\n" not in str(error.value)


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "b.JPG", "sub/a.png", "sub/c d.webp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    for name in ("notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    return tmp_path


def test_folders_files_and_patterns(folder):
    assert pictures_in([str(folder)]) == {"a": folder / "a.png", "b": folder / "b.JPG"}
    assert pictures_in([f"{folder}/**/*"]) == {
        "a": folder / "a.png",
        "b": folder / "b.JPG",
        "a-2": folder / "sub" / "a.png",
        "c_d": folder / "sub" / "c d.webp",
    }
    assert pictures_in([str(folder / "notes.txt"), str(folder / "notes.txt")]) == {
        "notes": folder / "notes.txt"
    }


@pytest.mark.parametrize(
    ("word", "message"),
    [("x.png", "x.png: no such picture"), ("*.gif", "no picture matches"), ("empty", "holds no pictures")],
)
def test_what_is_nowhere_is_an_error(folder, word, message):
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match=message):
        pictures_in([str(folder / word)])


def test_files_are_a_data_set_without_ground_truth(tmp_path):
    for value in (10, 20):
        Image.new("L", (6, 4), value).save(tmp_path / f"{value}.png")
    dataset = Pictures(pictures_in([str(tmp_path)]))
    assert (len(dataset), dataset.key(1), dataset.annotations(1), dict(dataset.targets)) == (2, "20", {}, {})
    assert dataset[1]["image"].unique().tolist() == [20]
    before = dataset.fingerprint
    assert Pictures({"other": tmp_path / "10.png", "names": tmp_path / "20.png"}).fingerprint == before
    Image.new("L", (6, 4), 30).save(tmp_path / "20.png")
    assert dataset.fingerprint != before


def test_a_blank_has_the_size_it_was_given():
    image = Blank((3, 7))[0]["image"]
    assert (image.shape, image.dtype) == ((3, 3, 7), torch.uint8)

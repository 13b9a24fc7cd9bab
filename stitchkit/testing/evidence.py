"""What a task's accumulator tells of each image: the figures on images drawn anew can be told from it."""

import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from stitchkit.bootstrap import draws
from stitchkit.tasks import Metrics
from stitchkit.testing.check import broken, expect

IMAGES = 8
DRAWS = 15


def read_back(images: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays after they were written to a file and read without pickle."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **images)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def assert_same_evidence(one: Metrics, other: Metrics) -> None:
    """Raise `Broken` unless two accumulators tell the same of the same images, in the same types."""
    first, second = one.per_image(), other.per_image()
    expect(list(first) == list(second), f"the same arrays, {list(first)}", list(second))
    for name, values in first.items():
        expect(values.dtype == second[name].dtype, f"{values.dtype} under {name!r}", second[name].dtype)
        equal = np.array_equal(values, second[name], equal_nan=values.dtype.kind == "f")
        expect(equal, f"the same of each image under {name!r}", "others")


def assert_a_draw_is_the_images_repeated(
    measured: Callable[[Sequence[int]], Metrics],
    within: Mapping[str, float] = {},
    images: int = IMAGES,
    resamples: int = DRAWS,
) -> None:
    """Hold resampled figures against those of a data set that has an image as often as it was drawn.

    Args:
        measured: An accumulator that has seen frames, named by four digits, as often as told.
        within: How far figures may be off, by name; the others must be equal up to rounding.
        images: Frames 0 to ``images`` - 1 are there.
        resamples: Draws to try, beside each image once, one image alone, and none.

    Raises:
        Broken: They are not the same.
    """
    empty = measured([])
    for name, values in empty.resampled(read_back(empty.per_image()), draws(0, 3)).items():
        expect(np.isnan(values).tolist() == [True] * 3, f"NaN for {name!r} of no image", values)
    arrays = read_back(measured(range(images)).per_image())
    places = [int(key) for key in arrays["key"]]
    expect(places == sorted(set(places)), "the names of the images in ascending order", arrays["key"])
    count = len(places)
    once, alone = np.ones((1, count), dtype=np.int64), np.eye(count, dtype=np.int64)[:2]
    times = np.concatenate([once, draws(count, resamples), alone, np.zeros_like(once)])
    figures = empty.resampled(arrays, times)
    expect(list(figures) == list(empty.compute()), f"the figures {list(empty.compute())}", list(figures))
    for name, values in figures.items():
        kind = (values.dtype, values.shape)
        expect(kind == (np.float64, (len(times),)), f"float64 [{len(times)}] of {name!r}", kind)
    for row, own in enumerate(times):
        expected = measured([*np.repeat(places, own).tolist()]).compute()
        for name, values in figures.items():
            error = max(1e-9 * abs(expected[name]), within.get(name, 1e-9))
            both_nan = np.isnan(values[row]) and np.isnan(expected[name])
            if not both_nan and not abs(values[row] - expected[name]) <= error:
                broken(f"expected {name!r} {expected[name]} with images {own} times, but got {values[row]}")

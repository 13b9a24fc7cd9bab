"""Selective search on one picture, by OpenCV's module ximgproc with the settings of the publication."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stitchkit.errors import InputError

VERSION = 1  # of the boxes: another number, other boxes for the same options

SIGMA = 0.8  # of the blur before the first segmentation
SCALES = (50, 100)  # of that segmentation: its threshold k, and the smallest segment in pixels


def opencv() -> Any:
    """The module ``cv2`` with selective search; raises `InputError` where this OpenCV comes without it."""
    remedy = "run: pip install --force-reinstall --no-deps opencv-contrib-python"
    try:
        import cv2
    except ImportError as error:
        raise InputError(f"selective_search: OpenCV cannot be imported ({error}); {remedy}") from None
    # A folder cv2/ximgproc may outlive the library that filled it, so its name alone proves nothing.
    segmentation = getattr(getattr(cv2, "ximgproc", None), "segmentation", None)
    if not hasattr(segmentation, "createSelectiveSearchSegmentation"):
        raise InputError(
            "selective_search: another distribution of OpenCV stands in the place of opencv-contrib-python; "
            + remedy
        )
    return cv2


def selective_search(image: NDArray[np.uint8], longest: int | None, smallest: int) -> NDArray[np.uint16]:
    """Boxes that may hold an object (Uijlings et al., "Selective Search for Object Recognition", IJCV 2013).

    The fast mode: HSV and Lab, two first segmentations of each, merged by colour, texture, size and fill and
    by the last three. OpenCV draws the order of the boxes from the C library's ``rand`` and puts small
    ones first; the order here is the publication's, place in the hierarchy times a random number, with
    the place by area, because OpenCV does not tell the place. Equal pictures get equal boxes.

    Args:
        image: RGB [H, W, 3].
        longest: The picture is searched with its longer side scaled down to this; none searches it as it is.
        smallest: Boxes narrower or lower than this, in pixels of the picture as given, are left out.

    Returns:
        uint16 [P, 4], x1, y1, x2, y2, edges in pixels of the picture as given, best first.
    """
    height, width = image.shape[:2]
    shrunk = _shrink(image, longest)
    x, y, w, h = np.asarray(_search(shrunk), np.float64).reshape(-1, 4).T
    edges = np.stack([x, y, x + w, y + h], axis=1)
    to_full = np.array([width, height] * 2) / np.array([shrunk.shape[1], shrunk.shape[0]] * 2)
    boxes = np.unique(np.rint(edges * to_full).astype(np.uint16), axis=0)
    sides = (boxes[:, 2:] - boxes[:, :2]).astype(np.int64)
    large = (sides >= smallest).all(axis=1)
    return boxes[large][_order(sides[large].prod(axis=1))]


def _order(areas: NDArray[np.int64]) -> NDArray[np.intp]:
    places = np.empty(len(areas))
    places[np.argsort(-areas, kind="stable")] = np.arange(1, len(areas) + 1)
    return np.argsort(places * np.random.default_rng(0).random(len(areas)), kind="stable")


def _shrink(image: NDArray[np.uint8], longest: int | None) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if longest is None or longest >= max(height, width):
        return np.ascontiguousarray(image)
    cv2 = opencv()
    factor = longest / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _search(image: NDArray[np.uint8]) -> NDArray[np.int32]:
    """All boxes of one picture as OpenCV gives them: [P, 4], x, y, width, height."""
    cv2 = opencv()
    segmentation = cv2.ximgproc.segmentation
    search = segmentation.createSelectiveSearchSegmentation()
    for space in (cv2.COLOR_RGB2HSV, cv2.COLOR_RGB2Lab):
        search.addImage(cv2.cvtColor(image, space))
    for scale in SCALES:
        search.addGraphSegmentation(segmentation.createGraphSegmentation(SIGMA, float(scale), scale))
    for names in (("Color", "Texture", "Size", "Fill"), ("Texture", "Size", "Fill")):
        similarities = (
            getattr(segmentation, f"createSelectiveSearchSegmentationStrategy{n}")() for n in names
        )
        search.addStrategy(segmentation.createSelectiveSearchSegmentationStrategyMultiple(*similarities))
    return search.process()

"""A codebook of normals: learning its words, finding the nearest, joining neighbours to triangles."""

import numpy as np
import torch
from scipy.spatial import ConvexHull, QhullError
from sklearn.cluster import kmeans_plusplus
from torch import Tensor

from stitchkit.errors import InputError

NO_WORD = -100  # label of pixels without ground truth: cross-entropy ignores it


def learn_words(normals: np.ndarray, count: int, seed: int, iterations: int = 100) -> np.ndarray:
    """Spherical k-means (Dhillon & Modha, 2001) from a k-means++ start.

    A normal belongs to the word with the largest dot product; a word is the renormalised mean of its normals.

    Args:
        normals: Unit vectors, float64 [n, 3].
        count: Number of words.
        seed: Determines the start, and with it the result.
        iterations: At most so many rounds; it ends earlier where no normal changes its word.

    Returns:
        Unit vectors, float64 [count, 3], the word with the most normals first.

    Raises:
        InputError: There are fewer distinct normals than words.
    """
    distinct = len(np.unique(normals, axis=0))
    if distinct < count:
        raise InputError(
            f"a codebook of {count} words needs as many distinct training normals, but there are {distinct}; "
            "take a smaller codebook, more samples or more frames"
        )
    words, _ = kmeans_plusplus(normals, count, random_state=seed)
    nearest = np.full(len(normals), -1)
    for _ in range(iterations):
        previous, nearest = nearest, (normals @ words.T).argmax(axis=1)
        if np.array_equal(previous, nearest):
            break
        sums = np.stack([np.bincount(nearest, normals[:, axis], count) for axis in range(3)], axis=1)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        words = np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1), words)
    by_frequency = np.argsort(-np.bincount(nearest, minlength=count), kind="stable")
    return words[by_frequency]


def hull_triangles(words: np.ndarray) -> np.ndarray:
    """Triangles of neighbouring words: the facets of the words' convex hull (Ladický et al., ECCV 2014).

    Args:
        words: Unit vectors [V, 3], V >= 4.

    Returns:
        Indices of words, int64 [2V - 4, 3], each row and the rows themselves in ascending order.

    Raises:
        InputError: The words lie in one plane, so that their hull has no volume.
    """
    try:
        triangles = np.sort(ConvexHull(words).simplices.astype(np.int64), axis=1)
    except QhullError:
        raise InputError(
            f"the {len(words)} words of the codebook of normals lie in one plane and have no triangles; "
            "learn them from more varied frames or take a larger codebook"
        ) from None
    return triangles[np.lexsort(triangles.T[::-1])]


def nearest_word(normals: Tensor, words: Tensor) -> Tensor:
    """The word with the largest dot product at each pixel (Wang et al., CVPR 2015).

    Args:
        normals: [B, 3, H, W]; zero where there is no ground truth.
        words: Unit vectors [V, 3].

    Returns:
        Labels, int64 [B, H, W]; `NO_WORD` where there is no ground truth.
    """
    with torch.autocast(normals.device.type, enabled=False):  # half precision would move the borders
        # An image at a time: the products of a batch are as large as the network's output. On a CPU max along
        # the first axis is several times faster than argmax.
        nearest = [(words @ frame.flatten(1)).max(dim=0).indices for frame in normals]
    labels = torch.stack(nearest).view(normals.shape[0], *normals.shape[2:])
    return labels.masked_fill((normals == 0).all(dim=1), NO_WORD)

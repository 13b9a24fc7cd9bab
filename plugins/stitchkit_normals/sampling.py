"""One pass over the training frames: a bounded sample of their normals, and their mean."""

import numpy as np
from torch import Tensor

from stitchkit.data import Dataset


def sample_normals(train: Dataset, target: str, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Read the training frames one at a time.

    Args:
        train: The training frames.
        target: Key of their normals.
        count: About so many normals are drawn, spread evenly over the frames; all of a frame with fewer.
        seed: Determines which.

    Returns:
        The drawn unit normals, float64 [n, 3], and the sum of all unit normals of the frames, float64 [3].
    """
    rng = np.random.default_rng(seed)
    per_frame = -(-count // max(1, len(train)))
    drawn, total = [np.empty((0, 3))], np.zeros(3)
    for index in range(len(train)):
        normals = train[index].get(target)
        if normals is None:
            continue
        vectors = normals.as_subclass(Tensor).flatten(1).T.numpy()
        vectors = vectors[vectors.any(axis=1)].astype(np.float64)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        total += vectors.sum(axis=0)
        if len(vectors) > per_frame:
            vectors = vectors[rng.choice(len(vectors), per_frame, replace=False, shuffle=False)]
        drawn.append(vectors)
    return np.concatenate(drawn), total

"""Snapping normals to the three axes of a Manhattan world, without vanishing points.

The published figures snap to axes that come from vanishing points, found in the image by another program.
Here the axes are estimated from the predicted normals themselves.
"""

from itertools import product

import numpy as np
from scipy.spatial.transform import Rotation

_GRID = 2000  # pixels, about, that an estimate looks at
_ROUNDS = 12

# Turned by 90 degrees a cube looks the same, so no position of the axes is far from all of these.
_STARTS = Rotation.from_euler("xyz", list(product((-30, 0, 30), repeat=3)), degrees=True).as_matrix()


def manhattan_axes(normals: np.ndarray) -> np.ndarray:
    """The three orthogonal axes that most normals lie along.

    They maximise ``sum_n sum_k (n . axis_k)^16``: a normal within some 20 degrees of an axis, in either
    direction, counts and the others hardly do, as in a mean shift with that kernel. Each round takes the
    orthogonal matrix closest to the gradient, which never lowers the sum, because the sum is convex in the
    axes. The best of 27 fixed starts wins: the same normals always give the same axes.

    Args:
        normals: Unit vectors [3, H, W]; about 2000 pixels on a regular grid are looked at.

    Returns:
        float64 [3, 3], one axis a column.
    """
    step = max(1, int(np.sqrt(normals[0].size / _GRID)))
    points = np.nan_to_num(normals[:, ::step, ::step].reshape(3, -1).T.astype(np.float64))
    axes = _STARTS
    for _ in range(_ROUNDS):
        left, _, right = np.linalg.svd(points.T @ _power(points @ axes, 15))
        axes = left @ right
    return axes[_power(points @ axes, 16).sum(axis=(1, 2)).argmax()]


def snap(normals: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """The nearest of the six directions along ``axes`` (columns, [3, 3]) for each of the normals [3, n]."""
    along = axes.T @ normals
    nearest = np.abs(along).argmax(axis=0)
    signs = np.sign(np.take_along_axis(along, nearest[None], axis=0))
    return axes[:, nearest] * signs


def _power(x: np.ndarray, exponent: int) -> np.ndarray:
    """``x ** exponent`` by squaring, many times faster than numpy's own."""
    result = x if exponent % 2 else np.ones_like(x)
    while exponent := exponent // 2:
        x = x * x
        if exponent % 2:
            result = result * x
    return result

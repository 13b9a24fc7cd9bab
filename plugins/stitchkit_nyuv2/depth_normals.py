"""Surface normals from depth: a robust plane through the neighbourhood of every pixel.

On a plane the inverse depth is an affine function of the pixel's position, whatever its slant, and the
sensor's error has about the same size in inverse depth at every distance (it quantises disparity). So each
fit is a linear regression of inverse depth on position, and residuals are judged by one scale.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """Pinhole intrinsics in pixels; by default the official ones of the NYUv2 colour camera."""

    fx: float = 518.857901
    fy: float = 519.469611
    cx: float = 325.582449
    cy: float = 253.736166

    def offsets(self, height: int, width: int) -> tuple[Array, Array]:
        """Distance of every column [W] and row [H, 1] from the principal point (MATLAB counts from 1)."""
        columns = np.arange(1, width + 1, dtype=np.float32) - np.float32(self.cx)
        rows = np.arange(1, height + 1, dtype=np.float32) - np.float32(self.cy)
        return columns, rows[:, None]


def normals_from_depth(
    depth: Array,
    measured: NDArray[np.bool_],
    camera: Camera = Camera(),
    reach: int = 9,
    step: int = 3,
    scale: float = 0.006,
    rounds: int = 3,
) -> Array:
    """Unit normals that face the camera, x right, y down, z forward.

    The plane of a pixel is fitted to every ``step``-th neighbour up to ``reach`` pixels away by iteratively
    reweighted least squares with Geman-McClure weights. The first weights compare neighbours with the pixel
    itself, so that what lies behind a depth discontinuity counts for nothing.

    Args:
        depth: float32 [H, W] in metres.
        measured: bool [H, W]: which of them to use, and where normals are wanted.
        camera: Intrinsics.
        reach: Half the width of the neighbourhood in pixels.
        step: Distance of the neighbours used.
        scale: Residual in 1/m at which a neighbour's weight falls to a quarter; about two steps of the
            sensor.
        rounds: Number of weighted fits.

    Returns:
        float32 [H, W, 3]; zero where depth was not measured, fewer than a quarter of the neighbours lie on
        the pixel's plane, or the pixel itself does not.
    """
    used = measured & np.isfinite(depth) & (depth > 0)
    inverse = np.where(used, 1 / np.where(used, depth, 1), 0).astype(np.float32)
    slope_u, slope_v, shift = (np.zeros_like(inverse) for _ in range(3))
    weight = np.zeros_like(inverse)
    sure = used
    shifts = range(-reach, reach + 1, step)
    for turn in range(rounds):
        # On the first turn the plane is the one parallel to the image: the scale allows for its slant.
        allowed = np.float32(scale if turn else 4 * scale)
        slope_u, slope_v, shift, weight, sure = _fit(
            inverse, used, (slope_u, slope_v, shift), shifts, allowed
        )
    sure &= used & (weight >= len(shifts) ** 2 / 4) & (np.abs(shift) < 2 * scale)

    columns, rows = camera.offsets(*depth.shape)
    # The plane a . P = 1 seen along (x, y, 1) has inverse depth a . (x, y, 1); a points away from the camera.
    away = np.stack(
        [
            slope_u * np.float32(camera.fx),
            slope_v * np.float32(camera.fy),
            inverse + shift - slope_u * columns - slope_v * rows,
        ],
        axis=-1,
    )
    length = np.linalg.norm(away, axis=-1, keepdims=True)
    facing = np.zeros_like(away)
    np.divide(-away, length, out=facing, where=sure[..., None] & (length > 0))
    return facing


def _fit(
    inverse: Array,
    used: NDArray[np.bool_],
    plane: tuple[Array, Array, Array],
    shifts: range,
    scale: np.float32,
) -> tuple[Array, Array, Array, Array, NDArray[np.bool_]]:
    """One weighted fit per pixel: slopes in 1/m per pixel, height above the pixel, weight, solvable."""
    height, width = inverse.shape
    reach = -shifts.start
    padded = np.pad(inverse, reach)
    present = np.pad(used, reach).astype(np.float32)
    slope_u, slope_v, shift = plane
    w, wu, wv, wuu, wuv, wvv, wd, wud, wvd = np.zeros((9, height, width), np.float32)
    for v, u in product(shifts, shifts):
        window = np.s_[reach + v : reach + v + height, reach + u : reach + u + width]
        rise = padded[window] - inverse
        residual = (rise - shift - slope_u * np.float32(u) - slope_v * np.float32(v)) / scale
        weight = present[window] / np.square(1 + residual * residual)
        weighted = weight * rise
        w += weight
        wu += weight * u
        wv += weight * v
        wuu += weight * (u * u)
        wuv += weight * (u * v)
        wvv += weight * (v * v)
        wd += weighted
        wud += weighted * u
        wvd += weighted * v
    total = np.maximum(w, np.float32(1e-6))
    mean_u, mean_v, mean_d = wu / total, wv / total, wd / total
    uu, uv, vv = wuu / total - mean_u**2, wuv / total - mean_u * mean_v, wvv / total - mean_v**2
    ud, vd = wud / total - mean_u * mean_d, wvd / total - mean_v * mean_d
    determinant = uu * vv - uv**2
    solvable = determinant > 1  # in pixels to the fourth power: the neighbours do not lie on one line
    slope_u, slope_v = np.zeros((2, height, width), np.float32)
    np.divide(ud * vv - vd * uv, determinant, out=slope_u, where=solvable)
    np.divide(vd * uu - ud * uv, determinant, out=slope_v, where=solvable)
    shift = (mean_d - slope_u * mean_u - slope_v * mean_v).astype(np.float32, copy=False)
    return slope_u, slope_v, shift, w, solvable

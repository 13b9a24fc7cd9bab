"""Outlines of parts: closed curves as points [P, 2], x to the right and y up, in units of the model."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Outline = NDArray[np.float64]
Point = tuple[float, float]


def polygon(*points: Point) -> Outline:
    """Straight lines from point to point."""
    return np.array(points, dtype=np.float64)


def ellipse(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> Outline:
    """An ellipse around (x, y), or a circle without ``ry``; turned to the left by ``turn`` degrees."""
    angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    points = np.stack([rx * np.cos(angle), (rx if ry is None else ry) * np.sin(angle)], axis=-1)
    return points @ _turned(turn) + (x, y)


def box(left: float, bottom: float, right: float, top: float, corner: float = 0.0) -> Outline:
    """An upright rectangle, its corners rounded with radius ``corner``."""
    if corner <= 0:
        return polygon((left, bottom), (right, bottom), (right, top), (left, top))
    corner = min(corner, (right - left) / 2, (top - bottom) / 2)
    arc = np.linspace(0, np.pi / 2, 5)
    quarters = [
        np.stack([x + corner * np.cos(arc + start), y + corner * np.sin(arc + start)], axis=-1)
        for start, x, y in (
            (0.0, right - corner, top - corner),
            (np.pi / 2, left + corner, top - corner),
            (np.pi, left + corner, bottom + corner),
            (3 * np.pi / 2, right - corner, bottom + corner),
        )
    ]
    return np.concatenate(quarters)


def blob(*points: Point) -> Outline:
    """A smooth closed curve through the points (a uniform Catmull-Rom spline)."""
    return _smooth(np.array(points, dtype=np.float64), closed=True)


def limb(points: list[Point], widths: list[float]) -> Outline:
    """A band with round ends along a smooth curve through the points, as wide at each as ``widths`` says."""
    line = _smooth(np.array([(*p, w) for p, w in zip(points, widths, strict=True)]), closed=False)
    centre, half = line[:, :2], line[:, 2:] / 2
    along = np.gradient(centre, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=-1)
    angle = np.linspace(0, np.pi, 7)[1:-1, None]
    end = centre[-1] + half[-1] * (np.cos(angle) * across[-1] + np.sin(angle) * along[-1])
    start = centre[0] - half[0] * (np.cos(angle) * across[0] + np.sin(angle) * along[0])
    return np.concatenate([centre + half * across, end, (centre - half * across)[::-1], start])


def bar(start: Point, end: Point, width: float) -> Outline:
    """A straight band of constant width."""
    return limb([start, end], [width, width])


def _turned(degrees: float) -> NDArray[np.float64]:
    """The matrix that turns row vectors to the left."""
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _smooth(points: NDArray[Any], closed: bool, steps: int = 5) -> NDArray[np.float64]:
    """A Catmull-Rom spline through points [P, D]."""
    if closed:
        before, after, second = (np.roll(points, k, axis=0) for k in (1, -1, -2))
        first = points
    else:
        first, after = points[:-1], points[1:]
        before = np.concatenate([points[:1], points[:-2]])
        second = np.concatenate([points[2:], points[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    b, p, q, s = (each[:, None] for each in (before, first, after, second))
    curve = 0.5 * (2 * p + (q - b) * t + (2 * b - 5 * p + 4 * q - s) * t**2 + (3 * p - b - 3 * q + s) * t**3)
    flat = curve.reshape(-1, points.shape[1])
    return flat if closed else np.concatenate([flat, points[-1:]])

"""Parts that furniture is made of, as triangles in a piece's own frame.

A piece's frame in metres: x along its width from its middle, y from its back to its front, z up from the
floor. Meshes have facets: a round leg is a prism, and its normals are the prism's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import trimesh
from numpy.typing import NDArray

from stitchkit_rooms.classes import LABELS
from stitchkit_rooms.textures import Colour, Material

Range = tuple[float, float]
Vectors = NDArray[np.float64]
Faces = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Triangles of one class and one material: ``vertices`` [V, 3], ``faces`` [F, 3], label 1 to 40."""

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    label: int
    material: Material


@dataclass(frozen=True)
class Light:
    """A box that gives light: its middle [3], its edges as rows [3, 3], and the way it faces (None: all)."""

    middle: NDArray[np.float64]
    edges: NDArray[np.float64]
    colour: Colour
    facing: NDArray[np.float64] | None = None


@dataclass
class Model:
    """A piece in its own frame: its size (width, depth, height), parts, lights, and where things can stand.

    Attributes:
        size: The space it takes: x in [-width/2, width/2], y in [0, depth], z in [0, height].
        tops: Level surfaces that carry things, as (x range, y range, height).
    """

    size: tuple[float, float, float]
    parts: list[Part] = field(default_factory=list)
    tops: list[tuple[Range, Range, float]] = field(default_factory=list)
    lights: list[Light] = field(default_factory=list)

    def box(self, name: str, material: Material, x: Range, y: Range, z: Range) -> None:
        """Add a block between the given bounds."""
        low, high = np.array([x[0], y[0], z[0]]), np.array([x[1], y[1], z[1]])
        vertices, faces = _unit_box()
        self._add(name, material, low + vertices * (high - low), faces)

    def soft(self, name: str, material: Material, x: Range, y: Range, z: Range, power: float = 4.0) -> None:
        """Add a cushion filling the bounds: |x|^p + |y|^p + |z|^p = 1; 2 is an egg, 8 nearly a block."""
        low, high = np.array([x[0], y[0], z[0]]), np.array([x[1], y[1], z[1]])
        vertices, faces = _unit_ball(3 if (high - low).max() > 0.25 else 2)
        vertices = vertices / (np.abs(vertices) ** power).sum(axis=1, keepdims=True) ** (1 / power)
        self._add(name, material, (low + high) / 2 + vertices * (high - low) / 2, faces)

    def lathe(
        self,
        name: str,
        material: Material,
        at: tuple[float, float],
        profile: Sequence[tuple[float, float]],
        squash: float = 1.0,
    ) -> None:
        """Add a body turned about an upright axis from (radius, height) pairs, its depth times ``squash``."""
        mesh = trimesh.creation.revolve(np.asarray(profile, dtype=float), sections=20)
        vertices = np.asarray(mesh.vertices) * [1.0, squash, 1.0] + [at[0], at[1], 0.0]
        self._add(name, material, vertices, np.asarray(mesh.faces))

    def rod(self, name: str, material: Material, at: tuple[float, float], z: Range, radius: float) -> None:
        """Add an upright round rod."""
        self.lathe(name, material, at, [(0, z[0]), (radius, z[0]), (radius, z[1]), (0, z[1])])

    def surface(self, name: str, material: Material, points: NDArray[np.float64]) -> None:
        """Add a sheet through a grid of points [rows, columns, 3]: a curtain, a heap of clothes."""
        rows, columns = points.shape[:2]
        number = np.arange(rows * columns).reshape(rows, columns)
        a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
        faces = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (b, d, c))])
        self._add(name, material, points.reshape(-1, 3), faces)

    def drape(
        self, name: str, material: Material, x: Range, y: float, z: Range, folds: int, deep: float
    ) -> None:
        """Add a hanging sheet in upright folds that stand out from ``y`` by up to ``deep``."""
        across = np.linspace(0, 1, 6 * folds + 1)
        wave = y + deep * (0.5 + 0.5 * np.sin(2 * np.pi * folds * across + 0.8 * np.sin(7 * across)))
        columns = np.stack([x[0] + across * (x[1] - x[0]), wave], axis=-1)
        points = [np.column_stack([columns, np.full(len(across), level)]) for level in z]
        self.surface(name, material, np.stack(points))

    def _add(self, name: str, material: Material, vertices: Vectors, faces: Faces) -> None:
        self.parts.append(Part(vertices, faces, LABELS[name], material))


@cache
def _unit_box() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    mesh = trimesh.creation.box(extents=(1, 1, 1))
    return np.asarray(mesh.vertices) + 0.5, np.asarray(mesh.faces)


@cache
def _unit_ball(fineness: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    mesh = trimesh.creation.icosphere(subdivisions=fineness)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)

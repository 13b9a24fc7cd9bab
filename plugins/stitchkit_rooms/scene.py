"""A furnished room as one mesh, ready for rays."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import trimesh
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from stitchkit_rooms.layout import Pose, Room
from stitchkit_rooms.shapes import Light, Model, Part
from stitchkit_rooms.stock import Stock
from stitchkit_rooms.textures import Material, Palette

FAR = 1000.0  # metres; farther than any wall


@dataclass
class Scene:
    """All triangles of a room and what each is.

    Attributes:
        mesh: Triangles in the room's frame.
        tracer: Embree's form of the same triangles.
        normals, corners: Unit normal and first corner of each triangle, [F, 3].
        part: Number of the part of each triangle, [F].
        labels: Class of each part, 1 to 40, [P].
        palette: Material of each part.
        rotation, origin: Each part's own frame in the room's, [P, 3, 3] and [P, 3].
        lights: In the room's frame.
    """

    mesh: trimesh.Trimesh
    tracer: EmbreeScene
    normals: NDArray[np.float64]
    corners: NDArray[np.float64]
    part: NDArray[np.int16]
    labels: NDArray[np.uint8]
    palette: Palette
    rotation: NDArray[np.float64]
    origin: NDArray[np.float64]
    lights: list[Light]

    def first_hit(self, origins: NDArray[Any], directions: NDArray[Any]) -> "Hits":
        """The first triangle on each ray: origins and unit directions [R, 3]."""
        face = self.tracer.run(_single(origins), _single(directions))
        normal = self.normals.astype(directions.dtype)[face]
        along = np.einsum("ij,ij->i", directions, normal)
        gap = np.einsum("ij,ij->i", self.corners.astype(directions.dtype)[face] - origins, normal)
        return Hits(face, np.where((face >= 0) & (along != 0), gap / np.where(along == 0, 1, along), FAR))


def _single(array: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(array, dtype=np.float32)


@dataclass
class Hits:
    """Triangle of each ray, -1 where there is none, and the distance to it in metres (`FAR` then)."""

    face: NDArray[np.intp]
    distance: NDArray[Any]


def build(room: Room) -> Scene:
    """Put walls, floor and ceiling round the pieces of a room and join everything."""
    placed = [(part, item.pose) for item in room.items for part in item.model.parts]
    placed += [(part, Pose(0, 0, 0, 0)) for part in _shell(room).parts]
    vertices = [pose.apply(part.vertices) for part, pose in placed]
    starts = np.cumsum([0, *(len(v) for v in vertices[:-1])])
    faces = [part.faces + start for (part, _), start in zip(placed, starts, strict=True)]
    mesh = trimesh.Trimesh(np.concatenate(vertices), np.concatenate(faces), process=False)
    parts: list[Part] = [part for part, _ in placed]
    tracer = EmbreeScene()
    TriangleMesh(scene=tracer, vertices=_single(mesh.vertices), indices=mesh.faces.astype(np.int32))
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    across = np.cross(b - a, c - a)
    length = np.linalg.norm(across, axis=1, keepdims=True)
    return Scene(
        mesh=mesh,
        tracer=tracer,
        normals=across / np.maximum(length, 1e-20),
        corners=np.asarray(a),
        part=np.repeat(np.arange(len(parts), dtype=np.int16), [len(part.faces) for part in parts]),
        labels=np.array([part.label for part in parts], dtype=np.uint8),
        palette=Palette([part.material for part in parts]),
        rotation=np.stack([pose.rotation for _, pose in placed]),
        origin=np.array([[pose.x, pose.y, pose.z] for _, pose in placed]),
        lights=[_moved(light, item.pose) for item in room.items for light in item.model.lights],
    )


def _moved(light: Light, pose: Pose) -> Light:
    turn = pose.rotation
    facing = None if light.facing is None else turn @ light.facing
    return replace(light, middle=pose.apply(light.middle), edges=light.edges @ turn.T, facing=facing)


def _shell(room: Room) -> Model:
    stock, w, d, h = room.stock, room.width, room.depth, room.height
    shell = Model((w, d, h))
    wet = room.kind in ("bathroom", "kitchen")
    paint, accent = _wall(stock), _wall(stock)
    trim = stock.surface()
    ceiling = stock.material(
        stock.one("plain", "plaster", "tiles"), stock.white, stock.hue((0, 0.1), (0.6, 0.8))
    )
    shell.box("floor", _floor(stock, wet), (0, w), (0, d), (-0.1, 0))
    shell.box("ceiling", ceiling, (0, w), (0, d), (h, h + 0.1))
    walls = (((0, w), (-0.1, 0)), ((0, w), (d, d + 0.1)), ((-0.1, 0), (0, d)), ((w, w + 0.1), (0, d)))
    odd = stock.count(0, 7)
    for k, (x, y) in enumerate(walls):
        shell.box("wall", accent if k == odd else paint, x, y, (0, h))
    high, thick = stock.between(0.05, 0.14), 0.004
    wainscot = stock.chance(0.6 if wet else 0.15)
    if wainscot:
        high = stock.between(0.9, 1.6)
        trim = (
            stock.material("tiles", stock.hue((0, 0.4), (0.5, 0.95)), stock.hue((0, 0.2)), 0.4)
            if wet
            else trim
        )
    for x, y in (
        ((0, w), (0, thick)),
        ((0, w), (d - thick, d)),
        ((0, thick), (0, d)),
        ((w - thick, w), (0, d)),
    ):
        shell.box("wall", trim, x, y, (0, high))
    return shell


def _wall(stock: Stock) -> Material:
    first = stock.white if stock.chance(0.3) else stock.hue((0.03, 0.25), (0.55, 0.95))
    r, g, b = first
    draw = stock.rng.random()
    if draw < 0.72:
        return stock.material("plaster", first, (0.85 * r, 0.85 * g, 0.85 * b))
    if draw < 0.95:
        return stock.material(stock.one("stripes", "floral", "woven"), first, (0.8 * r, 0.75 * g, 0.7 * b))
    return stock.material(stock.one("bricks", "planks"), first, (0.6 * r, 0.6 * g, 0.6 * b))


def _floor(stock: Stock, wet: bool) -> Material:
    pattern = (
        stock.one("tiles", "tiles", "checker", "planks")
        if wet
        else stock.one("planks", "planks", "carpet", "tiles")
    )
    if pattern == "planks":
        wood = stock.wood()
        return replace(wood, pattern="planks", gloss=stock.between(0.1, 0.6))
    gloss = 0.0 if pattern == "carpet" else stock.between(0.1, 0.6)
    return stock.material(pattern, stock.hue((0, 0.45), (0.2, 0.85)), stock.hue((0, 0.4), (0.2, 0.8)), gloss)

"""The kinds of objects: how each is drawn, how frequent and how large it is, and where it is found."""

from collections.abc import Callable
from dataclasses import dataclass

from stitchkit_things.kinds import birds, cycles, far_away, four_legs, furniture, household, persons, road
from stitchkit_things.model import Model
from stitchkit_things.stock import Stock


@dataclass(frozen=True)
class Kind:
    """A kind of object.

    Attributes:
        draw: Makes a model with sizes, pose and materials drawn anew.
        share: How frequent it is where it is found, relative to the others there.
        size: Its side, had it the area of a square, relative to a person's.
        places: Where it is found.
    """

    draw: Callable[[Stock], Model]
    share: float
    size: float
    places: tuple[str, ...]


KINDS = {
    "aeroplane": Kind(far_away.aeroplane, 1.5, 1.15, ("field", "shore")),
    "bicycle": Kind(cycles.bicycle, 1.2, 1.05, ("street", "field")),
    "bird": Kind(birds.bird, 1.6, 0.7, ("field", "shore", "street")),
    "boat": Kind(far_away.boat, 4.5, 1.25, ("shore",)),
    "bottle": Kind(household.bottle, 1.9, 0.65, ("room",)),
    "bus": Kind(road.bus, 1.6, 1.5, ("street",)),
    "car": Kind(road.car, 2.6, 1.2, ("street", "field")),
    "cat": Kind(four_legs.cat, 1.2, 0.85, ("room", "street")),
    "chair": Kind(furniture.chair, 2.4, 1.0, ("room",)),
    "cow": Kind(four_legs.cow, 1.5, 1.15, ("field",)),
    "diningtable": Kind(furniture.diningtable, 1.3, 1.15, ("room",)),
    "dog": Kind(four_legs.dog, 1.1, 0.85, ("room", "field", "street")),
    "horse": Kind(four_legs.horse, 1.5, 1.2, ("field",)),
    "motorbike": Kind(cycles.motorbike, 1.8, 1.1, ("street",)),
    "person": Kind(persons.person, 5.0, 1.0, ("street", "field", "room")),
    "pottedplant": Kind(household.pottedplant, 1.5, 0.9, ("room",)),
    "sheep": Kind(four_legs.sheep, 1.5, 0.95, ("field",)),
    "sofa": Kind(furniture.sofa, 1.3, 1.2, ("room",)),
    "train": Kind(far_away.train, 1.1, 1.45, ("street", "field")),
    "tvmonitor": Kind(household.tvmonitor, 1.3, 0.9, ("room",)),
}

__all__ = ["KINDS", "Kind"]

"""The embedded default data set: rendered rooms with class labels, surface normals and depth."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stitchkit_rooms.dataset import Rooms, RoomsConfig

__all__ = ["Rooms", "RoomsConfig"]


def __getattr__(name: str) -> Any:
    # Late, because it brings torch, which the processes that render have no use for.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from stitchkit_rooms import dataset

    return getattr(dataset, name)

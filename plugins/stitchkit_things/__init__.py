"""The embedded default data set: drawn pictures of 20 kinds of objects with 64 attributes."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stitchkit_things.dataset import Things, ThingsConfig

__all__ = ["Things", "ThingsConfig"]


def __getattr__(name: str) -> Any:
    # Late, because it brings torch, which the processes that draw have no use for.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from stitchkit_things import dataset

    return getattr(dataset, name)

"""Cross-stitch networks for multi-task learning, for any backbone and any tasks.

The names below are loaded when first used, so that ``import stitchkit`` is fast and imports no torch.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from stitchkit.errors import InputError

if TYPE_CHECKING:
    from stitchkit.graph.taps import taps
    from stitchkit.networks import split, stitch, unstitch
    from stitchkit.simplified import simplify
    from stitchkit.training.groups import parameter_groups
    from stitchkit.units import CrossStitch

    __version__: str

__all__ = [
    "CrossStitch",
    "InputError",
    "__version__",
    "parameter_groups",
    "simplify",
    "split",
    "stitch",
    "taps",
    "unstitch",
]

_HOMES = {
    "CrossStitch": "stitchkit.units",
    "parameter_groups": "stitchkit.training.groups",
    "simplify": "stitchkit.simplified",
    "split": "stitchkit.networks",
    "stitch": "stitchkit.networks",
    "taps": "stitchkit.graph.taps",
    "unstitch": "stitchkit.networks",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = version("stitchkit")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

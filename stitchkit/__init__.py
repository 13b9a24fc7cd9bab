"""Cross-stitch networks for multi-task learning, for any backbone and any tasks.

The names below are loaded when first used, so that ``import stitchkit`` is fast and imports no torch.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from stitchkit.errors import InputError

if TYPE_CHECKING:
    from stitchkit.graph.taps import taps
    from stitchkit.networks import latent, split, stitch, unstitch
    from stitchkit.plugins import backbone, dataset, method, proposal, sampler, task, unit
    from stitchkit.simplified import simplify
    from stitchkit.training.groups import parameter_groups
    from stitchkit.units import CrossStitch

    __version__: str

__all__ = [
    "CrossStitch",
    "InputError",
    "__version__",
    "backbone",
    "dataset",
    "latent",
    "method",
    "parameter_groups",
    "proposal",
    "sampler",
    "simplify",
    "split",
    "stitch",
    "taps",
    "task",
    "unit",
    "unstitch",
]

_HOMES = {
    "CrossStitch": "stitchkit.units",
    "backbone": "stitchkit.plugins",
    "dataset": "stitchkit.plugins",
    "latent": "stitchkit.networks",
    "method": "stitchkit.plugins",
    "parameter_groups": "stitchkit.training.groups",
    "proposal": "stitchkit.plugins",
    "sampler": "stitchkit.plugins",
    "simplify": "stitchkit.simplified",
    "split": "stitchkit.networks",
    "stitch": "stitchkit.networks",
    "taps": "stitchkit.graph.taps",
    "task": "stitchkit.plugins",
    "unit": "stitchkit.plugins",
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

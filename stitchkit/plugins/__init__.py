"""From names to classes: the only place that knows how a plugin is found.

Tasks, data sets, samplers, proposals, units, backbones and methods are classes. A distribution announces
them as entry points, the built-in ones in the same way as a stranger's; a script, a notebook or a file
registers them by decorators. A name such as ``timm:*`` stands for a family: a class whose class method
``of("resnet50")`` gives the class that stands for ``timm:resnet50``, or raises `stitchkit.errors.InputError`
with the closest names.
"""

from stitchkit.plugins.config import Config
from stitchkit.plugins.decorators import backbone, dataset, method, proposal, sampler, task, unit
from stitchkit.plugins.files import load_file
from stitchkit.plugins.finding import find, names
from stitchkit.plugins.kinds import Kind
from stitchkit.plugins.listing import Plugin, announced


def names_code(name: str) -> bool:
    """Whether a plugin's name names code to import that nobody has installed as a plugin: ``python:...``."""
    return name.startswith("python:")


__all__ = [
    "Config",
    "Kind",
    "Plugin",
    "announced",
    "backbone",
    "dataset",
    "find",
    "load_file",
    "method",
    "names",
    "names_code",
    "proposal",
    "sampler",
    "task",
    "unit",
]

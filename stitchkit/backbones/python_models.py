"""Backbones of the user's own: ``python:module.function``, a function that returns a network."""

import hashlib
import importlib
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from stitchkit.backbones.model import ModelBackbone
from stitchkit.errors import InputError, unknown
from stitchkit.graph.observe import first_line


class PythonBackbone(ModelBackbone):
    """One-task networks on a model that a function returns, announced as ``python:*``.

    ``python:lab.nets.small`` calls ``small(**options)`` of the module ``lab.nets``, which is looked for in
    the current folder, too. With ``head: own`` it is called as ``small(outputs, **options)`` and returns a
    network from images to raw scores [B, outputs, h, w], or to a mapping that holds them as ``"out"``. Images
    come with ImageNet's mean and deviation taken out.

    Importing the module runs its code: a recipe that names one is read only with ``trust``.
    """

    library = "python"

    @classmethod
    def check(cls, name: str) -> None:
        """Raises `InputError` where there is no such function; imports the module."""
        function_of(name)

    @classmethod
    def plain(cls) -> nn.Module:
        """What the function returns when called with nothing."""
        return _module(cls.name, function_of(cls.name))

    def create(self, outputs: int | None = None, pretrained: bool = False) -> nn.Module:
        """What the function returns."""
        for key in ("output_stride", "pretrained"):
            if getattr(self.config, key):
                raise InputError(
                    f"backbone.{key} means nothing to {self}; let the function do it, by options"
                )
        function = function_of(self.name)
        given = () if outputs is None else (outputs,)
        return _module(self.name, lambda: function(*given, **self.config.options))

    @property
    def version(self) -> str:
        """Hash of the file that holds the function."""
        file = inspect.getsourcefile(inspect.unwrap(function_of(self.name)))
        return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def function_of(name: str) -> Callable[..., Any]:
    """The function ``module.function``; raises `InputError` where there is none."""
    module_name, _, function_name = name.rpartition(".")
    if not module_name or not all(part.isidentifier() for part in name.split(".")):
        raise InputError(f"python:{name} must name a function in a module, for example python:nets.small")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # last, so that no file here takes the place of an installed module
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # whatever the user's code raises
        raise InputError(f"python:{name}: {module_name} cannot be imported: {first_line(error)}") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise unknown(f"function of {module_name}", function_name, _functions(module))
    return function


def _functions(module: Any) -> list[str]:
    return [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]


def _module(name: str, function: Callable[[], Any]) -> nn.Module:
    made = function()
    if not isinstance(made, nn.Module):
        raise InputError(f"python:{name} must return a torch.nn.Module, but got {type(made).__name__}")
    return made

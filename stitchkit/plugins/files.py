"""Plugins in a file that the user names, registered by decorators.

The file becomes a submodule of this module, called after its path. So no two files clash, and a process that
was not forked from this one, a spawned worker, finds the file by itself when it unpickles an object of its
classes.
"""

import hashlib
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from traceback import walk_tb
from types import ModuleType

from stitchkit.errors import InputError
from stitchkit.keys import digest
from stitchkit.plugins.finding import cause
from stitchkit.plugins.registered import everything, forget

__path__: list[str] = []  # it has submodules, but no folder

_NAME = re.compile(rf"{re.escape(__name__)}\.\w*_(?P<path>([0-9a-f]{{2}})+)")

_hashes: dict[str, str] = {}  # of what each file held when it was run, by module

_REMEDY = 'put @sk.task("name"), or another of stitchkit\'s decorators, above a class'


def load_file(path: Path) -> None:
    """Run a Python file, so that its decorators register plugins; what was loaded before is not run again.

    What the file imports must be installed: its folder is not searched.

    Raises:
        InputError: There is no such Python file, it fails (the message names the line), or it registers
            nothing.
    """
    if not path.is_file():
        raise InputError(f"plugin file {path} is no file; give a Python file that registers plugins")
    if path.suffix != ".py":
        raise InputError(f"plugin file {path} must be a Python file, with a name that ends in .py")
    file = path.resolve()
    module, before = _module_of(file), everything()
    if module in sys.modules:
        return
    try:
        import_module(module)
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        forget(module)
        raise InputError(f"{path}:{_line(error, file)}: {cause(error)}; mend the file") from error
    if everything() == before:
        del sys.modules[module]
        raise InputError(f"plugin file {path} registers nothing; {_REMEDY}")


def fingerprint(cls: type) -> str:
    """Hash of the plugin files that define a class and its bases, as they were loaded; empty without any.

    What such a file imports is not in it.
    """
    hashes = {_hashes[base.__module__] for base in cls.__mro__ if base.__module__ in _hashes}
    return digest(sorted(hashes)) if hashes else ""


def _module_of(file: Path) -> str:
    readable = re.sub(r"\W", "_", file.stem)
    return f"{__name__}.{readable}_{os.fsencode(file).hex()}"


class _Finder(MetaPathFinder):
    """Finds submodules of this module by the paths in their names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        named = _NAME.fullmatch(fullname)
        if named is None:
            return None
        file = Path(os.fsdecode(bytes.fromhex(named["path"])))
        _hashes[fullname] = hashlib.sha256(file.read_bytes()).hexdigest()
        return spec_from_file_location(fullname, file)


sys.meta_path.append(_Finder())


def _line(error: BaseException, file: Path) -> int:
    """The line of the file that an error comes from; 1 where it comes from no line of it."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno or 1
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == str(file)]
    return lines[-1] if lines else 1

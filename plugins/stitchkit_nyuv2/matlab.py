"""Reads named variables of a MATLAB file (version 7 and older)."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from stitchkit.errors import InputError


def variables(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """The variables of a file; raises `InputError` where the file or one of them cannot be read."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        found = loadmat(path, appendmat=False, variable_names=names)
    except (OSError, ValueError, TypeError, NotImplementedError, MatReadError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read as a MATLAB file ({error})") from None
    for name in names:
        if name not in found:
            raise InputError(f"{path}: has no variable {name!r}")
    return {name: found[name] for name in names}


def flat(array: NDArray[Any]) -> NDArray[np.int64]:
    """A vector of whole numbers, however MATLAB stored it."""
    return np.ravel(array).astype(np.int64)

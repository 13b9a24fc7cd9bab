"""What is made once and kept: where it belongs, and how nothing half-made is ever found there."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import platformdirs

from stitchkit.errors import InputError

_STALE = 24 * 3600.0  # seconds after which a folder that was left half-made is cleared away
_ASIDE = ".making-"


def cache_folder(name: str, root: Path | None = None) -> Path:
    """Where things of one kind are kept.

    Args:
        name: Of the kind.
        root: The folder itself, if the user named one. By default it is ``name`` in the folder that the
            environment variable ``STITCHKIT_CACHE`` names or, without it, in the user's cache folder.
    """
    if root is not None:
        return root.expanduser()
    cache = os.environ.get("STITCHKIT_CACHE") or platformdirs.user_cache_dir("stitchkit")
    return Path(cache).expanduser() / name


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, after ``make`` has filled it, unless it is there.

    It is made aside and moved into place when complete, so that an interruption leaves nothing that looks
    finished, and of several processes at work on the same folder the first one wins.

    Args:
        folder: To be made, with its parents.
        make: Given the folder to fill, which it creates.

    Raises:
        InputError: It cannot be stored.
    """
    if folder.is_dir():
        return folder
    root = folder.parent
    try:
        root.mkdir(parents=True, exist_ok=True)
        _clear_stale(root)
        with tempfile.TemporaryDirectory(prefix=_ASIDE, dir=root, ignore_cleanup_errors=True) as aside:
            made = Path(aside) / folder.name
            make(made)
            try:
                made.rename(folder)
            except OSError:
                if not folder.is_dir():  # else another process was first
                    raise
    except OSError as error:
        raise InputError(
            f"{error.filename or root}: {folder.name} cannot be stored ({error.strerror}); "
            "free some space or name another folder as root"
        ) from None
    return folder


def _clear_stale(root: Path) -> None:
    """Remove what processes that were killed have left behind."""
    for left in root.glob(f"{_ASIDE}*"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)

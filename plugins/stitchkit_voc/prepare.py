"""From the unpacked official archives to one folder; can be stopped and started again."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from stitchkit.data.object_frames import read_objects
from stitchkit.data.voc_layout import VOCLayout
from stitchkit.errors import InputError
from stitchkit.files import written_aside
from stitchkit.plugins import Config
from stitchkit_voc.official import CLASSES, COUNTS, SOURCES

_INNER = ("", "VOC2008", "VOCdevkit/VOC2008", "attribute_data")  # where an archive's content may begin


class PrepareOptions(Config):
    """The official files and where they go.

    Attributes:
        devkit: The unpacked ``VOCtrainval_14-Jul-2008.tar``: ``VOCdevkit``, or the folder that holds it.
        attributes: The unpacked ``attribute_data.tar.gz``: ``attribute_data``, or the folder that holds it.
        out: The folder to make; ``voc2008`` in the folder STITCHKIT_DATA if not given.
    """

    sources: ClassVar[str] = SOURCES

    devkit: Path = Field(description="the unpacked VOCdevkit")
    attributes: Path = Field(description="the unpacked attribute_data")
    out: Path | None = Field(None, description="folder to make; else voc2008 in STITCHKIT_DATA")


def prepare(options: PrepareOptions, out: Path, progress: Callable[[int, int, str], None]) -> Path:
    """Check both archives and put what is used of them together under ``out``.

    Everything is read and checked first. Files are hard links to the given ones where the file system can,
    which take no space, and copies elsewhere; they are put into a folder beside ``out`` that takes its
    name when it is complete. Archives unpacked in ``out`` itself are checked and left as they are.

    Args:
        options: The official files.
        out: The folder to make.
        progress: Called after each file with files done, files in all and what was done.

    Returns:
        ``out``, which `VOC2008` reads.

    Raises:
        InputError: A file is missing or not what it should be, or ``out`` is there or cannot be written.
    """
    devkit = _found(options.devkit, "JPEGImages", "--devkit")
    attributes = _found(options.attributes, "apascal_train.txt", "--attributes")
    try:
        layout = VOCLayout.from_parts(devkit, attributes)
    except InputError as error:
        raise InputError(f"{error} {SOURCES}") from None
    if layout.annotations is None:
        raise InputError(f"{devkit}: has no Annotations; {SOURCES}")
    if missing := set(CLASSES) - set(layout.names("class")):
        raise InputError(f"{attributes / 'class_names.txt'}: lacks {', '.join(sorted(missing))}; {SOURCES}")
    splits = {split: read_objects(layout, split, CLASSES) for split in COUNTS}
    counts = {split: (len(found.frames), found.objects) for split, found in splits.items()}
    said = ", ".join(
        f"{split} {frames} frames, {objects} objects" for split, (frames, objects) in counts.items()
    )
    if counts != COUNTS:
        said += ": not the complete data set"
    files = dict(_files(layout, devkit))
    if not all((out / inner).exists() and (out / inner).samefile(file) for inner, file in files.items()):
        _put_together(files, out, progress)
    progress(len(files), len(files), said)
    return out


def _found(given: Path, part: str, option: str) -> Path:
    """The folder under ``given`` that holds ``part``."""
    for inner in _INNER:
        if (given / inner / part).exists():
            return given / inner
    amiss = "is a file, not the folder unpacked from it" if given.is_file() else f"there is no {part} in it"
    raise InputError(f"{option} {given}: {amiss}; {SOURCES}")


def _files(layout: VOCLayout, devkit: Path) -> Iterator[tuple[str, Path]]:
    """Place in the new folder, and file, of everything that is used; the lists come last."""
    base = "VOCdevkit/VOC2008"
    for split in COUNTS:
        for frame in layout.frames(split):
            for file in filter(None, (layout.picture(frame), layout.annotation(frame))):
                yield f"{base}/{file.relative_to(devkit).as_posix()}", file
    used = ("attribute_names.txt", "class_names.txt", *(layout.rows(split).name for split in COUNTS))
    for name in used:
        yield f"attribute_data/{name}", layout.attributes / name
    for list_ in layout.lists.values():
        yield f"{base}/{list_.relative_to(devkit).as_posix()}", list_


def _put_together(files: dict[str, Path], out: Path, progress: Callable[[int, int, str], None]) -> None:
    if out.exists():
        raise InputError(f"{out}: is already there; remove it or name another folder with --out")
    aside = out.with_name(f".{out.name}.part")
    try:
        for done, (inner, file) in enumerate(files.items()):
            if not _is_copy(aside / inner, file):
                with written_aside(aside / inner) as copy:
                    _link_or_copy(file, copy)
            progress(done, len(files), file.name)
        os.rename(aside, out)
    except OSError as error:
        place = error.filename or out
        raise InputError(
            f"{place}: {error.strerror or error}; what is done is kept: mend it and run again"
        ) from None


def _is_copy(copy: Path, file: Path) -> bool:
    if not copy.exists():
        return False
    there, given = copy.stat(), file.stat()
    return (there.st_size, there.st_mtime_ns) == (given.st_size, given.st_mtime_ns)


def _link_or_copy(file: Path, copy: Path) -> None:
    try:
        os.link(file.resolve(), copy)
    except OSError:  # another file system, or one without links
        shutil.copy2(file, copy)

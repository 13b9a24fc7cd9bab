"""Where the files are in a folder laid out as PASCAL VOC with the attribute lists of a-PASCAL beside it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stitchkit.data.dataset import Split
from stitchkit.errors import InputError

_LISTS: Mapping[Split, str] = {"train": "train", "test": "val"}  # VOC keeps its test annotations to itself
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Place (``"train.txt:3"`` with the full path) and text of every line that is not blank.

    Raises:
        InputError: The file cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}): is the data set complete?") from None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield f"{path}:{number}", line.strip()


@dataclass(frozen=True)
class VOCLayout:
    """The files of a data set of objects with attributes.

    Attributes:
        pictures: ``JPEGImages``, with ``2008_000008.jpg``.
        annotations: ``Annotations``, with ``2008_000008.xml`` (VOC devkit); none where the folder lacks it.
        attributes: ``attribute_data`` (a-PASCAL, Farhadi et al., CVPR 2009): ``apascal_train.txt``,
            ``apascal_test.txt``, ``attribute_names.txt``, ``class_names.txt``.
        lists: The file that names the frames of each split, one a line.
        partial: Whether the lists say which frames are there, not which the data set has.
    """

    pictures: Path
    annotations: Path | None
    attributes: Path
    lists: Mapping[Split, Path]
    partial: bool = False

    @classmethod
    def of(cls, root: Path) -> "VOCLayout":
        """Recognise one of the two layouts of a folder.

        The complete one has ``VOCdevkit/VOC2008``, or ``root`` itself, with ``JPEGImages``,
        ``Annotations`` and ``ImageSets/Main/{train,val}.txt``; the test split is VOC's val. A partial copy
        has, instead of ``ImageSets``, ``apascal_{train,test}.imagelist.txt`` in ``root``, which name the
        frames that are there; frames in no list are left out. Both have ``attribute_data`` in ``root``.

        Raises:
            InputError: A part is missing.
        """
        devkit = root / "VOCdevkit" / "VOC2008"
        return cls.from_parts(devkit if devkit.is_dir() else root, root / "attribute_data", root)

    @classmethod
    def from_parts(cls, devkit: Path, attributes: Path, imagelists: Path | None = None) -> "VOCLayout":
        """The layout whose devkit and attribute lists may be in different places.

        Args:
            devkit: Folder with ``JPEGImages`` (the devkit's ``VOC2008``).
            attributes: Folder with ``apascal_train.txt``.
            imagelists: Folder with the lists of a partial copy, where ``devkit`` has no ``ImageSets``.

        Raises:
            InputError: A part is missing.
        """
        pictures, annotations = devkit / "JPEGImages", devkit / "Annotations"
        lists: dict[Split, Path] = {
            split: devkit / "ImageSets" / "Main" / f"{name}.txt" for split, name in _LISTS.items()
        }
        partial = False
        if imagelists is not None and not lists["train"].parent.is_dir():
            there: dict[Split, Path] = {
                split: imagelists / f"apascal_{split}.imagelist.txt" for split in _LISTS
            }
            if partial := any(path.is_file() for path in there.values()):
                lists = there
        for part in (pictures, attributes, *lists.values()):
            if not part.exists():
                raise InputError(f"{part}: not there: is the data set complete?")
        return cls(pictures, annotations if annotations.is_dir() else None, attributes, lists, partial)

    def frames(self, split: Split) -> list[str]:
        """Names of the frames of a split, without ``.jpg``, in the order of its list.

        Raises:
            InputError: The list cannot be read, is empty, names a frame twice or one without a picture.
        """
        names: dict[str, None] = {}
        for place, line in lines(self.lists[split]):
            name = frame_name(line, place)
            if name in names:
                raise InputError(f"{place}: frame {name!r} a second time; remove the line")
            if not self.picture(name).is_file():
                raise InputError(
                    f"{place}: names frame {name!r}, but there is no {self.picture(name)}; fetch the picture"
                )
            names[name] = None
        if not names:
            raise InputError(f"{self.lists[split]}: must name at least one frame")
        return list(names)

    def picture(self, frame: str) -> Path:
        """The picture of a frame."""
        return self.pictures / f"{frame}.jpg"

    def annotation(self, frame: str) -> Path | None:
        """The XML file of a frame; none where the data set has none."""
        return self.annotations / f"{frame}.xml" if self.annotations else None

    def rows(self, split: Split) -> Path:
        """The file with the attribute rows of a split."""
        return self.attributes / f"apascal_{split}.txt"

    def names(self, what: str) -> tuple[str, ...]:
        """The lines of ``attribute_names.txt`` or ``class_names.txt``.

        Args:
            what: ``"attribute"`` or ``"class"``.

        Raises:
            InputError: The file cannot be read, is empty or has a name twice.
        """
        path = self.attributes / f"{what}_names.txt"
        found = tuple(line for _, line in lines(path))
        if not found or len(set(found)) < len(found):
            raise InputError(f"{path}: must name each {what} once, at least one")
        return found


def frame_name(text: str, place: str) -> str:
    """The name of a frame from ``"2008_000008"`` or ``"2008_000008.jpg"``.

    Raises:
        InputError: Not the name of a file in one folder; the message begins with ``place``.
    """
    name = text.removesuffix(".jpg")
    if not _NAME.fullmatch(name):
        raise InputError(f"{place}: must be the name of a frame such as 2008_000008, but got {text!r}")
    return name

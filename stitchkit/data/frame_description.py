"""What ``dataset.json`` says about a folder of frames; every path in it must stay inside the folder."""

import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from stitchkit.errors import InputError

DESCRIPTION = "dataset.json"

_NUMBERED = re.compile(r"[^{}]*\{:0[1-9]d\}\.[A-Za-z0-9]+")


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or PureWindowsPath(path).drive:
        raise ValueError(f"must be a path inside the folder, but got {path!r}")
    return path


def _numbered(path: str) -> str:
    if not _NUMBERED.fullmatch(path):
        raise ValueError(f"must hold the frame number once, as in 'image/{{:04d}}.jpg', but got {path!r}")
    return path


InnerPath = Annotated[str, AfterValidator(_inside)]
NumberedPath = Annotated[str, AfterValidator(_inside), AfterValidator(_numbered)]
Side = Annotated[int, Field(gt=0, le=16384)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Described(BaseModel):
    # Unknown keys are notes for people and other programs (units, axes, remarks): ignored here.
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class FrameMap(_Described):
    """One picture or map of every frame.

    Attributes:
        path: Where the file of a frame is, ``"image/{:04d}.jpg"``; the ending tells the format
            (``jpg``, ``png``, ``npy``).
        size: Height and width in pixels.
        source: Where it comes from, in one sentence.
        published: Whether it is the ground truth that published figures were measured on.
    """

    path: NumberedPath
    size: tuple[Side, Side]
    source: str = ""
    published: bool = False


class LabelMap(FrameMap):
    """Class of each pixel, uint8: 0 is void, 1 the first class of the file ``classes`` (one name a line)."""

    void: Literal[0] = 0
    classes: InnerPath


class DepthMap(FrameMap):
    """Metres = stored value * ``scale`` + ``offset``; the stored value ``invalid`` means no ground truth."""

    scale: Finite = 1.0
    offset: Finite = 0.0
    invalid: Finite | None = None


class NormalMap(FrameMap):
    """Component = stored value * ``scale`` + ``offset``, then brought to unit length.

    The stored triple ``invalid`` means no ground truth. Axes: x right, y down, z forward.
    """

    scale: Finite = 1.0
    offset: Finite = 0.0
    invalid: tuple[Finite, Finite, Finite] = (0.0, 0.0, 0.0)


class Description(_Described):
    """The content of ``dataset.json``.

    Attributes:
        name: Name of the data set.
        image: The pictures, RGB.
        labels: Under the key ``label`` or ``label40``.
        depth: Under the key ``depth``.
        normals: Under the key ``normal``.
        splits: Name of a split to the file with its frame numbers, one a line.
        groups: File of lines ``number group``, where some frames belong together (a room, a video).
    """

    name: str
    image: FrameMap
    labels: LabelMap | None = Field(None, validation_alias=AliasChoices("label", "label40", "labels"))
    depth: DepthMap | None = None
    normals: NormalMap | None = Field(None, validation_alias=AliasChoices("normal", "normals"))
    splits: dict[str, InnerPath]
    groups: InnerPath | None = None

    @classmethod
    def read(cls, root: Path) -> "Description":
        """Read ``dataset.json`` of a folder.

        Raises:
            InputError: There is no such folder or file, or its content is not a description.
        """
        path = root / DESCRIPTION
        if not root.is_dir():
            raise InputError(f"{root}: no such folder")
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise InputError(
                f"{path}: cannot be read ({error.strerror}): is the data set complete?"
            ) from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise InputError(f"{path}: {place + ': ' if place else ''}{first['msg']}") from None

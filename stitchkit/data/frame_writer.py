"""Writes a folder of frames that `stitchkit.data.frames.FrameFolder` reads; can go on where it stopped."""

import io
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stitchkit.data.frame_description import DESCRIPTION
from stitchkit.errors import InputError
from stitchkit.files import written_aside

_UNFINISHED = "dataset.json.unfinished"
_FAST = 1  # zlib level of the PNGs: twice as quick to read as the default, a tenth larger


class FrameWriter:
    """A folder in the making. Every file appears whole or not at all, ``dataset.json`` last of all.

    Stored precision: images and labels exact (PNG), depth exact (float32 ``.npy``, [H, W]), normals float16
    (``.npy``, [H, W, 3]; at most 0.03 degrees from the given ones).

    Args:
        root: The folder, made if need be. An unfinished one is continued.
        name: Name of the data set.
        classes: Names of the classes, in the order of their labels; at most 254.
        size: Height and width of every picture and map.
        normals_source: Where the normals come from, in one sentence.
        label_source: Where the labels come from, in one sentence.
        depth_source: Where the depth comes from, in one sentence.
        published: Which of ``"labels"``, ``"depth"``, ``"normals"`` are the ground truth that published
            figures were measured on.

    Raises:
        InputError: The folder holds a finished data set or one begun with other arguments, or cannot be
            written.
    """

    def __init__(
        self,
        root: Path,
        *,
        name: str,
        classes: Sequence[str],
        size: tuple[int, int],
        normals_source: str,
        label_source: str = "",
        depth_source: str = "",
        published: Collection[str] = (),
    ) -> None:
        if not 1 <= len(classes) <= 254:
            raise ValueError(f"classes must be 1 to 254 names, but got {len(classes)}")
        self.root = Path(root)
        self.classes = tuple(classes)
        self.size = (int(size[0]), int(size[1]))

        def entry(path: str, source: str, key: str, **more: Any) -> dict[str, Any]:
            return {"path": path, "size": self.size, "source": source, "published": key in published, **more}

        self._description: dict[str, Any] = {
            "name": name,
            "image": {"path": "image/{:04d}.png", "size": self.size},
            "label": entry("label/{:04d}.png", label_source, "labels", void=0, classes="classes.txt"),
            "depth": entry("depth/{:04d}.npy", depth_source, "depth", unit="metre", invalid=0),
            "normal": entry(
                "normal/{:04d}.npy",
                normals_source,
                "normals",
                invalid=[0, 0, 0],
                axes="x right, y down, z forward; facing the camera",
            ),
        }
        self._begin()

    def _begin(self) -> None:
        if (self.root / DESCRIPTION).exists():
            raise InputError(
                f"{self.root}: already holds a finished data set; remove it or name another folder"
            )
        text = json.dumps({**self._description, "class_names": self.classes}, indent=1)
        begun = self.root / _UNFINISHED
        if not begun.exists():
            _write_whole(begun, text.encode())
        elif begun.read_text("utf-8") != text:
            raise InputError(
                f"{self.root}: holds frames begun with other options; remove it or name another folder"
            )

    def _path(self, key: str, number: int) -> Path:
        return self.root / self._description[key]["path"].format(number)

    def done(self, number: int) -> bool:
        """Whether a frame has been written completely."""
        paths = (self._path(key, number) for key in ("image", "label", "depth", "normal"))
        return all(path.is_file() and path.stat().st_size > 0 for path in paths)

    def write(
        self,
        number: int,
        *,
        image: NDArray[Any],
        labels: NDArray[Any],
        depth: NDArray[Any],
        normals: NDArray[Any],
    ) -> None:
        """Write one frame, over an earlier one if there is any.

        Args:
            number: Number of the frame, from 0.
            image: uint8 RGB [H, W, 3].
            labels: uint8 [H, W], 0 is void, 1 the first class.
            depth: float32 [H, W] in metres, 0 where there is none.
            normals: float32 [H, W, 3], unit vectors with x right, y down, z forward that face the camera;
                zero where there are none.

        Raises:
            ValueError: An array of another shape or type, or a label beyond the classes.
            InputError: The folder cannot be written; frames written before are kept.
        """
        for what, array, shape in (
            ("image", image, (*self.size, 3)),
            ("labels", labels, self.size),
            ("depth", depth, self.size),
            ("normals", normals, (*self.size, 3)),
        ):
            kind = np.uint8 if what in ("image", "labels") else np.float32
            if array.shape != shape or array.dtype != kind:
                raise ValueError(
                    f"frame {number}: {what} must be {np.dtype(kind)} {list(shape)}, "
                    f"but got {array.dtype} {list(array.shape)}"
                )
        if labels.max() > len(self.classes):
            raise ValueError(
                f"frame {number}: label {labels.max()}, but there are {len(self.classes)} classes"
            )
        _write_whole(self._path("image", number), _png(image))
        _write_whole(self._path("label", number), _png(labels))
        _write_whole(self._path("depth", number), _npy(depth))
        _write_whole(self._path("normal", number), _npy(normals.astype(np.float16)))

    def finish(self, splits: Mapping[str, Sequence[int]], groups: Mapping[int, str] | None = None) -> None:
        """Write the lists and, last, ``dataset.json``: from then on the folder can be read.

        Args:
            splits: Name of a split to the numbers of its frames.
            groups: Number of a frame to the name of its room or video.

        Raises:
            ValueError: A split names a frame that has not been written.
            InputError: The folder cannot be written.
        """
        for name, numbers in splits.items():
            for number in numbers:
                if not self.done(number):
                    raise ValueError(f"split {name!r}: frame {number} has not been written")
        files = {f"{name}.txt": [f"{n:04d}" for n in numbers] for name, numbers in splits.items()}
        files["classes.txt"] = list(self.classes)
        if groups is not None:
            files["groups.txt"] = [f"{number:04d} {group}" for number, group in sorted(groups.items())]
        for file, lines in files.items():
            _write_whole(self.root / file, "".join(line + "\n" for line in lines).encode())
        description = {
            **self._description,
            "frames": len({number for numbers in splits.values() for number in numbers}),
            "splits": {name: f"{name}.txt" for name in splits},
            **({"groups": "groups.txt"} if groups is not None else {}),
        }
        _write_whole(self.root / DESCRIPTION, json.dumps(description, indent=1).encode())
        (self.root / _UNFINISHED).unlink(missing_ok=True)


def _png(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="PNG", compress_level=_FAST)
    return buffer.getvalue()


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _write_whole(path: Path, content: bytes) -> None:
    try:
        with written_aside(path) as aside:
            aside.write_bytes(content)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); what is done is kept") from None

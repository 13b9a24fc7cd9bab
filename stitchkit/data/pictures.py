"""Pictures that come with nothing else: files of one's own, as a data set without ground truth."""

import glob
import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torchvision import tv_tensors

from stitchkit.data.dataset import Dataset, Sample
from stitchkit.data.maps import Target
from stitchkit.errors import InputError

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "PPM")  # those that start no other program
ENDINGS = frozenset(
    (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".ppm", ".pgm", ".pnm")
)


def pictures_in(given: Iterable[str]) -> dict[str, Path]:
    """Picture files by short names, no two of which are equal.

    Args:
        given: Files; folders, which stand for the pictures directly in them; and patterns such as
            ``"photos/**/*.jpg"``.

    Raises:
        InputError: One of them is, or holds, no picture.
    """
    files = dict.fromkeys(file for word in given for file in _files(word))
    named: dict[str, Path] = {}
    for file in files:
        stem = re.sub(r"[^\w+-]", "_", file.stem)
        numbered = (f"{stem}-{number}" for number in itertools.count(2))
        taken = {name.casefold() for name in named}  # some file systems tell no a.png from A.png
        named[next(name for name in itertools.chain([stem], numbered) if name.casefold() not in taken)] = file
    return named


def _files(word: str) -> Iterator[Path]:
    path = Path(word).expanduser()
    if path.is_file():
        yield path
        return
    if path.is_dir():
        found = [file for file in sorted(path.iterdir()) if _is_picture(file)]
        lack = (
            f"{word} holds no pictures ({', '.join(sorted(ENDINGS))}); for its subfolders give '{word}/**/*'"
        )
    elif glob.has_magic(word):
        matches = sorted(glob.glob(str(path), recursive=True))
        found = [file for match in matches if _is_picture(file := Path(match))]
        lack = f"no picture matches {word!r}"
    else:
        raise InputError(f"{word}: no such picture or folder")
    if not found:
        raise InputError(lack)
    yield from found


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in ENDINGS and file.is_file() and not file.name.startswith(".")


def read_picture(path: Path) -> torch.Tensor:
    """A picture as it is meant to be seen: uint8 RGB [3, H, W].

    It is turned as its EXIF orientation says, laid on white where it is transparent, and of 16 bits a channel
    the upper 8 are kept. Of several pictures in a file the first is taken.

    Raises:
        InputError: The file is missing, broken or no such picture; one line that names it.
    """
    try:
        with Image.open(path, formats=FORMATS) as file:
            picture = _rgb(ImageOps.exif_transpose(file), file.format)
    except FileNotFoundError:
        raise InputError(f"{path}: no such picture") from None
    except UnidentifiedImageError:
        raise InputError(f"{path}: not a picture, or of a kind other than {', '.join(FORMATS)}") from None
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        cause = str(getattr(error, "strerror", None) or error or type(error).__name__)
        raise InputError(f"{path}: {cause.splitlines()[0]}") from None
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()


def _rgb(picture: Image.Image, kind: str | None) -> Image.Image:
    if picture.mode.startswith("I;16") or (picture.mode == "I" and kind == "PNG"):  # I: in older Pillows
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("I", "F"):
        raise ValueError(f"its pixels are 32-bit numbers ({picture.mode}); save it with 8 bits a channel")
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    return picture.convert("RGB")


class Pictures(Dataset):
    """Files of pictures, without ground truth.

    Args:
        files: By the names of the frames.
    """

    targets: Mapping[str, Target] = {}

    def __init__(self, files: Mapping[str, Path]) -> None:
        self.names = list(files)
        self.files = list(files.values())

    @property
    def fingerprint(self) -> str:
        """Hash of the content of all files, in order."""
        digests = []
        for path in self.files:
            with path.open("rb") as file:
                digests.append(hashlib.file_digest(file, "sha256").hexdigest())
        return hashlib.sha256(" ".join(digests).encode()).hexdigest()

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.files)

    def __getitem__(self, index: int) -> Sample:
        """The picture as `read_picture` gives it, at its own size."""
        return {"image": tv_tensors.Image(read_picture(self.files[index]))}

    def annotations(self, index: int) -> Sample:
        """Nothing is known of a picture."""
        return {}

    def key(self, index: int) -> str:
        """The name that it was given."""
        return self.names[index]


class Blank(Pictures):
    """A single black picture, to try networks on.

    Args:
        size: Height and width.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__({"blank": Path()})
        self.size = size

    @property
    def fingerprint(self) -> str:
        """Names the size."""
        return f"blank {self.size}"

    def __getitem__(self, index: int) -> Sample:
        """The black picture."""
        return {"image": tv_tensors.Image(torch.zeros(3, *self.size, dtype=torch.uint8))}

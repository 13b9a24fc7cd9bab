"""Files of named tensors: safetensors and weights-only PyTorch files. Nothing in them is ever executed."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from stitchkit.errors import InputError

Reader = Callable[[Path], dict[str, Tensor]]


def digest(path: Path, source: str = "") -> str:
    """SHA-256 of a file's content; raises `InputError`, with where to get it, where there is no such file."""
    _require(path, source)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_digest(state: Mapping[str, Tensor]) -> str:
    """SHA-256 of named tensors."""
    content = hashlib.sha256()
    for name, value in sorted(state.items()):
        content.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        content.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return content.hexdigest()


def read_tensors(
    path: Path, source: str = "", readers: Mapping[str, Reader] | None = None
) -> dict[str, Tensor]:
    """The tensors of a file by name; of a checkpoint, those of its ``state_dict`` or ``model``.

    Args:
        path: The file; its ending tells the format.
        source: Where to get the file, for the message where there is none.
        readers: Further formats by ending.

    Raises:
        InputError: No such file, an unknown ending, or content that is not tensors by name.
    """
    _require(path, source)
    known: dict[str, Reader] = {
        **(readers or {}),
        ".safetensors": _safetensors,
        ".pth": _torch_file,
        ".pt": _torch_file,
    }
    if path.suffix not in known:
        *others, last = known
        raise InputError(f"{path}: weights must be a {', '.join(others)} or {last} file")
    return known[path.suffix](path)


def _safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except SafetensorError:
        raise InputError(f"{path}: not a complete .safetensors file; get it again") from None


def _torch_file(path: Path) -> dict[str, Tensor]:
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # what a broken file raises depends on where it broke
        raise InputError(
            f"{path}: cannot be read as tensors only; save a state dict of tensors, or a .safetensors file"
        ) from None
    for key in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping):
        raise InputError(f"{path}: holds a {type(content).__name__}, not a state dict of tensors by name")
    return {str(name): value for name, value in content.items() if isinstance(value, Tensor)}


def _require(path: Path, source: str) -> None:
    if not path.is_file():
        raise InputError(f"{path}: no such file of weights{f'; {source}' if source else ''}")

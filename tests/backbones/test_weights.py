from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from stitchkit.backbones.weights import LAYERS, digest, load_weights
from stitchkit.errors import InputError

SHAPES = {f"{layer}.conv.weight": (4, 2, 3, 3) for layer in LAYERS} | {
    f"{layer}.conv.bias": (4,) for layer in LAYERS
}
SHAPES["fc7.conv.weight"] = (4, 4, 1, 1)
OURS = {name: torch.randn(shape) for name, shape in SHAPES.items()}
PLAIN = {name.replace(".conv.", "."): value for name, value in OURS.items()}


def saved(folder: Path, tensors: Any, name: str = "net.safetensors") -> Path:
    path = folder / name
    if path.suffix == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save(tensors, path)
    return path


@pytest.mark.parametrize("name", ["net.safetensors", "net.pth", "net.pt"])
@pytest.mark.parametrize("layout", [OURS, PLAIN], ids=["ours", "plain"])
def test_reads_both_layouts_from_every_kind_of_file(
    tmp_path: Path, name: str, layout: dict[str, Tensor]
) -> None:
    extra = {"score.weight": torch.zeros(2), "fc8.weight": torch.zeros(3)}
    found = load_weights(saved(tmp_path, layout | extra, name), SHAPES)
    assert found.keys() == OURS.keys()
    assert all(torch.equal(found[key], OURS[key]) for key in OURS)


def test_reads_the_state_dict_of_a_checkpoint(tmp_path: Path) -> None:
    found = load_weights(saved(tmp_path, {"state_dict": OURS, "epoch": 3}, "checkpoint.pth"), SHAPES)
    assert torch.equal(found["fc6.conv.weight"], OURS["fc6.conv.weight"])


def test_fully_connected_layers_and_caffes_four_axes_are_reshaped(tmp_path: Path) -> None:
    flat = dict(PLAIN)
    flat["fc6.weight"] = flat["fc6.weight"].reshape(1, 1, 4, 18)
    flat["fc7.weight"] = flat["fc7.weight"].reshape(4, 4)
    flat["conv1.bias"] = flat["conv1.bias"].reshape(1, 1, 1, 4)
    found = load_weights(saved(tmp_path, flat), SHAPES)
    assert all(torch.equal(found[key], OURS[key]) for key in OURS)


def test_half_precision_becomes_single(tmp_path: Path) -> None:
    found = load_weights(saved(tmp_path, {name: value.half() for name, value in PLAIN.items()}), SHAPES)
    assert all(value.dtype == torch.float32 for value in found.values())


def test_weights_outlive_a_change_of_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path, PLAIN)
    found = load_weights(path, SHAPES)
    path.write_bytes(bytes(path.stat().st_size))
    assert torch.equal(found["conv1.conv.weight"], OURS["conv1.conv.weight"])


def with_bad(value: Tensor) -> dict[str, Tensor]:
    return PLAIN | {"conv3.weight": value}


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        ({"layer1.weight": torch.zeros(1)}, "no 'conv1.weight'; needed are conv1, .*has: 'layer1.weight'"),
        (with_bad(torch.zeros(4, 2, 5, 5)), r"'conv3.weight' has shape \[4, 2, 5, 5\] where \[4, 2, 3, 3\]"),
        (with_bad(torch.zeros(2, 4, 3, 3)), r"'conv3.weight' has shape \[2, 4, 3, 3\]"),
        (with_bad(torch.full((4, 2, 3, 3), torch.nan)), "'conv3.weight' holds values that are no finite"),
        (with_bad(torch.zeros(4, 2, 3, 3, dtype=torch.int64)), "'conv3.weight' holds values"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(tmp_path: Path, tensors: dict[str, Tensor], why: str) -> None:
    with pytest.raises(InputError, match=why) as error:
        load_weights(saved(tmp_path, tensors), SHAPES)
    assert str(error.value).startswith(f"{tmp_path}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["net.safetensors", "net.pth", "net.caffemodel"])
@pytest.mark.parametrize("content", [b"", b"not a network at all", bytes(1000)])
def test_garbage_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=name) as error:
        load_weights(path, SHAPES)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["net.safetensors", "net.pth"])
def test_a_file_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, PLAIN, name)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(InputError, match=name):
        load_weights(path, SHAPES)


class Trap:
    """Would make a file if it were ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_code_in_a_checkpoint_never_runs(tmp_path: Path) -> None:
    path = saved(tmp_path, PLAIN | {"trap": Trap(tmp_path / "sprung")}, "net.pth")
    with pytest.raises(InputError, match="cannot be read as tensors only"):
        load_weights(path, SHAPES)
    assert not (tmp_path / "sprung").exists()


def test_a_list_or_an_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds a list"):
        load_weights(saved(tmp_path, [torch.zeros(1)], "net.pth"), SHAPES)
    (tmp_path / "net.h5").touch()
    with pytest.raises(InputError, match=r"must be a \.caffemodel"):
        load_weights(tmp_path / "net.h5", SHAPES)


def test_a_missing_file_names_where_to_get_it(tmp_path: Path) -> None:
    for action in (digest, lambda path: load_weights(path, SHAPES)):
        with pytest.raises(InputError, match=r"no such file of weights; .*caffenet\.caffemodel \(sha1 4c8d"):
            action(tmp_path / "net.caffemodel")

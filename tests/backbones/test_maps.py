from typing import Any

import pytest
import timm
import torch

from stitchkit.backbones.maps import Layout, Maps, layout_of
from stitchkit.errors import InputError
from stitchkit.graph.taps import taps


def test_tokens_become_the_grid_that_they_were_cut_from() -> None:
    grid = torch.randn(2, 5, 3, 4)  # 48 x 64 pixels in patches of 16
    tokens = torch.cat([torch.zeros(2, 7, 5), grid.flatten(2).transpose(1, 2)], dim=1)
    (found,) = Maps([Layout(5, -1, (16, 16), prefix=7)])([tokens], torch.zeros(2, 3, 48, 64))
    assert torch.equal(found, grid)


@pytest.mark.parametrize(("height", "width"), [(48, 64), (47, 63), (63, 79)])
def test_images_that_are_no_multiple_of_the_patch_may_be_padded_or_cut(height: int, width: int) -> None:
    layout = Layout(5, -1, (16, 16), prefix=0)
    assert layout.map(torch.zeros(1, 12, 5), height, width).shape == (1, 5, 3, 4)


def test_tokens_that_are_no_grid_are_refused() -> None:
    with pytest.raises(InputError, match="13 tokens are no grid on an image of 48 x 64 at stride 16"):
        Layout(5, -1, (16, 16), prefix=0).map(torch.zeros(1, 13, 5), 48, 64)


def test_maps_with_channels_last_are_turned() -> None:
    value = torch.randn(2, 3, 4, 5)
    assert torch.equal(Layout(5, -1, (8, 8)).map(value, 24, 32), value.permute(0, 3, 1, 2))
    assert Layout(3, 1, (8, 8)).map(value, 24, 32) is value


@pytest.mark.parametrize(
    ("name", "tap", "layout"),
    [
        ("test_vit", "blocks.1", Layout(64, -1, (16, 16), prefix=1)),
        ("test_resnet", "layer2", Layout(48, 1, (8, 8))),
        ("test_convnext", "stages.1", Layout(32, 1, (8, 8))),
    ],
)
def test_layouts_are_found_from_shapes(name: str, tap: str, layout: Layout) -> None:
    listed = taps(timm.create_model(name, num_classes=0), torch.zeros(1, 3, 160, 160))
    (found,) = (each for each in listed if each.name == tap)
    assert layout_of(found, listed, 160, 160) == layout


@pytest.mark.parametrize(("name", "prefix"), [("test_vit2", 1), ("vit_small_patch16_dinov3", 5)])
def test_class_and_register_tokens_are_told_from_the_grid(name: str, prefix: int) -> None:
    with torch.device("meta"):
        model: Any = timm.create_model(name, num_classes=0)
    assert model.num_prefix_tokens == prefix
    height, width = model.patch_embed.img_size
    listed = taps(model, torch.zeros(1, 3, height, width))
    (found,) = (each for each in listed if each.name == "blocks.1")
    assert layout_of(found, listed, height, width).prefix == prefix


def test_a_vector_is_no_map() -> None:
    listed = taps(timm.create_model("test_resnet"), torch.zeros(1, 3, 64, 64))
    with pytest.raises(InputError, match=r"tap 'fc' has the shape \(1, 1000\), which is no map"):
        layout_of(listed[-1], listed, 64, 64)

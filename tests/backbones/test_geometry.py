import pytest
import torch

from stitchkit.backbones.fcn import FCN32s
from stitchkit.backbones.geometry import check_size, covers, crop_offset, score_size
from stitchkit.errors import InputError

FACTS = {  # (height, width): (conv1, pool1, pool2, pool5, fc6), of Caffe with padding 100
    (480, 640): ((168, 208), (84, 104), (42, 52), (21, 26), (16, 21)),
    (425, 560): ((154, 188), (77, 94), (38, 47), (19, 23), (14, 18)),
    (427, 561): ((155, 188), (77, 94), (38, 47), (19, 23), (14, 18)),
    (240, 320): ((108, 128), (54, 64), (27, 32), (13, 16), (8, 11)),
}


@pytest.mark.parametrize("size", FACTS, ids=str)
def test_maps_have_caffes_sizes(size: tuple[int, int]) -> None:
    with torch.device("meta"):  # shapes only
        net = FCN32s(3, width=0.02)
    seen = {}
    for name, child in net.named_children():
        child.register_forward_hook(lambda _m, _i, out, name=name: seen.update({name: tuple(out.shape[-2:])}))
    out = net(torch.empty(1, 3, *size, device="meta"))
    conv1, pool1, pool2, pool5, fc6 = FACTS[size]
    expected = {"conv1": conv1, "pool1": pool1, "pool2": pool2, "conv5": pool2, "pool5": pool5}
    assert {name: seen[name] for name in expected} == expected
    assert seen["fc6"] == seen["fc7"] == seen["score"] == fc6
    assert tuple(out.shape) == (1, 3, *size)


@pytest.mark.parametrize(("first", "fc6"), [(100, 0), (84, 0), (20, 2), (0, 3)])
def test_score_size_is_what_the_layers_give(first: int, fc6: int) -> None:
    net = FCN32s(1, width=0.02, first_padding=first, fc6_padding=fc6).eval()
    for pixels in [*range(1, 70), *range(70, 260, 7)]:
        image = torch.zeros(1, 3, pixels, 60)
        try:
            actual = net.score(net.features(image)).shape[-2]
        except RuntimeError:  # some layer finds nothing to look at
            assert score_size(pixels, first, fc6) < 1
        else:
            assert score_size(pixels, first, fc6) == actual


def test_paddings_of_the_paper_cover_every_image() -> None:
    assert all(covers(pixels, 100, 0) for pixels in range(1, 3000))
    assert all(covers(pixels, 99, 0) for pixels in range(1, 3000))
    assert not all(covers(pixels, 98, 0) for pixels in range(1, 3000))
    assert all(covers(pixels, 3, 3) for pixels in range(39, 3000))


@pytest.mark.parametrize(("first", "fc6"), [(82, 0), (83, 0), (18, 2), (19, 2)])
def test_a_small_room_image_is_not_covered_below_84(first: int, fc6: int) -> None:
    with pytest.raises(InputError, match=rf"120x160 without scores; use first_padding {84 - 32 * fc6},"):
        check_size(120, 160, first, fc6)
    for padding in range(84 - 32 * fc6, 110):
        check_size(120, 160, padding, fc6)


def test_padding_pool5_by_3_stands_for_padding_the_image_by_96() -> None:
    assert crop_offset(4, 3) == crop_offset(100, 0)
    assert all(score_size(pixels, 4, 3) == score_size(pixels, 100, 0) for pixels in range(39, 1000))


def test_crop_offset_is_the_released_networks() -> None:
    assert crop_offset(100, 0) == 18
    assert crop_offset(82, 0) == 0
    assert crop_offset(0, 3) == 14


@pytest.mark.parametrize(("first", "fc6"), [(32, 0), (81, 0), (49, 1), (0, 2)])
def test_a_margin_without_scores_is_refused(first: int, fc6: int) -> None:
    with pytest.raises(InputError, match="at least 82"):
        crop_offset(first, fc6)


@pytest.mark.parametrize(("first", "fc6"), [(100, 0), (90, 0), (20, 2), (3, 3)])
def test_scores_lie_on_the_centre_of_what_they_see(first: int, fc6: int) -> None:
    """The receptive field, found by gradients, is symmetric about the pixel that the upscaling puts it on."""
    net = FCN32s(1, width=0.02, first_padding=first, fc6_padding=fc6, dropout=0.0).double().eval()
    for parameter in net.parameters():
        torch.nn.init.constant_(parameter, 0.01)
    for pool in ("pool1", "pool2", "pool5"):  # the mean sees all that the maximum may see
        setattr(net, pool, torch.nn.AvgPool2d(3, 2, ceil_mode=True))
    image = torch.full((1, 3, 700, 120), 1.0, dtype=torch.float64, requires_grad=True)
    score = net.score(net.features(image))
    row = score.shape[-2] // 2
    (gradient,) = torch.autograd.grad(score[0, 0, row].sum(), image)
    touched = gradient.abs().sum((0, 1, 3)).nonzero().flatten()
    assert 0 < touched[0] < touched[-1] < 699  # the field does not touch the border
    centre = (touched[0] + touched[-1]).item() / 2
    assert centre == 32 * row + 31 - crop_offset(first, fc6)

import pytest
import torch
from torch import Tensor, fx, nn

from stitchkit.backbones.fcn import FCN32s, Upscore
from stitchkit.backbones.geometry import crop_offset, score_size
from stitchkit.backbones.starts import caffe_start, he_start
from stitchkit.errors import InputError


def tiny(outputs: int = 3, first_padding: int = 84, fc6_padding: int = 0) -> FCN32s:
    torch.manual_seed(0)
    net = FCN32s(outputs, width=0.05, first_padding=first_padding, fc6_padding=fc6_padding)
    he_start(net)
    nn.init.normal_(net.score.weight)
    return net


def deconvolution(classes: int) -> nn.ConvTranspose2d:
    """Caffe's: one bilinear kernel of 63 for each class, no mixing of classes."""
    ramp = 1 - (torch.arange(63, dtype=torch.float64) - 31).abs() / 32
    layer = nn.ConvTranspose2d(classes, classes, 63, stride=32, bias=False, dtype=torch.float64)
    nn.init.zeros_(layer.weight)
    with torch.no_grad():
        for c in range(classes):
            layer.weight[c, c] = torch.outer(ramp, ramp)
    return layer


@pytest.mark.parametrize(
    ("first", "fc6", "size"), [(100, 0, (240, 320)), (84, 0, (120, 160)), (3, 3, (61, 200))]
)
def test_upscore_equals_the_fixed_deconvolution_and_crop(first: int, fc6: int, size: tuple[int, int]) -> None:
    offset = crop_offset(first, fc6)
    h, w = (score_size(pixels, first, fc6) for pixels in size)
    score = torch.randn(2, 4, h, w, dtype=torch.float64, requires_grad=True)
    image = torch.empty(2, 3, *size)
    expected = deconvolution(4)(score)[:, :, offset : offset + size[0], offset : offset + size[1]]
    got = Upscore(offset)(score, image)
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-12)
    weight = torch.randn_like(got)
    (gradient,) = torch.autograd.grad((got * weight).sum(), score)
    (expected_gradient,) = torch.autograd.grad((expected * weight).sum(), score)
    torch.testing.assert_close(gradient, expected_gradient, rtol=0, atol=1e-10)


def test_a_constant_score_map_stays_constant_where_scores_surround_the_pixel() -> None:
    out = Upscore(18)(torch.ones(1, 1, 8, 11), torch.empty(1, 3, 240, 320))
    first, last = 31 - 18, 31 + 7 * 32 - 18  # rows of the first and the last score
    assert (out[..., first : last + 1, first:] == 1).all()
    assert (out[..., first - 1, :] < 1).all()
    assert (out[..., last + 1, :] < 1).all()


@pytest.mark.parametrize(("first", "fc6"), [(100, 0), (84, 0), (20, 2), (0, 3)])
def test_scores_have_the_images_size_and_reach_every_parameter(first: int, fc6: int) -> None:
    net = tiny(5, first, fc6).eval()
    out = net(torch.randn(2, 3, 120, 160))
    assert out.shape == (2, 5, 120, 160)
    out.square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def test_padding_pool5_looks_at_the_same_pixels_as_padding_the_image() -> None:
    """Both see each pixel from the same place; they differ in what stands outside the image."""
    wide, narrow = tiny(1, 100, 0).eval(), tiny(1, 4, 3).eval()
    narrow.load_state_dict(wide.state_dict())
    image = torch.randn(1, 3, 560, 560)
    a, b = (net.score(net.features(image)) for net in (wide, narrow))
    assert a.shape == b.shape
    inside = (..., slice(7, -7), slice(7, -7))  # scores that see nothing of the margin
    assert a[inside].numel() > 0
    torch.testing.assert_close(a[inside], b[inside])
    assert not torch.allclose(a[..., 0, 0], b[..., 0, 0])


def test_an_image_that_would_not_be_covered_is_refused_before_any_work() -> None:
    net = tiny(first_padding=82)
    with pytest.raises(InputError, match="120x160"):
        net(torch.randn(1, 3, 120, 160))
    with pytest.raises(InputError, match="8x8"):
        tiny(first_padding=0, fc6_padding=3)(torch.randn(1, 3, 8, 8))


def test_paddings_that_never_work_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="at least 82"):
        FCN32s(3, width=0.05, first_padding=40)


class ChildrenAreLeaves(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return True


def test_traces_with_children_as_leaves() -> None:
    net = tiny().eval()
    traced = fx.GraphModule(net, ChildrenAreLeaves().trace(net))
    assert [node.target for node in traced.graph.nodes if node.op == "placeholder"] == ["image"]
    called = [node.target for node in traced.graph.nodes if node.op == "call_module"]
    assert {tap for taps in net.tap_presets.values() for tap in taps} <= set(called)
    assert called.index("pool1") < called.index("norm1") < called.index("conv2")
    for size in [(120, 160), (100, 90)]:
        image = torch.randn(1, 3, *size)
        assert torch.equal(traced(image), net(image))


def test_exports() -> None:
    net = tiny().eval()
    image = torch.randn(1, 3, 120, 160)
    exported = torch.export.export(net, (image,)).module()
    torch.testing.assert_close(exported(image), net(image))


def test_taps_hold_what_caffes_blobs_hold() -> None:
    net = tiny().train()
    seen: dict[str, Tensor] = {}
    for name, module in net.named_modules():
        module.register_forward_hook(lambda _m, _i, out, name=name: seen.update({name: out.clone()}))
    net(torch.randn(1, 3, 120, 160))
    assert seen["conv1.conv"].min() < 0  # not overwritten by ReLU
    assert seen["conv1"].min() == 0
    assert (seen["pool1"] - seen["norm1"]).abs().max() > 0  # before normalisation
    torch.testing.assert_close(seen["norm1"], nn.LocalResponseNorm(5, 1e-4, 0.75, k=1.0)(seen["pool1"]))
    kept = seen["fc6"] != 0
    torch.testing.assert_close(seen["fc6"][kept], 2 * seen["fc6.relu"][kept])  # dropout 0.5 doubles the rest
    assert 0 < (seen["fc6"] == 0).float().mean() - (seen["fc6.relu"] == 0).float().mean() < 0.5


def test_caffes_start() -> None:
    torch.manual_seed(0)
    net = FCN32s(7, width=0.25)
    caffe_start(net)
    for name, std, bias in [
        ("conv1", 0.01, 0.0),
        ("conv2", 0.01, 1.0),
        ("conv3", 0.01, 0.0),
        ("conv4", 0.01, 1.0),
        ("conv5", 0.01, 1.0),
        ("fc6", 0.005, 1.0),
        ("fc7", 0.005, 1.0),
    ]:
        conv = net.get_submodule(f"{name}.conv")
        assert isinstance(conv, nn.Conv2d)
        assert conv.weight.std().item() == pytest.approx(std, rel=0.05), name
        assert abs(conv.weight.mean().item()) < std / 10, name
        assert conv.bias is not None
        assert (conv.bias == bias).all(), name
    assert not net.score.weight.any()
    assert not net(torch.randn(1, 3, 120, 160)).any()

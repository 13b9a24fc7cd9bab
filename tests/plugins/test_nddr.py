import pytest
import torch
from pydantic import ValidationError
from stitchkit_nddr import NDDR, NDDRUnit
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.networks import stitch
from stitchkit.plugins import find
from stitchkit.training.groups import parameter_groups
from stitchkit.units import CrossStitch, Sharing

PLACES = [("bchw", 1), ("bhwc", -1), ("btc", -1), ("bct", 1), ("bc", 1), ("bcthw", 1)]


def maps(axes: str, networks: int = 3, channels: int = 4, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    sizes = {"b": 2, "c": channels, "h": 3, "w": 5, "t": 6}
    generator = torch.Generator().manual_seed(0)
    return [torch.randn([sizes[a] for a in axes], generator=generator).to(dtype) for _ in range(networks)]


def test_the_recipe_finds_it_by_name() -> None:
    assert find("units", "nddr") is NDDR
    with pytest.raises(ValidationError):
        NDDR(same=1.1)


def test_starts_like_cross_stitch_units() -> None:
    unit, xs = NDDR(same=0.8).build(3, 4, 1), maps("bchw")
    cross_stitch = CrossStitch(same=0.8).build(3, 4, 1)
    torch.testing.assert_close(unit.alpha, cross_stitch.alpha)
    torch.testing.assert_close(unit(*xs), cross_stitch(*xs))
    assert int(unit.weight.count_nonzero()) == 3 * 3 * 4  # channels mix with like channels alone
    assert unit.weight.numel() == 3 * 3 * 4 * 4


def test_values_computed_by_hand() -> None:
    unit = NDDR().build(2, 2, 1)
    unit.weight.data[0] = torch.tensor([[[1.0, 2.0], [0.0, 3.0]], [[0.0, 0.0], [0.5, 0.0]]])
    a, b = torch.tensor([[10.0, 20.0]]), torch.tensor([[4.0, 8.0]])
    torch.testing.assert_close(unit(a, b)[0], torch.tensor([[74.0, 2.0]]))  # 10 + 2 * 20 + 3 * 8, 4 / 2


@pytest.mark.parametrize(("axes", "channel_axis"), PLACES)
def test_equals_a_sum_over_all_channels_of_all_maps(axes: str, channel_axis: int) -> None:
    unit, xs = NDDR().build(3, 4, channel_axis).double(), maps(axes, dtype=torch.float64)
    nn.init.normal_(unit.weight)
    made_of = axes.replace("c", "k")
    expected = torch.einsum(f"icjk,j{made_of}->i{axes}", unit.weight, torch.stack(xs))
    for new, wanted in zip(unit(*xs), expected, strict=True):
        torch.testing.assert_close(new, wanted)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize(("axes", "channel_axis"), PLACES)
def test_identity_gives_the_inputs_bit_for_bit(axes: str, channel_axis: int, dtype: torch.dtype) -> None:
    xs = maps(axes, channels=67, dtype=dtype)
    assert all(map(torch.equal, NDDR(same=1.0).build(3, 67, channel_axis)(*xs), xs))


def test_with_weights_between_like_channels_alone_it_is_a_cross_stitch_unit() -> None:
    unit, cross_stitch, xs = NDDR().build(3, 4, -1), CrossStitch().build(3, 4, -1), maps("bhwc")
    nn.init.normal_(cross_stitch.alpha)
    unit.weight.data = torch.einsum("cij,ck->icjk", cross_stitch.alpha.data, torch.eye(4))
    torch.testing.assert_close(unit.alpha, cross_stitch.alpha)
    torch.testing.assert_close(unit(*xs), cross_stitch(*xs))
    assert unit.sharing(0.1) == cross_stitch.sharing(0.1)


def test_sharing_counts_weights_between_unlike_channels() -> None:
    unit = NDDR(same=1.0).build(2, 4, 1)
    assert unit.sharing(0.0).verdict == "separate"
    unit.weight.data[0, 1, 1, 3] = 0.25  # not on the diagonals that alpha shows
    assert unit.sharing(0.2) == Sharing(0.75, 0.0, 0.25)
    assert unit.sharing(0.3).verdict == "separate"
    unit.weight.data = torch.randn(4, 2, 4).expand(2, -1, -1, -1).clone()
    assert unit.sharing(1e-6).verdict == "shared"


def test_batch_norm_normalises_what_each_network_goes_on_with() -> None:
    unit, xs = NDDR(batch_norm=True).build(3, 4, -1), maps("bhwc")
    for new in unit(*(5 * x + 2 for x in xs)):
        torch.testing.assert_close(new.mean((0, 1, 2)), torch.zeros(4), atol=1e-5, rtol=0)
        torch.testing.assert_close(new.var((0, 1, 2), correction=0), torch.ones(4), atol=1e-4, rtol=0)
    assert unit.sharing(1.0).verdict == "mixed"
    assert len({float(norm.get_buffer("running_mean").sum()) for norm in unit.norms}) == 3  # one a network


def test_a_batch_norm_is_trained_at_the_rate_of_the_networks() -> None:
    nets = [nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1)) for _ in range(2)]
    net = stitch(*nets, taps=["1"], unit=NDDR(batch_norm=True), example=torch.rand(2, 3, 4, 4))
    weights, biases, alphas = parameter_groups(net, lr=0.1)
    assert [id(parameter) for parameter in alphas["params"]] == [id(net.units["1"].weight)]
    assert [len(group["params"]) for group in (weights, biases)] == [6, 6]  # 4 of convolutions, 2 of norms


def test_stitched_with_same_one_the_networks_are_separate() -> None:
    nets = [nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1)) for _ in range(2)]
    image = torch.rand(2, 3, 4, 4)
    net = stitch(*nets, taps=["1"], unit=NDDR(same=1.0), example=image)
    assert all(map(torch.equal, net(image), (one(image) for one in nets)))


def test_compiles_where_channels_are_last() -> None:
    torch.compiler.reset()
    unit, xs = NDDR().build(3, 4, -1), maps("btc")
    torch.testing.assert_close(torch.compile(unit, fullgraph=True, backend="eager")(*xs), unit(*xs))


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="at least 2 networks, but got 1"):
        NDDR().build(1, 4, 1)
    with pytest.raises(InputError, match=r"4 channels, but got 5 on axis 1"):
        NDDRUnit(3, 4)(*maps("bchw", channels=5))

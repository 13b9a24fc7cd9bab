import pytest
import torch
from pydantic import ValidationError
from stitchkit_sluice import Sluice, SluiceUnit
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.networks import stitch
from stitchkit.plugins import find
from stitchkit.units import CrossStitch, Sharing

PLACES = [("bchw", 1), ("bhwc", -1), ("btc", -1), ("bct", 1), ("bc", 1)]


def maps(axes: str, networks: int = 3, channels: int = 6, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    sizes = {"b": 2, "c": channels, "h": 3, "w": 5, "t": 7}
    generator = torch.Generator().manual_seed(0)
    return [torch.randn([sizes[a] for a in axes], generator=generator).to(dtype) for _ in range(networks)]


def test_the_recipe_finds_it_by_name() -> None:
    assert find("units", "sluice") is Sluice
    for options in ({"subspaces": 0}, {"same": 1.1}):
        with pytest.raises(ValidationError):
            Sluice.model_validate(options)


def test_starts_with_like_numbered_subspaces_convex_and_all_others_apart() -> None:
    matrix = Sluice(same=0.8).build(3, 6, 1).matrix
    torch.testing.assert_close(matrix.sum(1), torch.ones(6))
    torch.testing.assert_close(matrix[2], torch.tensor([0.1, 0.0, 0.8, 0.0, 0.1, 0.0]))  # network 1, part 0
    torch.testing.assert_close(matrix[5], torch.tensor([0.0, 0.1, 0.0, 0.1, 0.0, 0.8]))  # network 2, part 1


def test_values_computed_by_hand() -> None:
    unit = Sluice().build(2, 4, 1)
    unit.matrix.data[1] = torch.tensor([1.0, 2.0, 0.0, 0.5])  # the second half of the first network
    a, b = torch.tensor([[1.0, 2.0, 3.0, 4.0]]), torch.tensor([[10.0, 20.0, 30.0, 40.0]])
    torch.testing.assert_close(unit(a, b)[0][0, 2:], torch.tensor([22.0, 30.0]))  # 1 + 6 + 15, 2 + 8 + 20


@pytest.mark.parametrize("subspaces", [1, 2, 3, 6])
@pytest.mark.parametrize(("axes", "channel_axis"), PLACES)
def test_equals_a_sum_over_all_subspaces(axes: str, channel_axis: int, subspaces: int) -> None:
    unit = Sluice(subspaces=subspaces).build(3, 6, channel_axis).double()
    nn.init.normal_(unit.matrix)
    xs = maps(axes, dtype=torch.float64)
    matrix = unit.matrix.view(3, subspaces, 3, subspaces)
    # every channel of subspace t goes to the channel at the same place of subspace s
    every = torch.einsum("isjt,pq->ispjtq", matrix, torch.eye(6 // subspaces, dtype=torch.float64))
    weight = every.reshape(3, 6, 3, 6)
    expected = torch.einsum(f"icjk,j{axes.replace('c', 'k')}->i{axes}", weight, torch.stack(xs))
    for new, wanted in zip(unit(*xs), expected, strict=True):
        torch.testing.assert_close(new, wanted)


def test_alpha_has_the_values_of_like_numbered_subspaces_for_each_channel() -> None:
    unit = Sluice(subspaces=2).build(2, 6, 1)
    unit.matrix.data = torch.arange(16.0).view(4, 4)
    first, second = torch.tensor([[0.0, 2.0], [8.0, 10.0]]), torch.tensor([[5.0, 7.0], [13.0, 15.0]])
    assert torch.equal(unit.alpha, torch.stack([first] * 3 + [second] * 3))


def test_one_subspace_is_a_cross_stitch_unit_of_the_layer() -> None:
    unit, xs = Sluice(subspaces=1).build(3, 6, 1), maps("bchw")
    nn.init.normal_(unit.matrix)
    cross_stitch = CrossStitch(granularity="layer").build(3, 6, 1)
    cross_stitch.load_state_dict({"alpha": unit.matrix.data[None]})
    torch.testing.assert_close(unit(*xs), cross_stitch(*xs))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize(("axes", "channel_axis"), PLACES)
def test_identity_gives_the_inputs_bit_for_bit(axes: str, channel_axis: int, dtype: torch.dtype) -> None:
    xs = maps(axes, dtype=dtype)
    assert all(map(torch.equal, Sluice(same=1.0).build(3, 6, channel_axis)(*xs), xs))


def test_sharing_counts_values_between_unlike_subspaces() -> None:
    unit = Sluice(same=1.0).build(2, 6, 1)
    assert unit.sharing(0.0).verdict == "separate"
    unit.matrix.data[0, 3] = 0.25  # the first half of one network from the second half of the other
    assert unit.sharing(0.2) == Sharing(0.5, 0.0, 0.5)
    assert unit.sharing(0.3).verdict == "separate"
    unit.matrix.data = torch.randn(2, 4).repeat(2, 1)  # both networks go on with the same two halves
    assert unit.sharing(1e-6).verdict == "shared"
    a, b = unit(*maps("bchw", networks=2))
    torch.testing.assert_close(a, b)


def test_gradients_equal_finite_differences() -> None:
    unit = Sluice().build(2, 4, 1).double()
    xs = [x.requires_grad_() for x in maps("bct", 2, 4, torch.float64)]

    def mixed(matrix: Tensor, *xs: Tensor) -> tuple[Tensor, ...]:
        return torch.func.functional_call(unit, {"matrix": matrix}, xs)

    assert torch.autograd.gradcheck(mixed, (torch.randn_like(unit.matrix, requires_grad=True), *xs))


@pytest.mark.parametrize(("channels", "subspaces", "remedy"), [(10, 4, 5), (7, 2, 7), (3, 8, 3), (1, 2, 1)])
def test_channels_that_cannot_be_cut_are_named(channels: int, subspaces: int, remedy: int) -> None:
    message = (
        f"the {channels} channels of a tap cannot be cut into {subspaces} subspaces.*subspaces: {remedy},"
    )
    with pytest.raises(InputError, match=message):
        Sluice(subspaces=subspaces).build(2, channels, 1)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="at least 2 networks, but got 1"):
        Sluice().build(1, 4, 1)
    with pytest.raises(InputError, match=r"4 channels, but got 6 on axis 1"):
        SluiceUnit(3, 4)(*maps("bchw"))


def test_stitched_with_same_one_the_networks_are_separate() -> None:
    nets = [nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1)) for _ in range(2)]
    image = torch.rand(2, 3, 4, 4)
    net = stitch(*nets, taps=["1"], unit=Sluice(same=1.0), example=image)
    assert all(map(torch.equal, net(image), (one(image) for one in nets)))

import pytest
import torch
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.units import MixingUnit, Sharing, convex_start

IDENTITY, ONE_ROW, BETWEEN = (
    [[1.0, 0.0], [0.0, 1.0]],
    [[0.3, 0.7], [0.3, 0.7]],
    [[0.9, 0.1], [0.1, 0.9]],
)


class Given(MixingUnit):
    def __init__(self, alpha: Tensor, channel_axis: int = 1) -> None:
        super().__init__()
        self.channel_axis = channel_axis
        self.values = nn.Parameter(alpha)

    @property
    def alpha(self) -> Tensor:
        return self.values


def test_a_unit_that_has_alphas_mixes_by_equation_1() -> None:
    a, b = torch.tensor([[10.0, 4.0]]), torch.tensor([[20.0, 8.0]])
    mixed_a, mixed_b = Given(torch.tensor([[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.0, 2.0]]]))(a, b)
    torch.testing.assert_close(mixed_a, torch.tensor([[11.0, 6.0]]))  # 9 + 2, 2 + 4
    torch.testing.assert_close(mixed_b, torch.tensor([[18.0, 16.0]]))  # 2 + 16, 0 + 16


def test_mean_same_and_different_task_values() -> None:
    unit = Given(torch.tensor([[[0.9, 0.1, 0.0], [0.3, 0.6, 0.1], [0.0, 0.7, 0.3]]]))
    torch.testing.assert_close(unit.same_task(), torch.tensor(0.6))
    torch.testing.assert_close(unit.different_task(), torch.tensor(0.2))
    assert not unit.same_task().requires_grad


def test_all_parameters_are_trained_as_alphas_unless_a_unit_says_otherwise() -> None:
    unit = Given(torch.eye(2)[None])
    assert [id(parameter) for parameter in unit.mixing_parameters()] == [id(unit.values)]


def test_printing_says_the_shape_of_alpha() -> None:
    assert repr(Given(torch.ones(5, 2, 2), -1)) == "Given(alpha=[5, 2, 2], channel_axis=-1)"


@pytest.mark.parametrize(
    ("alpha", "sharing", "verdict"),
    [
        ([IDENTITY, IDENTITY], (1.0, 0.0, 0.0), "separate"),
        ([ONE_ROW], (0.0, 1.0, 0.0), "shared"),
        ([BETWEEN], (0.0, 0.0, 1.0), "mixed"),
        ([IDENTITY, ONE_ROW], (0.5, 0.5, 0.0), "mixed"),
        ([IDENTITY, IDENTITY, ONE_ROW, BETWEEN], (0.5, 0.25, 0.25), "mixed"),
        ([[[1.0, 0.0], [1.0, 0.0]]], (0.0, 1.0, 0.0), "shared"),  # Split: both go on with the first map
        ([[[2.0, 0.0], [0.0, 2.0]]], (0.0, 0.0, 1.0), "mixed"),
        ([[[float("nan"), 0.0], [0.0, 1.0]]], (0.0, 0.0, 1.0), "mixed"),
    ],
)
def test_sharing_is_read_off_every_channel(
    alpha: list[list[list[float]]], sharing: tuple[float, float, float], verdict: str
) -> None:
    read = Given(torch.tensor(alpha)).sharing(tolerance=1e-6)
    assert read == Sharing(*sharing)
    assert read.verdict == verdict


def test_tolerance_is_the_largest_difference_of_an_alpha() -> None:
    almost_identity = Given(torch.tensor([[[1.0, 0.01], [0.0, 0.98]]]))
    assert almost_identity.sharing(0.021).verdict == "separate"
    assert almost_identity.sharing(0.019).verdict == "mixed"
    almost_one_row = Given(torch.tensor([[[0.5, 0.5, 0.0], [0.51, 0.5, 0.0], [0.5, 0.52, 0.0]]]))
    assert almost_one_row.sharing(0.021).verdict == "shared"
    assert almost_one_row.sharing(0.019).verdict == "mixed"


def test_a_channel_is_never_both_separate_and_shared() -> None:
    assert Given(torch.tensor([BETWEEN])).sharing(tolerance=1.0) == Sharing(1.0, 0.0, 0.0)


def test_a_channel_made_of_others_is_mixed() -> None:
    weights = torch.eye(4).view(2, 2, 4)  # two networks of two channels: [to, channel, source]
    taking = weights.clone()
    taking[0, 0, 1] = 0.5  # the first network's first channel takes from its second
    assert Sharing.read(weights, weights, 0.0) == Sharing(1.0, 0.0, 0.0)
    assert Sharing.read(taking, weights, 0.0) == Sharing(0.5, 0.0, 0.5)


@pytest.mark.parametrize("networks", range(2, 9))
def test_the_start_is_a_convex_combination(networks: int) -> None:
    start = convex_start(networks, 0.9)
    assert start.dtype == torch.float64
    torch.testing.assert_close(start.sum(1), torch.ones(networks, dtype=torch.float64))
    assert (start.diagonal() == 0.9).all()
    torch.testing.assert_close(start[1, 0].item(), 0.1 / (networks - 1))
    assert torch.equal(start, start.T)


def test_one_network_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2 networks, but got 1"):
        convex_start(1, 0.9)

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from stitchkit_nddr import NDDR
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import stitchkit as sk
from stitchkit.backbones.fast_rcnn import FastRCNN
from stitchkit.backbones.fcn import FCN32s
from stitchkit.cost import flops, parameters, step_memory
from stitchkit.networks import StitchedNet

SIZE = (96, 128)
TAPS = ["pools"]
ROIS = torch.tensor([[0.0, 4.0, 4.0, 60.0, 50.0], [1.0, 0.0, 20.0, 90.0, 90.0]])

Step = Callable[[], Tensor]


def fcn(outputs: int = 5, dropout: float = 0.0) -> FCN32s:
    return FCN32s(outputs, width=1 / 16, first_padding=4, fc6_padding=3, dropout=dropout)


def images(count: int = 2) -> Tensor:
    return torch.rand(count, 3, *SIZE, generator=torch.Generator().manual_seed(count))


class Undecided(FCN32s):
    """As `FCN32s`, but for a decision by value, which no tracer can follow."""

    def __init__(self) -> None:
        super().__init__(5, width=1 / 16, first_padding=4, fc6_padding=3, dropout=0.0)

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image if image.sum() > -1e9 else -image)


def stitched(make: Callable[[], nn.Module] = fcn, unit: Any = None) -> StitchedNet:
    return sk.stitch(make(), make(), taps=TAPS, unit=unit, example=images())


def regional() -> FastRCNN:
    return FastRCNN({"scores": 4, "deltas": 16}, width=1 / 16)


def loss_of(outputs: Any) -> Tensor:
    if isinstance(outputs, Tensor):
        return outputs.square().mean()
    parts = outputs.values() if isinstance(outputs, dict) else outputs
    return torch.stack([loss_of(part) for part in parts]).sum()


def a_step(network: nn.Module, *inputs: Tensor) -> Step:
    return lambda: loss_of(network(*inputs))


def sgd(network: nn.Module, momentum: float = 0.9) -> torch.optim.Optimizer:
    return torch.optim.SGD(network.parameters(), lr=0.01, momentum=momentum, fused=True)


def adamw(network: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.AdamW(network.parameters(), fused=True)


def memory(network: nn.Module, step: Step, optimizer: torch.optim.Optimizer | None = None) -> int:
    found = step_memory(network, optimizer or sgd(network), step)
    assert found is not None
    return found


# --- operations


def test_flops_of_a_small_network_by_hand() -> None:
    net = nn.Sequential(
        nn.Conv2d(6, 8, 3, stride=2, padding=1, groups=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 4, 2, stride=2, bias=False),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * 5 * 6, 7),
    )
    convolution = 2 * 8 * (3 * 3 * 3) * (5 * 6)
    transposed = 2 * 4 * (8 * 2 * 2) * (5 * 6)
    linear = 2 * 7 * (4 * 5 * 6)
    assert flops(net, torch.rand(3, 6, 10, 12)) == 3 * (convolution + transposed + linear)
    assert parameters(net) == 8 * 27 + 8 + 16 + 4 * 8 * 4 + 7 * 120 + 7


def test_flops_of_the_paper_s_one_task_network() -> None:
    with torch.device("meta"):
        net, image = FCN32s(40), torch.empty(1, 3, 480, 640)
    layers = {
        "conv1": (96, 3 * 11 * 11, 168 * 208),
        "conv2": (256, 48 * 5 * 5, 84 * 104),
        "conv3": (384, 256 * 3 * 3, 42 * 52),
        "conv4": (384, 192 * 3 * 3, 42 * 52),
        "conv5": (256, 192 * 3 * 3, 42 * 52),
        "fc6": (4096, 256 * 6 * 6, 16 * 21),
        "fc7": (4096, 4096, 16 * 21),
        "score": (40, 4096, 16 * 21),
        "columns": (40, 21, 16 * 640),
        "rows": (40, 16, 480 * 640),
    }
    assert flops(net, image) == sum(
        2 * outputs * inputs * places for outputs, inputs, places in layers.values()
    )


class Attends(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(x, x, x)


def test_attention_counts_in_whatever_form_it_is_computed() -> None:
    tokens, width, hidden = 7, 32, 64
    products = 2 * 2 * tokens**2 * width
    assert flops(Attends(), torch.rand(3, 4, tokens, 8)) == 3 * products
    layer = nn.TransformerEncoderLayer(width, 4, hidden, batch_first=True)
    linear = 2 * tokens * (3 * width * width + width * width + 2 * width * hidden)
    assert flops(layer, torch.rand(3, tokens, width)) == 3 * (products + linear)
    assert torch.backends.mha.get_fastpath_enabled()


@pytest.mark.parametrize("make", [fcn, Undecided], ids=["graph", "lockstep"])
def test_cross_stitch_units_cost_no_products(make: Callable[[], nn.Module]) -> None:
    net = stitched(make)
    assert net.how.graph == (make is fcn)
    assert flops(net, images(1)) == 2 * flops(fcn(), images(1))


def test_nddr_costs_its_convolutions() -> None:
    at_taps = {"pool1": 6**2 * 12 * 16, "pool2": 16**2 * 6 * 8, "pool5": 16**2 * 3 * 4}
    more = 2 * 2**2 * sum(at_taps.values())  # from both networks' maps to each network's
    assert flops(stitched(unit=NDDR()), images(1)) == 2 * flops(fcn(), images(1)) + more


def test_what_is_shared_costs_once() -> None:
    at_start = sk.split(fcn(), fcn(), at="conv1", example=images())
    at_end = sk.split(fcn(), fcn(), at="score", example=images())
    one = flops(fcn(), images(1))
    assert flops(at_start, images(1)) == 2 * one
    assert one < flops(at_end, images(1)) < 2 * one
    assert parameters(at_end) == parameters(fcn()) + 5 * 256 + 5


def test_flops_of_a_network_for_regions() -> None:
    inputs = {"image": images(), "rois": ROIS}
    apart = flops(regional(), inputs)
    nets = sk.stitch({"det": regional(), "attr": regional()}, example=inputs)
    assert flops(nets, inputs) == 2 * apart
    fc6 = 2 * 256 * (16 * 6 * 6)
    fc7, heads = 2 * 256 * 256, 2 * 256 * 20
    assert apart - flops(regional(), inputs | {"rois": ROIS[:1]}) == fc6 + fc7 + heads


def test_counting_leaves_a_network_as_it_was() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(0.5))
    net[1].eval()
    before, random = copy.deepcopy(net.state_dict()), torch.get_rng_state()
    flops(net, images())
    assert [module.training for module in net.modules()] == [True, True, False, True]
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)
    assert not any(parameter.grad is not None for parameter in net.parameters())


def test_modes_come_back_after_an_error() -> None:
    net = fcn().train()
    with pytest.raises(RuntimeError, match="channels"):
        flops(net, torch.rand(1, 4, *SIZE))
    assert all(module.training for module in net.modules())


# --- memory


def chain_of_layers() -> nn.Sequential:
    return nn.Sequential(nn.Linear(10, 20), nn.Tanh(), nn.Linear(20, 5))


STATES = 4 * (10 * 20 + 20 + 20 * 5 + 5)  # bytes of the parameters
SAVED = 4 * (4 * 10 + 4 * 20 + 4 * 5)  # of four rows: the input, tanh's output, what is squared


@pytest.mark.parametrize(
    ("optimizer", "kept"),
    [
        (lambda net: sgd(net, momentum=0.0), 0),
        (sgd, STATES),
        (adamw, 2 * STATES + 4 * 4),  # two moments; a count of steps for each of four parameters
    ],
    ids=["sgd", "momentum", "adamw"],
)
def test_memory_of_a_small_network_by_hand(optimizer: Any, kept: int) -> None:
    net, x = chain_of_layers(), torch.rand(4, 10)
    assert step_memory(net, optimizer(net), lambda: net(x).square().sum()) == 2 * STATES + SAVED + kept


def test_frozen_parameters_have_no_gradient_and_no_momentum() -> None:
    net, x = chain_of_layers(), torch.rand(4, 10)
    net[0].requires_grad_(False)
    frozen = 4 * (10 * 20 + 20)
    saved = 4 * (4 * 20 + 4 * 5)  # tanh's output for the second layer's gradient; what is squared
    assert memory(net, lambda: net(x).square().sum()) == 3 * STATES - 2 * frozen + saved


def test_buffers_and_shared_parameters_count_once() -> None:
    first, second = (nn.Linear(8, 8, bias=False) for _ in range(2))
    second.weight = first.weight
    both, x = nn.Sequential(first, second), torch.rand(4, 8)
    without = memory(both, lambda: both(x).sum())
    map_ = 4 * 4 * 8
    assert without == 3 * 4 * 8 * 8 + 2 * map_
    statistics = 2 * 4 * 8 + 8  # running mean and variance; int64 count of batches
    affine, saved = 3 * 2 * 4 * 8, map_ + 2 * 4 * 8  # the batch norm's input, its mean and deviation
    net = nn.Sequential(first, second, nn.BatchNorm1d(8))
    assert memory(net, lambda: net(x).sum()) == without + statistics + affine + saved


def test_what_the_loss_does_not_need_is_not_held() -> None:
    net, x = chain_of_layers(), torch.rand(4, 10)

    def with_more() -> Tensor:
        unused = net(x).exp().sum()
        return net(x).square().sum() + 0 * unused.detach()

    assert memory(net, with_more) == memory(net, lambda: net(x).square().sum())


def test_checkpointed_layers_hold_less() -> None:
    net, x = (
        nn.Sequential(*(nn.Sequential(nn.Linear(10, 10), nn.Tanh()) for _ in range(4))),
        torch.rand(64, 10),
    )

    def in_parts() -> Tensor:
        y = x
        for part in net:
            y = checkpoint(part, y, use_reentrant=False)
        return y.sum()

    assert memory(net, in_parts) < memory(net, lambda: net(x).sum())


def test_activations_grow_with_the_batch_and_states_do_not() -> None:
    upscaling = 4 * (SIZE[0] * 4 + SIZE[1] * 5)  # of each network, from 4x5 scores
    for net, ends in ((fcn(), 1), (stitched(), 2), (sk.split(fcn(), fcn(), at="conv4", example=images()), 2)):
        one, two, three = (memory(net, a_step(net, images(n))) for n in (1, 2, 3))
        assert three - two == two - one > 0
        assert one - (two - one) == 3 * 4 * parameters(net) + ends * upscaling


def test_a_stitched_network_holds_its_parts_and_what_its_units_save() -> None:
    apart = memory(net := fcn(), a_step(net, images()))
    whole = stitched()
    together = memory(whole, a_step(whole, images()))
    shared = sk.split(fcn(), fcn(), at="pool5", example=images())
    assert together > 2 * apart - images().nbytes  # both see the same image
    assert memory(shared, a_step(shared, images())) < 2 * apart


def test_lockstep_holds_what_a_graph_holds() -> None:
    graph, steps = stitched(), stitched(Undecided)
    assert memory(graph, a_step(graph, images())) == memory(steps, a_step(steps, images()))


def test_memory_of_a_network_for_regions() -> None:
    nets = sk.stitch({"det": regional(), "attr": regional()}, example={"image": images(), "rois": ROIS})
    found = [memory(nets, a_step(nets, images(), ROIS.repeat(n, 1))) for n in (1, 2)]
    assert 3 * 4 * parameters(nets) < found[0] < found[1]


def test_memory_of_the_paper_s_network_is_known_without_values() -> None:
    with torch.device("meta"):
        net, batch = FCN32s(40, dropout=0.0), torch.empty(20, 3, 480, 640)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    activations = memory(net, lambda: net(batch).sum(), optimizer) - 3 * 4 * parameters(net)
    maps = {
        "image": 3 * 480 * 640,
        "conv1": 96 * 168 * 208,
        "pool1": 96 * 84 * 104 * (1 + 2),  # int64 places of the largest, too
        "norm1": 96 * 84 * 104 * 3,  # its denominator, its gain, its output
        "conv2": 256 * 84 * 104,
        "pool2": 256 * 42 * 52 * (1 + 2),
        "norm2": 256 * 42 * 52 * 3,
        "conv3 to conv5": (384 + 384 + 256) * 42 * 52,
        "pool5": 256 * 21 * 26 * (1 + 2),
        "fc6 and fc7": 2 * 4096 * 16 * 21,
    }
    upscaling = 4 * (640 * 21 + 480 * 16)
    assert activations - 20 * 4 * sum(maps.values()) == upscaling


class Noisy(nn.Module):
    """A network with all that a forward pass may change: statistics, masks, a new buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.5)
        self.register_buffer("mean", torch.zeros(4))
        self.mean: Tensor

    def forward(self, image: Tensor) -> Tensor:
        x = self.norm(self.conv(image))
        self.mean = 0.9 * self.mean + 0.1 * x.detach().mean((0, 2, 3))
        return self.drop(x) - self.mean[:, None, None]


def train(optimizer: Callable[[nn.Module], torch.optim.Optimizer], measured: bool) -> Any:
    torch.manual_seed(0)
    net = Noisy()
    own = optimizer(net)

    def step() -> Tensor:
        return loss_of(net(images() + torch.rand(1)))

    found = []
    for _ in range(3):
        if measured:
            found.append(step_memory(net, own, step))
        own.zero_grad()
        step().backward()
        own.step()
    assert found == found[:1] * len(found)
    return net.state_dict(), own.state_dict()["state"], torch.get_rng_state()


@pytest.mark.parametrize("optimizer", [sgd, adamw])
def test_training_is_the_same_bit_for_bit_whether_it_is_measured_or_not(optimizer: Any) -> None:
    measured, plain = train(optimizer, True), train(optimizer, False)
    torch.testing.assert_close(measured, plain, rtol=0, atol=0)


def test_measuring_leaves_modes_gradients_and_the_optimiser_alone() -> None:
    net = Noisy().eval()
    own, grad, buffers = adamw(net), torch.ones_like(net.conv.weight), list(net.buffers())
    net.conv.weight.grad = grad
    memory(net, a_step(net, images()), own)
    assert not any(module.training for module in net.modules())
    assert net.conv.weight.grad is grad
    assert net.conv.bias is not None
    assert net.conv.bias.grad is None
    assert all(after is before for after, before in zip(net.buffers(), buffers, strict=True))
    assert not own.state
    assert own.param_groups[0]["fused"]
    assert own.param_groups[0]["params"][0] is net.conv.weight


def test_memory_is_none_where_it_cannot_be_known(caplog: pytest.LogCaptureFixture) -> None:
    net, x = chain_of_layers(), torch.rand(4, 10)

    def transformed() -> Tensor:
        return torch.func.grad(lambda y: net(y).square().sum())(x).sum()

    with caplog.at_level("DEBUG", "stitchkit"):
        assert step_memory(net, sgd(net), transformed) is None
        assert step_memory(net, torch.optim.LBFGS(net.parameters()), lambda: net(x).sum()) is None
    assert caplog.messages == ["the memory of a training step is not known"] * 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_both_are_the_same_on_a_gpu() -> None:
    found = []
    for device in ("cpu", "cuda"):
        net, x = stitched().to(device), images().to(device)
        random = torch.cuda.get_rng_state()
        found.append((flops(net, images()), *(memory(net, a_step(net, x), of(net)) for of in (sgd, adamw))))
        assert torch.equal(torch.cuda.get_rng_state(), random)
    assert found[0] == found[1]
    train(sgd, True)

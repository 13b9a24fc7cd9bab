from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.graph.trace import Trace, trace


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[0] > 100:  # control flow that no tracer can follow, as long as the block stays closed
            raise AssertionError
        return x + self.relu(self.conv(self.relu(x)))


class Net(nn.Module):
    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.5, 0.4, 0.3]))
        self.scale = nn.Parameter(torch.ones(1, 4, 1, 1))
        self.stem = nn.Conv2d(3, 4, 1)
        self.blocks = nn.Sequential(Block(), Block())

    def forward(self, image: Tensor, mask: Tensor | None = None, *, gain: float = 2.0) -> Tensor:
        x = self.blocks(self.stem(image - self.mean[:, None, None]) * self.scale)
        if mask is not None:
            x = x * mask
        return F.dropout(x * gain, training=self.training)


def operations(found: Trace) -> list[str]:
    return [str(node.target) for node in found.graph.nodes if node.op == "call_module"]


def test_only_the_path_to_a_tap_is_opened() -> None:
    net = Net()
    assert operations(trace(net, ["stem"], ["image"], "seg").eval) == ["stem", "blocks"]
    found = trace(net, ["blocks.0"], ["image"], "seg")
    assert operations(found.eval) == ["stem", "blocks.0", "blocks.1"]
    assert found.eval.node("blocks.0", "seg").target == "blocks.0"
    assert (found.rung, found.failed) == ("torch.fx", {})


def test_an_opened_module_can_be_a_tap_itself() -> None:
    found = trace(Net(), ["blocks", "blocks.0"], ["image"], "seg").eval
    assert found.node("blocks", "seg").target == "blocks.1"


def test_each_mode_has_its_own_graph_and_the_network_keeps_its_own() -> None:
    net: Any = Net().train()
    net.blocks[1].eval()
    found = trace(net, ["stem"], ["image"], "seg")
    dropout = {
        mode: found[mode].graph.find_nodes(op="call_function", target=F.dropout) for mode in (True, False)
    }
    assert {mode: node.kwargs["training"] for mode, (node,) in dropout.items()} == {True: True, False: False}
    assert [m.training for m in (net, net.stem, net.blocks[0], net.blocks[1].conv)] == [
        True,
        True,
        True,
        False,
    ]


def test_parameters_that_are_no_inputs_keep_their_defaults() -> None:
    net = Net()
    without = trace(net, ["stem"], ["image"], "seg").eval.graph
    assert [node.target for node in without.find_nodes(op="placeholder")] == ["image"]
    with_mask = trace(net, ["stem"], ["image", "mask", "gain"], "seg").eval.graph
    assert [node.target for node in with_mask.find_nodes(op="placeholder")] == ["image", "mask", "gain"]


def test_buffers_and_parameters_stay_the_networks_own() -> None:
    graph = trace(Net(), ["stem"], ["image"], "seg").eval.graph
    assert [node.target for node in graph.find_nodes(op="get_attr")] == ["mean", "scale"]


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.relu(x) - 1)


def test_two_calls_of_a_module_are_two_nodes() -> None:
    found = trace(Shared(), ["relu"], ["x"], "seg").eval
    assert found.node("relu#1", "seg").name == "relu"
    assert found.node("relu#2", "seg").name == "relu_1"
    with pytest.raises(InputError, match=r"network 'seg': tap 'relu#3' is not reached"):
        found.node("relu#3", "seg")


class MakesTensor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x) * torch.tensor(2.0)


class Loops(MakesTensor):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x) if x.sum() > 0 else x


def hooked() -> nn.Module:
    net = nn.Sequential(nn.Conv2d(3, 3, 1))
    net.register_forward_hook(lambda module, args, output: output * 2)
    return net


@pytest.mark.parametrize(
    ("net", "tap", "cause"),
    [
        (MakesTensor(), "conv", r"makes a tensor of shape \(\) from no input"),
        (Loops(), "conv", "cannot be used as inputs to control flow"),
        (hooked(), "0", "has hooks or a forward of its own"),
    ],
    ids=["tensor", "control-flow", "hooks"],
)
def test_what_cannot_be_traced_is_one_error_with_cause_and_remedy(
    net: nn.Module, tap: str, cause: str
) -> None:
    with pytest.raises(
        InputError,
        match=rf"network 'seg' \({type(net).__name__}\) cannot be traced to {tap}: .*{cause}.*; choose outer",
    ) as error:
        trace(net, [tap], ["x", "input"], "seg")
    assert "\n" not in str(error.value)
    assert not hasattr(net, "_tensor_constant0")
    assert net.training

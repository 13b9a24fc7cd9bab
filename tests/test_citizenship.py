"""A stitched network is a module like any other: copied, saved, compiled, exported and trained as one."""

import contextlib
import copy
import io
import pickle
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
import safetensors.torch
import timm
import torch
import torch.nn.functional as F
import torchvision
from timm.utils.model_ema import ModelEmaV3
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import apply_activation_checkpointing
from torch.export import Dim
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel
from torch.utils.checkpoint import checkpoint

import stitchkit as sk


class Plain(nn.Module):
    """Batch norm, and dropout by ``self.training``."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(3, 4, 3, stride=4), nn.BatchNorm2d(4))
        self.two = nn.Conv2d(4, 4, 3, stride=2)
        self.head = nn.Conv2d(4, 5, 1)

    def forward(self, image: Tensor) -> Tensor:
        x = F.dropout(F.relu(self.one(image)), 0.2, training=self.training)
        return self.head(F.relu(self.two(x))).mean((2, 3))


class Branching(Plain):
    """Python that torch.fx cannot follow."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image if image.float().norm() > 0 else -image)


class BranchingByShape(Plain):
    """As far as an export is concerned, Python like any other."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image if image.shape[1] == 3 else -image)


def _convnext(**options: Any) -> nn.Module:
    return timm.create_model("convnext_atto", num_classes=5, **options)


def _vit(**options: Any) -> nn.Module:
    return timm.create_model("vit_tiny_patch16_224", num_classes=5, img_size=64, **options)


NETWORKS: dict[str, tuple[Callable[[], nn.Module], Any]] = {
    "resnet18": (lambda: torchvision.models.resnet18(num_classes=5), None),
    "mobilenet_v3_small": (lambda: torchvision.models.mobilenet_v3_small(num_classes=5), None),
    "convnext_atto": (_convnext, None),
    "vit_tiny": (lambda: _vit(depth=3), ["blocks.*"]),
    "small_convnext": (lambda: _convnext(depths=(1, 1, 1, 1), dims=(8, 8, 16, 16)), ["stages.*"]),
    "small_vit": (lambda: _vit(depth=2, embed_dim=48, num_heads=2), ["blocks.*"]),
    "plain": (Plain, ["one", "two"]),
    "lockstep": (Branching, ["one", "two"]),
}


def slow(*names: str) -> list[Any]:
    return [pytest.param(name, marks=pytest.mark.slow) for name in names]


GRAPHS = ["resnet18", "small_convnext", "small_vit", *slow("mobilenet_v3_small", "convnext_atto", "vit_tiny")]
EVERY = [*GRAPHS, "lockstep"]
EXPORTED = ["small_convnext", "small_vit", *slow("resnet18", "mobilenet_v3_small", "convnext_atto")]
TO_ONNX = ["small_convnext", *slow("small_vit", "resnet18", "mobilenet_v3_small", "convnext_atto")]
COMPILED = ["small_vit", *slow("resnet18", "small_convnext", "mobilenet_v3_small")]


@cache
def _original(name: str) -> Any:
    make, taps = NETWORKS[name]
    torch.manual_seed(0)
    net = sk.stitch({"a": make(), "b": make()}, taps=taps, example=images())
    assert net.how.graph == (name != "lockstep")
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0  # one batch makes the statistics
    with torch.no_grad():
        net(images())
    return net.eval()


def stitched(name: str) -> Any:
    """Two networks with units that mix, in evaluation mode."""
    return copy.deepcopy(_original(name))


def with_identity(net: Any) -> Any:
    for unit in net.units.values():
        unit.alpha.data[:] = torch.eye(2)
    return net


def images(batch: int = 3, seed: int = 0) -> Tensor:
    return torch.randn(batch, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


def loss_of(outputs: Mapping[str, Tensor]) -> Tensor:
    return torch.stack([output.float().square().sum() for output in outputs.values()]).sum()


def distance(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> float:
    """Largest difference, relative to the largest value of each output."""
    assert list(found) == list(wanted)
    return max(
        ((found[name].float() - value.float()).abs().max() / value.float().abs().max()).item()
        for name, value in wanted.items()
    )


def gradients(net: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    net.zero_grad()
    torch.manual_seed(seed)
    loss_of(net(images())).backward()
    return {name: p.grad for name, p in net.named_parameters() if p.grad is not None}


def saved_values(net: nn.Module) -> int:
    """Number of values that a forward pass keeps for the backward pass."""
    kept = 0

    def count(tensor: Tensor) -> Tensor:
        nonlocal kept
        kept += tensor.numel()
        return tensor

    with saved_tensors_hooks(count, lambda tensor: tensor):
        loss_of(net(images()))
    return kept


# --- modes


@pytest.mark.parametrize("name", ["plain", "lockstep", *slow("mobilenet_v3_small")])
def test_modes_reach_dropout_and_batch_norm(name: str) -> None:
    net = stitched(name)
    before = copy.deepcopy(net.state_dict())
    with torch.no_grad():
        assert distance(net(images(seed=1)), net(images(seed=1))) == 0
        assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
        net.train()
        assert all(module.training for module in net.modules())
        assert distance(net(images(seed=1)), net(images(seed=1))) > 0
    changed = {key for key, value in net.state_dict().items() if not torch.equal(value, before[key])}
    statistics = {key for key in before if key.rpartition(".")[2] in ("running_mean", "running_var")}
    assert changed >= statistics
    assert all(key in statistics or key.endswith("num_batches_tracked") for key in changed)


def test_a_part_that_is_put_into_evaluation_mode_stays_in_it() -> None:
    net = stitched("resnet18").train()
    net.nets["a"].layer1.eval()
    before = net.nets["a"].layer1[0].bn1.running_mean.clone()
    with torch.no_grad():
        net(images(seed=1))
    assert torch.equal(net.nets["a"].layer1[0].bn1.running_mean, before)
    assert not torch.equal(net.nets["b"].layer1[0].bn1.running_mean, before)


# --- copying and saving


COPIES: dict[str, Callable[[nn.Module], Any]] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES.keys())
@pytest.mark.parametrize("name", EVERY)
def test_copies_are_whole_and_apart(name: str, copied: Callable[[nn.Module], Any]) -> None:
    net = stitched(name)
    with torch.no_grad():
        wanted = net(images())
        twin = copied(net)
        assert distance(twin(images()), wanted) == 0
        for parameter in twin.parameters():
            parameter.zero_()
        assert distance(net(images()), wanted) == 0
        assert distance(twin(images()), wanted) > 0
    assert list(twin.units) == list(net.units)
    assert twin.taps == net.taps
    assert str(twin.how) == str(net.how)


def _by_torch(net: nn.Module, path: Path) -> dict[str, Tensor]:
    torch.save(net.state_dict(), path)
    return torch.load(path, weights_only=True)


def _by_safetensors(net: nn.Module, path: Path) -> dict[str, Tensor]:
    safetensors.torch.save_file(net.state_dict(), path)
    return safetensors.torch.load_file(path)


@pytest.mark.parametrize("saved", [_by_torch, _by_safetensors], ids=["torch", "safetensors"])
@pytest.mark.parametrize("name", EVERY)
def test_state_dict_round_trip(name: str, saved: Callable[..., dict[str, Tensor]], tmp_path: Path) -> None:
    net, other = stitched(name), stitched(name)
    with torch.no_grad():
        for tensor in other.state_dict().values():
            tensor.zero_()
        other.load_state_dict(saved(net, tmp_path / "net"), strict=True)
        assert distance(other(images()), net(images())) == 0


@pytest.mark.parametrize("name", EVERY)
def test_parameters_are_those_of_the_networks_and_units_once(name: str) -> None:
    net = stitched(name)
    own = [*(p for each in net.nets.values() for p in each.parameters())]
    own += [p for unit in net.units.values() for p in unit.parameters()]
    assert list(map(id, net.parameters())) == list(map(id, own))
    assert len(set(map(id, own))) == len(own)


# --- types, devices, layouts


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=["float64", "bfloat16"])
@pytest.mark.parametrize("name", EVERY)
def test_another_type_is_the_type_throughout(name: str, dtype: torch.dtype) -> None:
    net = with_identity(stitched(name)).to(dtype)
    x = images().to(dtype)
    with torch.no_grad():
        found = net(x)
        assert {output.dtype for output in found.values()} == {dtype}
        assert distance(found, {key: alone(x) for key, alone in net.nets.items()}) == 0


@pytest.mark.parametrize("name", GRAPHS)
def test_moves_to_another_device(name: str) -> None:
    found = stitched(name).to("meta")(images().to("meta"))
    assert {(output.device.type, output.shape) for output in found.values()} == {("meta", (3, 5))}


@pytest.mark.parametrize("name", EVERY)
def test_trains_under_autocast(name: str) -> None:
    net = with_identity(stitched(name))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = net(images())
        assert {output.dtype for output in outputs.values()} == {torch.bfloat16}
        assert distance(outputs, {key: alone(images()) for key, alone in net.nets.items()}) == 0
    loss_of(outputs).backward()
    for unit in net.units.values():
        assert unit.alpha.grad.dtype == torch.float32
        assert unit.alpha.grad.isfinite().all()
        assert (unit.alpha.grad != 0).any()


def test_channels_last_goes_through_the_units() -> None:
    net = stitched("resnet18")
    with torch.no_grad():
        wanted = net(images())
    layouts: list[bool] = []

    def note(_: nn.Module, given: tuple[Tensor, ...], returned: tuple[Tensor, ...]) -> None:
        layouts.extend(x.is_contiguous(memory_format=torch.channels_last) for x in (*given, *returned))

    for unit in net.units.values():
        unit.register_forward_hook(note)
    with torch.no_grad():
        found = net.to(memory_format=torch.channels_last)(images().to(memory_format=torch.channels_last))
    assert layouts == [True] * 4 * len(net.units)
    assert distance(found, wanted) < 1e-5


# --- compiling and exporting


@pytest.fixture
def fresh_compiler() -> Iterator[None]:
    torch.compiler.reset()
    yield
    torch.compiler.reset()


@pytest.mark.parametrize("name", COMPILED)
def test_compiles_into_one_graph_in_both_modes(name: str, fresh_compiler: None) -> None:
    net = stitched(name)
    twin = copy.deepcopy(net)
    compiled: Any = torch.compile(twin, fullgraph=True, backend="aot_eager")
    with torch.no_grad():
        assert distance(compiled(images()), net(images())) < 1e-5
    found = gradients(compiled.train())
    assert found.keys() == {f"_orig_mod.{key}" for key, _ in net.named_parameters()}
    if name != "mobilenet_v3_small":  # its dropout draws other numbers
        assert (
            distance({key.removeprefix("_orig_mod."): g for key, g in found.items()}, gradients(net.train()))
            < 1e-3
        )
        with torch.no_grad():
            assert distance(compiled.eval()(images()), net.eval()(images())) < 1e-4


BATCH = (({0: Dim.DYNAMIC},),)


@pytest.mark.parametrize("name", EXPORTED)
def test_exports_with_any_number_of_images(name: str) -> None:
    net = stitched(name)
    exported = torch.export.export(net, (images(),), dynamic_shapes=BATCH).module()
    with torch.no_grad():
        for batch in (1, 3, 5):
            assert distance(exported(images(batch)), net(images(batch))) < 1e-5


@pytest.mark.parametrize("name", TO_ONNX)
def test_onnxruntime_computes_the_same(name: str) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    net = stitched(name)
    with contextlib.redirect_stdout(io.StringIO()):
        program = torch.onnx.export(
            net,
            (images(),),
            dynamo=True,
            dynamic_shapes=BATCH,
            input_names=["image"],
            output_names=list(net.nets),
        )
    assert program is not None
    session = onnxruntime.InferenceSession(
        program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for batch in (1, 3, 5):
        found = session.run(["a", "b"], {"image": images(batch).numpy()})
        with torch.no_grad():
            wanted = net(images(batch))
        assert distance({"a": torch.from_numpy(found[0]), "b": torch.from_numpy(found[1])}, wanted) < 1e-5


def _compiled(net: nn.Module) -> Any:
    return torch.compile(net, backend="eager", fullgraph=True)(images())


def _exported(net: nn.Module) -> Any:
    return torch.export.export(net, (images(),))


@pytest.mark.parametrize("deployed", [_compiled, _exported], ids=["compile", "export"])
def test_lockstep_gives_no_graph_and_says_so(deployed: Callable[[Any], Any], fresh_compiler: None) -> None:
    torch.manual_seed(0)
    net = sk.stitch(BranchingByShape(), BranchingByShape(), taps=["one", "two"], example=images()).eval()
    assert not net.how.graph
    with torch.no_grad(), pytest.raises(Exception, match="networks in lockstep have no graph"):
        deployed(net)


def test_lockstep_runs_beside_compiled_code(fresh_compiler: None) -> None:
    net = stitched("lockstep")
    with torch.no_grad():
        assert distance(torch.compile(net, backend="eager")(images()), net(images())) == 0


# --- gradients


def test_checkpointing_of_closed_stages_saves_memory_and_changes_no_gradient() -> None:
    net = stitched("small_convnext").train()
    kept, wanted = saved_values(net), gradients(net)
    for each in net.nets.values():
        each.set_grad_checkpointing()
    assert saved_values(net) < kept / 2
    assert distance(gradients(net), wanted) == 0


def test_checkpointing_of_tapped_blocks_saves_memory_and_changes_no_gradient() -> None:
    net = stitched("small_vit").train()
    kept, wanted, keys = saved_values(net), gradients(net), list(net.state_dict())
    block = type(net.nets["a"].blocks[0])
    apply_activation_checkpointing(net, check_fn=lambda module: isinstance(module, block))
    assert list(net.state_dict()) == keys
    assert saved_values(net) < kept / 2
    found = gradients(net)
    assert (
        distance({key.replace("._checkpoint_wrapped_module", ""): g for key, g in found.items()}, wanted) == 0
    )


@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")
@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("make", [Plain, Branching], ids=["graph", "lockstep"])
def test_a_tap_inside_a_checkpointed_part_is_refused(make: Any, reentrant: bool) -> None:
    class Saves(make):
        def forward(self, image: Tensor) -> Tensor:
            return checkpoint(super().forward, image, use_reentrant=reentrant)

    x = images().requires_grad_()
    with pytest.raises(sk.InputError, match="'a': tap 'one' lies inside a part under gradient checkpointing"):
        sk.stitch({"a": Saves(), "b": Saves()}, taps=["one"], example=x)(x)


def test_timms_checkpointing_of_tapped_blocks_is_refused() -> None:
    make, taps = NETWORKS["small_vit"]
    a, b = cast(Any, make()), cast(Any, make())
    b.set_grad_checkpointing()
    with pytest.raises(
        sk.InputError, match=r"network 'b': tap 'blocks.0' lies inside .* checkpoint the modules"
    ):
        sk.stitch({"a": a, "b": b}, taps=taps, example=images())


def test_checkpointing_between_taps_is_kept() -> None:
    class Saves(Plain):
        def forward(self, image: Tensor) -> Tensor:
            x = F.relu(self.two(F.relu(self.one(image))))
            return checkpoint(self.head, x, use_reentrant=False).mean((2, 3))

    torch.manual_seed(0)
    net: Any = sk.stitch({"a": Saves(), "b": Saves()}, taps=["one", "two"], example=images())
    assert "'head' runs under gradient checkpointing, which a graph would lose" in str(net.how)
    assert all(gradient.isfinite().all() for gradient in gradients(net).values())
    assert gradients(net).keys() == dict(net.named_parameters()).keys()


def test_per_image_gradients_add_up() -> None:
    net = stitched("small_vit")
    wanted = gradients(net)
    parameters = {name: parameter.detach() for name, parameter in net.named_parameters()}

    def loss(parameters: dict[str, Tensor], image: Tensor) -> Tensor:
        return loss_of(torch.func.functional_call(net, parameters, (image[None],)))

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop", category=UserWarning)
        each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(parameters, images())
    assert distance({name: grad.sum(0) for name, grad in each.items()}, wanted) < 1e-4


@pytest.mark.parametrize("name", EVERY)
def test_one_network_is_frozen_while_the_other_and_the_units_train(name: str) -> None:
    net = stitched(name)
    net.nets["a"].requires_grad_(False)
    with_gradient = {key.partition(".")[2] for key in gradients(net)}
    assert {key for key, _ in net.nets["b"].named_parameters(prefix="b")} <= with_gradient
    assert not any(key.startswith("a.") for key in with_gradient)
    assert all(unit.alpha.grad is not None for unit in net.units.values())


def test_clipping_sees_every_gradient() -> None:
    net = stitched("resnet18").train()
    wanted = torch.stack([gradient.norm() for gradient in gradients(net).values()]).norm()
    torch.testing.assert_close(
        nn.utils.clip_grad_norm_(net.parameters(), 1.0, error_if_nonfinite=True), wanted
    )
    clipped = torch.stack([p.grad.norm() for p in net.parameters()]).norm()
    torch.testing.assert_close(clipped, torch.tensor(1.0), rtol=1e-4, atol=0)


@pytest.mark.parametrize("make", [Plain, Branching], ids=["graph", "lockstep"])
def test_networks_may_hold_the_same_module(make: Callable[[], Any]) -> None:
    torch.manual_seed(0)
    a, b = make().eval(), make().eval()
    b.two = a.two
    alone = copy.deepcopy((a, b))
    net: Any = sk.stitch(
        {"a": a, "b": b}, taps=["one", "two"], unit=sk.CrossStitch(same=1.0), example=images()
    )
    loss_of(net(images())).backward()
    loss_of({str(i): each(images()) for i, each in enumerate(alone)}).backward()
    assert torch.equal(a.two.weight.grad, alone[0].two.weight.grad)
    assert sum(parameter is a.two.weight for parameter in net.parameters()) == 1
    twin: Any = copy.deepcopy(net)
    assert twin.nets["a"].two is twin.nets["b"].two
    assert twin.nets["a"].two is not a.two


# --- training


@pytest.mark.parametrize("name", EVERY)
def test_averages_of_the_weights_are_networks_too(name: str) -> None:
    net = stitched(name)
    mean, decayed = AveragedModel(net), ModelEmaV3(net, decay=0.5)
    mean.update_parameters(net)
    halfway = copy.deepcopy(net)
    with torch.no_grad():
        for parameter, half in zip(net.parameters(), halfway.parameters(), strict=True):
            half.mul_(0.75)
            parameter.mul_(0.5)
    mean.update_parameters(net)
    decayed.update(net)
    with torch.no_grad():
        for average in (mean, decayed):
            assert distance(average(images()), halfway(images())) < 1e-4


@pytest.fixture
def one_process(tmp_path: Path) -> Iterator[None]:
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path / 'rendezvous'}", rank=0, world_size=1
    )
    yield
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize("name", EVERY)
def test_distributed_training_uses_every_parameter(name: str, one_process: None) -> None:
    net = stitched(name).train()
    wanted = gradients(net)
    parallel = DistributedDataParallel(net, find_unused_parameters=False)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Grad strides do not match", category=UserWarning)
        gradients(parallel)
        found = gradients(parallel)
    assert found.keys() == {f"module.{key}" for key, _ in net.named_parameters()}
    assert distance({key.removeprefix("module."): gradient for key, gradient in found.items()}, wanted) < 1e-4

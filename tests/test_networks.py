import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

import stitchkit as sk
from stitchkit.backbones.caffenet import CaffeNet, CaffeNetConfig
from stitchkit.errors import InputError

IDENTITY = sk.CrossStitch(same=1.0)


class Net(nn.Module):
    """Two blocks, dropout by ``self.training`` and a head; its first layer works in place if asked to."""

    def __init__(self, outputs: int = 2, channels: int = 4, inplace: bool = False) -> None:
        super().__init__()
        self.first = nn.ReLU(inplace=inplace)
        self.one = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1), nn.BatchNorm2d(channels))
        self.relu = nn.ReLU(inplace=True)
        self.two = nn.Conv2d(channels, 4, 3, stride=2)
        self.head = nn.Conv2d(4, outputs, 1)
        self.drop = 0.0

    def forward(self, image: Tensor) -> Tensor:
        x = self.relu(self.one(self.first(image)))
        x = F.dropout(x, self.drop, training=self.training)
        return self.head(self.relu(self.two(x)))


def images(batch: int = 2, size: int = 9) -> Tensor:
    return torch.randn(batch, 3, size, size, generator=torch.Generator().manual_seed(0))


def nets(count: int = 2, make: Callable[[], nn.Module] = Net) -> list[Any]:
    torch.manual_seed(0)
    return [make() for _ in range(count)]


def stitched(count: int = 2, **options: Any) -> Any:
    return sk.stitch(*nets(count), taps=["one", "two"], example=images(), **options)


def equal(found: Any, wanted: Any) -> bool:
    return len(found) == len(wanted) and all(map(torch.equal, found, wanted))


# --- alpha the identity: N separate networks


@pytest.mark.parametrize(
    ("make", "taps"),
    [
        (lambda: torchvision.models.resnet18(num_classes=5), None),
        (lambda: torchvision.models.resnet18(num_classes=5), ["layer1.0.relu#1", "layer2.*", "layer4"]),
        (lambda: torchvision.models.alexnet(num_classes=5, dropout=0.0), ["pools"]),
        (lambda: torchvision.models.mobilenet_v3_small(num_classes=5, dropout=0.0), None),
        (lambda: timm.create_model("resnet18", num_classes=5), ["layer*"]),
        (lambda: timm.create_model("convnext_atto", num_classes=5), None),
        (
            lambda: timm.create_model("vit_tiny_patch16_224", num_classes=5, img_size=64, depth=3),
            ["blocks.*"],
        ),
        (
            lambda: timm.create_model(
                "swin_tiny_patch4_window7_224",
                num_classes=5,
                img_size=64,
                window_size=2,
                depths=(1, 1, 1, 1),
                drop_path_rate=0.0,
            ),
            None,
        ),
    ],
    ids=["resnet18", "resnet18-inner", "alexnet", "mobilenet", "timm-resnet18", "convnext", "vit", "swin"],
)
def test_identity_equals_the_separate_networks_bit_for_bit(make: Callable[[], nn.Module], taps: Any) -> None:
    one, two = nets(make=make)
    x = images(size=64)
    net = sk.stitch({"a": one, "b": two}, taps=taps, unit=IDENTITY, example=x)
    assert str(net.how) == "torch.fx"
    for mode in (True, False):
        separate = copy.deepcopy(one).train(mode), copy.deepcopy(two).train(mode)
        with torch.no_grad():
            outputs = net.train(mode)(x)
            assert list(outputs) == ["a", "b"]
            assert equal(outputs.values(), [alone(x) for alone in separate])


def test_identity_gives_the_separate_networks_gradients_and_statistics() -> None:
    one, two = nets()
    alone = [copy.deepcopy(one), copy.deepcopy(two)]
    net = sk.stitch(one, two, taps=["one", "two"], unit=IDENTITY, example=images())
    for outputs in (net(images()), [each(images()) for each in alone]):
        sum(output.square().sum() for output in outputs).backward()
    for together, separate in zip((one, two), alone, strict=True):
        for parameter, wanted in zip(together.parameters(), separate.parameters(), strict=True):
            assert torch.equal(parameter.grad, wanted.grad)
        assert torch.equal(together.one[1].running_mean, separate.one[1].running_mean)
        assert together.one[1].num_batches_tracked == 1


# --- properties of any alpha


def test_permuting_the_tasks_permutes_the_outputs() -> None:
    a, b, c = nets(3)
    options: dict[str, Any] = {"taps": ["one", "two"], "unit": sk.CrossStitch(same=0.6), "example": images()}
    with torch.no_grad():
        forward = sk.stitch({"a": a, "b": b, "c": c}, **options).eval()(images())
        backward = sk.stitch({"c": c, "a": a, "b": b}, **options).eval()(images())
    assert list(backward) == ["c", "a", "b"]
    for name in "abc":
        torch.testing.assert_close(forward[name], backward[name])


def test_values_of_two_stitched_networks_computed_step_by_step() -> None:
    a, b = nets()
    net = sk.stitch(a, b, taps=["one"], unit=sk.CrossStitch(same=0.7), example=images()).eval()
    with torch.no_grad():
        map_a, map_b = a.one(a.first(images())), b.one(b.first(images()))
        found = net(images())
        for each, mixed, output in zip(
            (a, b), (0.7 * map_a + 0.3 * map_b, 0.3 * map_a + 0.7 * map_b), found, strict=True
        ):
            torch.testing.assert_close(output, each.head(torch.relu(each.two(torch.relu(mixed)))))


@pytest.mark.parametrize("count", [2, 3])
def test_every_alpha_gets_a_gradient(count: int) -> None:
    net = stitched(count)
    outputs = net(images())
    assert len(outputs) == count
    sum(output.square().sum() for output in outputs).backward()
    for tap, unit in net.units.items():
        assert unit.alpha.shape == (4, count, count)
        assert (unit.alpha.grad != 0).all(), tap


def test_split_is_a_corner_of_alpha() -> None:
    a, b = nets()
    net: Any = sk.stitch(a, b, taps=["one", "two"], unit=IDENTITY, example=images())
    net.units["one"].alpha.data[:] = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    with torch.no_grad():
        for mode in (False, True):
            corner = net.train(mode)(images())
            assert equal(sk.split(a, b, at="two", example=images()).train(mode)(images()), corner)
    net.units["two"].alpha.data[:] = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    with torch.no_grad():
        assert equal(sk.split(a, b, at="head", example=images()).eval()(images()), net.eval()(images()))


# --- the module that comes out


def test_one_task_checkpoints_fit_under_nets() -> None:
    net = sk.stitch({"seg": Net(5), "normals": Net(3)}, taps=["one", "two"], example=images())
    keys = {f"nets.{task}.{key}" for task in ("seg", "normals") for key in Net().state_dict()}
    assert net.state_dict().keys() == keys | {"units.one.alpha", "units.two.alpha"}
    trained = Net(5)
    net.nets["seg"].load_state_dict(trained.state_dict())
    assert torch.equal(net.state_dict()["nets.seg.head.weight"], trained.head.weight)


def test_state_dict_round_trip() -> None:
    net, other = stitched(), sk.stitch(Net(), Net(), taps=["one", "two"], example=images())
    other.load_state_dict(net.state_dict())
    with torch.no_grad():
        assert equal(net.eval()(images()), other.eval()(images()))


def test_units_are_found_by_tap_names_with_dots() -> None:
    net = sk.stitch(*nets(), taps=["one.0", "relu#2"], example=images())
    assert list(net.units) == list(net.units.keys()) == ["one.0", "relu#2"]
    assert net.units["one.0"].alpha.shape == (4, 2, 2)
    assert "one.0" in net.units
    assert "one" not in net.units
    assert [tap for tap, _ in net.units.items()] == ["one.0", "relu#2"]
    assert {key for key in net.state_dict() if key.startswith("units")} == {
        "units.one/0.alpha",
        "units.relu#2.alpha",
    }
    with pytest.raises(KeyError, match=r"no unit at tap 'two'; there are units at one.0, relu#2"):
        net.units["two"]
    torch.stack(net(images())).sum().backward()
    assert net.units["one.0"].alpha.grad is not None


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["deepcopy", "pickle"]
)
def test_copies_are_whole_and_apart(copied: Callable[[nn.Module], Any]) -> None:
    net = stitched().eval()
    twin = copied(net)
    with torch.no_grad():
        before = net(images())
        assert equal(twin(images()), before)
        for parameter in twin.parameters():
            parameter.zero_()
        assert equal(net(images()), before)
    assert list(twin.units) == ["one", "two"]
    assert twin.train()(images())[0].requires_grad


def test_moves_to_another_type() -> None:
    net = stitched().double()
    assert net(images().double())[0].dtype == torch.float64
    made = sk.stitch(*[net.double() for net in nets()], taps=["two"], example=images().double())
    assert made.units["two"].alpha.dtype == torch.float64


def test_joining_keeps_the_modes_of_all_parts() -> None:
    a, b = nets()
    a.one[1].eval()  # a frozen batch norm
    for joint in (
        sk.stitch(a, b, taps=["two"], example=images()),
        sk.split(a, b, at="two", example=images()),
    ):
        assert joint.training
        assert (a.training, a.one.training, a.one[1].training, b.one[1].training) == (True, True, False, True)
    assert not sk.stitch(a.eval(), b.eval(), taps=["two"], example=images()).training
    assert not sk.split(a, b, at="two", example=images()).training


def test_dropout_by_mode_is_switched_with_the_mode() -> None:
    a, b = nets()
    a.drop = b.drop = 0.5
    net = sk.stitch(a, b, taps=["two"], unit=IDENTITY, example=images())
    assert net.training
    with torch.no_grad():
        assert not equal(net(images()), net(images()))
        assert equal(net.eval()(images()), (a(images()), b(images())))
        assert not equal(net.train()(images()), net(images()))


def test_functional_call_sees_the_given_parameters() -> None:
    net = stitched(2).eval()
    identity = {f"units.{tap}.alpha": torch.eye(2).expand(4, 2, 2) for tap in net.units}
    with torch.no_grad():
        found = torch.func.functional_call(net, identity, (images(),))
        assert equal(found, [each.eval()(images()) for each in net.nets.values()])


def test_compiles_into_one_graph() -> None:
    net = stitched()
    sum(output.sum() for output in net.eval()(images())).backward()
    expected = {name: parameter.grad for name, parameter in net.named_parameters()}
    net.zero_grad()
    compiled = torch.compile(net, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(images()), net(images()))
    sum(output.sum() for output in compiled(images())).backward()
    for name, parameter in net.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name])


@pytest.mark.slow
def test_compiles_with_inductor() -> None:
    net = sk.stitch(
        *nets(make=lambda: torchvision.models.resnet18(num_classes=5)), example=images(size=64)
    ).eval()
    with torch.no_grad():
        torch.testing.assert_close(
            torch.compile(net, fullgraph=True)(images(size=64)), net(images(size=64)), rtol=1e-3, atol=1e-4
        )


def test_exports() -> None:
    net = sk.stitch({"seg": Net(), "normals": Net()}, taps=["one", "two"], example=images()).eval()
    exported = torch.export.export(net, (images(),)).module()
    torch.testing.assert_close(exported(images()), net(images()))


def test_prints_its_forward_pass() -> None:
    code = sk.stitch({"seg": Net(), "normals": Net()}, taps=["two"], example=images()).code
    assert "units_two = self.units.two(seg_two, normals_two)" in code
    assert code.count("training = True") == 2


# --- inputs


def test_an_in_place_first_layer_leaves_the_shared_image_alone() -> None:
    a, b = (Net(inplace=True) for _ in range(2))
    x = images()
    net = sk.stitch(a, b, taps=["two"], unit=IDENTITY, example=x).eval()
    with torch.no_grad():
        outputs = net(x)
        assert torch.equal(x, images())
        assert equal(outputs, (a.eval()(images()), b.eval()(images())))
        sk.split(a, b, at="one", example=x)(x)
        assert torch.equal(x, images())


class WithRois(Net):
    def forward(self, image: Tensor, rois: Tensor, gain: float = 1.0) -> Tensor:  # type: ignore[override]
        return super().forward(image) * rois * gain


def test_inputs_are_merged_by_name() -> None:
    inputs = {"image": images(), "rois": torch.full((1,), 2.0)}
    net = sk.stitch({"seg": Net(), "boxes": WithRois()}, taps=["two"], unit=IDENTITY, example=inputs).eval()
    plain = net.nets["boxes"](**inputs)
    assert torch.equal(net(images(), inputs["rois"])["boxes"], plain)
    assert torch.equal(net(rois=inputs["rois"], image=images())["boxes"], plain)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'rois'"):
        net(images())


def test_the_network_runs_on_images_of_another_size() -> None:
    assert stitched().eval()(images(batch=1, size=31))[0].shape == (1, 2, 15, 15)


# --- pairs of unlike networks, and the paper's own


def test_unlike_networks_name_their_taps_apart() -> None:
    other = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, stride=2))
    net = sk.stitch(
        {"seg": Net(), "normals": other},
        taps=[{"seg": "one", "normals": "0"}, {"seg": "two", "normals": "1"}],
        example={"image": images(), "input": images()},
    )
    assert net.taps == {"one": {"seg": "one", "normals": "0"}, "two": {"seg": "two", "normals": "1"}}
    assert list(net.units) == ["one", "two"]
    assert net(image=images(), input=images())["normals"].shape == (2, 4, 4, 4)


def test_two_caffenets_are_stitched_at_the_papers_taps() -> None:
    backbone = CaffeNet(CaffeNetConfig(width=0.125, dropout=0.0, init="he"))
    torch.manual_seed(0)
    a, b = backbone.dense(40), backbone.dense(20)
    net = sk.stitch({"seg": a, "normals": b}, example=torch.zeros(1, 3, 64, 64), unit=IDENTITY)
    assert list(net.units) == ["pool1", "pool2", "pool5", "fc6", "fc7"]
    x = images(batch=1, size=64)
    with torch.no_grad():
        assert equal(net(x).values(), (a(x), b(x)))


def test_full_caffenets_have_the_papers_8800_units() -> None:
    backbone = CaffeNet(CaffeNetConfig())
    with torch.device("meta"):
        a, b = backbone._fcn(40), backbone._fcn(20)
    net: Any = sk.stitch({"seg": a, "normals": b}, example=torch.zeros(1, 3, 64, 64, device="meta"))
    assert [unit.alpha.shape[0] for unit in net.units.values()] == [96, 256, 256, 4096, 4096]
    assert sum(unit.alpha.numel() for unit in net.units.values()) == 35_200


# --- unstitch and split


def test_unstitch_returns_the_same_modules_as_given() -> None:
    a, b = nets()
    assert sk.unstitch(sk.stitch(a, b, taps=["one"], example=images())) == (a, b)
    named = sk.unstitch(sk.stitch({"seg": a, "normals": b}, taps=["one"], example=images()))
    assert named == {"seg": a, "normals": b}
    with pytest.raises(InputError, match="unstitch takes what stitch returned, but got Net"):
        sk.unstitch(a)


def test_split_owns_the_shared_beginning_once() -> None:
    a, b = nets()
    net = sk.split({"seg": a, "normals": b}, at="two", example=images())
    keys = list(net.state_dict())
    assert {key.rpartition(".")[0] for key in keys} == {
        *("shared.one.0", "shared.one.1"),
        *(f"nets.{task}.{part}" for task in ("seg", "normals") for part in ("two", "head")),
    }
    assert net.shared.one is a.one
    assert net.nets["normals"].two is b.two
    sum(output.square().sum() for output in net(images()).values()).backward()
    assert all(parameter.grad is not None for parameter in net.parameters())
    assert next(b.one.parameters()).grad is None


def test_split_where_the_first_own_layer_works_in_place() -> None:
    a, b = nets()
    with torch.no_grad():
        found = sk.split(a, b, at="relu#1", example=images()).eval()(images())
        features = a.eval().one(a.first(images()))
        assert equal(found, [each.head(torch.relu(each.two(torch.relu(features)))) for each in (a, b)])


class WithHeads(Net):
    """Several heads, in a module that returns a mapping, or in one that is never called."""

    def __init__(self, names: str, called: bool) -> None:
        super().__init__()
        self.head = Heads({name: nn.Conv2d(4, 2, 1) for name in names})  # type: ignore[assignment]
        self.called = called

    def forward(self, image: Tensor) -> dict[str, Tensor]:  # type: ignore[override]
        x = self.relu(self.two(self.relu(self.one(image))))
        heads: Any = self.head
        return heads(x) if self.called else {name: layer(x) for name, layer in heads.items()}


class Heads(nn.ModuleDict):
    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {name: layer(x) for name, layer in self.items()}


@pytest.mark.parametrize("called", [True, False])
def test_split_at_a_module_of_several_heads_is_before_the_first(called: bool) -> None:
    a, b = nets(1, lambda: WithHeads("pq", called)) + nets(1, lambda: WithHeads("r", called))
    net = sk.split({"a": a, "b": b}, at="head", example=images()).eval()
    assert list(net.shared._modules) == ["one", "relu", "two"]
    assert [list(each._modules) for each in net.nets.values()] == [["head"], ["head"]]
    with torch.no_grad():
        found, alone = net(images()), a.eval()(images())
        assert list(found["b"]) == ["r"]
        assert equal(found["a"].values(), alone.values())


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["deepcopy", "pickle"]
)
def test_split_networks_are_copied_whole(copied: Callable[[nn.Module], Any]) -> None:
    net = sk.split(
        *nets(make=lambda: timm.create_model("vit_tiny_patch16_224", num_classes=5, img_size=64, depth=2)),
        at="blocks.1",
    )
    x = images(size=64)
    with torch.no_grad():
        assert equal(copied(net).eval()(x), net.eval()(x))


@pytest.mark.parametrize(
    ("networks", "at", "message"),
    [
        (lambda: (Net(), Net()), "three", "unknown tap 'three'"),
        (lambda: (Net(), Net()), "relu", "called 2 times"),
        (lambda: (Net(), Net()), {"0": "one"}, "must name one module of each network"),
        (lambda: (Net(), Net()), "one.*", r"network '0': at='one\.\*' means 2 modules; name one"),
        (
            lambda: (Net(), Net(channels=6)),
            "two",
            r"do not fit together at \{'0': 'two', '1': 'two'\}: .*channels",
        ),
    ],
    ids=["unknown", "twice", "not-all", "several", "channels"],
)
def test_splits_that_cannot_be(networks: Callable[[], Any], at: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sk.split(*networks(), at=at, example=images())


# --- errors


def same_twice() -> list[nn.Module]:
    return nets(1) * 2


@pytest.mark.parametrize(
    ("networks", "taps", "message"),
    [
        (same_twice, ["one"], "the same module is given as two networks"),
        (lambda: [Net()], ["one"], "at least 2 networks are joined, but got 1"),
        (lambda: [Net(), "seg"], ["one"], "network '1' must be a torch.nn.Module, but got str"),
        (lambda: [{"a.b": Net(), "c": Net()}], ["one"], "network name 'a.b' cannot be used"),
        (lambda: [{"training": Net(), "c": Net()}], ["one"], "network name 'training' cannot be used"),
        (lambda: [{"values": Net(), "c": Net()}], ["one"], "network name 'values' cannot be used"),
        (nets, ["tow"], "network '0': unknown tap 'tow'; did you mean 'two'"),
        (nets, ["three*"], r"unknown tap 'three\*'"),
        (
            lambda: [Net(), Net(channels=6)],
            ["one"],
            r"shapes differ at tap 'one': '0' has \(2, 4, 9, 9\), .* '1' at 'one' has \(2, 6, 9, 9\)",
        ),
        (
            nets,
            [{"0": "one", "1": "relu#1"}, {"0": "relu#1", "1": "one"}],
            "cross: network '1' reaches 'one' before 'relu#1'",
        ),
        (
            nets,
            [{"0": "one", "1": "one"}, {"0": "one", "1": "relu#1"}],
            "tap 'one' of network '0' is paired twice",
        ),
        (
            nets,
            [{"0": "one", "1": "one"}, {"0": "relu#1", "1": "one"}],
            "tap 'one' of network '1' is paired twice",
        ),
    ],
    ids=[
        "same",
        "one",
        "type",
        "dot",
        "mode",
        "reserved",
        "unknown",
        "pattern",
        "shapes",
        "cross",
        "twice",
        "twice-second",
    ],
)
def test_what_cannot_be_stitched_is_named(networks: Callable[[], Any], taps: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        sk.stitch(*networks(), taps=taps, example=images())
    assert "\n" not in str(error.value)


# --- what torch.fx cannot follow runs in lockstep


class Loops(Net):
    """As `Net`, but for a decision by value, which no tracer can follow."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image if image.sum() > -1e9 else -image)


@pytest.mark.parametrize("mode", [True, False], ids=["train", "eval"])
def test_lockstep_equals_the_graph_bit_for_bit(mode: bool) -> None:
    graph, steps = (
        sk.stitch(
            dict(zip("abc", nets(3, make), strict=True)),
            taps=["relu#1", "two", {"a": "one", "c": "one"}],
            unit=sk.CrossStitch(same=0.7),
            example=images(),
        ).train(mode)
        for make in (Net, Loops)
    )
    assert (graph.how.graph, steps.how.graph, steps.how.rung) == (True, False, "lockstep")
    found = []
    for net in (graph, steps):
        outputs = net(images())
        sum(output.square().sum() for output in outputs.values()).backward()
        found.append((outputs, dict(net.named_parameters()), dict(net.named_buffers())))
    (wanted, parameters, buffers), (outputs, others, other_buffers) = found
    assert list(outputs) == ["a", "b", "c"]
    assert all(torch.equal(outputs[name], wanted[name]) for name in wanted)
    assert parameters.keys() == others.keys()
    assert equal([others[key].grad for key in parameters], [p.grad for p in parameters.values()])
    assert all(torch.equal(buffers[key], other_buffers[key]) for key in buffers)


def test_one_network_without_a_graph_puts_all_in_lockstep() -> None:
    net: Any = sk.stitch({"a": Net(), "b": Loops()}, taps=["one"], example=images())
    assert net.how.rung == "lockstep"
    assert list(net.how.failed) == ["b"]
    assert "torch.fx failed for 'b': TraceError" in str(net.how)
    assert net.code == "a, b run side by side\nunits.one: a pauses at one, b pauses at one"


def test_the_log_says_how_networks_were_joined(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "stitchkit"):
        net: Any = sk.stitch({"a": Net(), "b": Loops()}, taps=["one"], example=images())
    assert caplog.messages == [f"joined by {net.how}"]


def test_a_split_wants_a_graph() -> None:
    with pytest.raises(
        InputError, match=r"network 'b' \(Loops\) cannot be traced to two: TraceError: .* choose outer"
    ):
        sk.split({"a": Net(), "b": Loops()}, at="two", example=images())


# --- modules that the user keeps closed


class Picky(nn.Module):
    """Opens only as far as its inner part, whose decision by value no tracer can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = nn.Sequential(Loops(), nn.Conv2d(2, 4, 1))

    def forward(self, image: Tensor) -> Tensor:
        return self.outer(image)


def test_leaves_are_named_and_known() -> None:
    one, two = nets(make=Picky)
    net: Any = sk.stitch(one, two, taps=["outer.1"], example=images(), leaf=[Loops, "outer.0"])
    assert net.how.graph
    with pytest.raises(InputError, match=r"tap 'outer\.0\.one' lies inside 'outer\.0', which leaf="):
        sk.stitch(one, two, taps=["outer.0.one"], example=images(), leaf=["outer.0"])
    with pytest.raises(InputError, match=r"tap 'outer\.0\.one' lies inside 'outer\.0', which leaf="):
        sk.stitch(one, two, taps=["outer.0.one"], example=images(), leaf=[Loops])
    with pytest.raises(InputError, match=r"unknown leaf 'outer\.2'; did you mean"):
        sk.stitch(one, two, taps=["outer.1"], example=images(), leaf=["outer.2"])
    with pytest.raises(InputError, match="a leaf must be a module's path or class, but got 3"):
        sk.stitch(one, two, taps=["outer.1"], example=images(), leaf=[3])  # type: ignore[list-item]


# --- taps of only some networks


def test_a_network_that_takes_no_part_is_left_alone() -> None:
    together: dict[str, Any] = dict(zip("abc", nets(3), strict=True))
    net: Any = sk.stitch(
        together, taps=[{"a": "one", "c": "one"}], unit=sk.CrossStitch(same=0.6), example=images()
    )
    assert net.taps == {"one": {"a": "one", "c": "one"}}
    assert net.units["one"].alpha.shape == (4, 2, 2)
    net.eval()
    with torch.no_grad():
        outputs = net(images())
        pair: Any = sk.stitch(together["a"], together["c"], taps=["one"], example=images()).eval()
        pair.units["one"].alpha.fill_(0.4).diagonal(dim1=1, dim2=2).fill_(0.6)
        assert equal((outputs["a"], outputs["c"]), pair(images()))
        assert torch.equal(outputs["b"], together["b"](images()))


def test_pairs_of_networks_have_units_of_their_own() -> None:
    net: Any = sk.stitch(
        dict(zip("abcd", nets(4), strict=True)),
        taps=[{"a": "one", "b": "one"}, {"c": "one", "d": "one"}, "two"],
        example=images(),
    )
    assert list(net.units) == ["one", "one@c", "two"]
    assert net.taps["one@c"] == {"c": "one", "d": "one"}
    with torch.no_grad():
        before = net.eval()(images())
        net.units["one@c"].alpha[:, 1, 0] += 1.0
        net.units["two"].alpha.copy_(torch.eye(4))
        before, after = before, net(images())
    assert not torch.equal(before["d"], after["d"])


def test_partial_points_that_wait_for_each_other_cross() -> None:
    circle = [{"a": "one", "b": "relu#1"}, {"b": "one", "c": "relu#1"}, {"c": "one", "a": "relu#1"}]
    for make in (Net, Loops):
        with pytest.raises(InputError, match=r"cross: network '[abc]' reaches 'one' before 'relu#1'"):
            sk.stitch(dict(zip("abc", nets(3, make), strict=True)), taps=circle, example=images())


# --- many networks


@pytest.mark.parametrize("count", range(2, 9))
@pytest.mark.parametrize("granularity", ["channel", "layer"])
def test_two_to_eight_networks(count: int, granularity: Any) -> None:
    unit = sk.CrossStitch(granularity=granularity, same=0.8)
    net = stitched(count, unit=unit).eval()
    outputs = net(images())
    assert len(outputs) == count
    sum(output.square().sum() for output in outputs).backward()
    for unit in net.units.values():
        assert unit.alpha.grad.isfinite().all()
        assert (unit.alpha.grad.abs().sum(0) > 0).all()
    with torch.no_grad():
        net.units["two"].alpha[:, 1, count - 1] += 0.5
        changed = [not torch.equal(x, y) for x, y in zip(outputs, net(images()), strict=True)]
    assert changed == [i == 1 for i in range(count)]


# --- maps of different shapes


class Wide(Net):
    """Six channels and stride 2 where `Net` has four and stride 1."""

    def __init__(self) -> None:
        super().__init__(channels=6)
        self.one[0] = nn.Conv2d(3, 6, 3, padding=1, stride=2)
        self.two = nn.Conv2d(6, 4, 3, padding=1)


def test_shapes_that_differ_are_adapted_on_request() -> None:
    one, two = Net().eval(), Wide().eval()
    with pytest.raises(InputError, match=r"\(2, 4, 9, 9\), .* \(2, 6, 5, 5\), .* or pass adapt=True"):
        sk.stitch(one, two, taps=["one"], example=images())
    net: Any = sk.stitch(one, two, taps=["one"], unit=sk.CrossStitch(same=1.0), example=images(), adapt=True)
    with torch.no_grad():
        assert equal(net(images()), [one(images()), two(images())])
        net.units["one"].unit.alpha[:, 0, 1] += 0.5
        after = net(images(size=12))
        assert not torch.equal(after[0], one(images(size=12)))
        assert torch.equal(after[1], two(images(size=12)))


def test_projections_learn_at_the_rate_of_weights() -> None:
    net: Any = sk.stitch(Net(), Wide(), taps=["one"], example=images(), adapt=True)
    groups = {group["name"]: group["params"] for group in sk.parameter_groups(net, lr=1.0)}
    assert [id(p) for p in groups["alphas"]] == [id(net.units["one"].unit.alpha)]
    assert sum(p is q for p in groups["weights"] for q in net.units["one"].to_common.parameters()) == 1


def test_maps_and_tokens_are_not_adapted() -> None:
    tokens = timm.create_model("vit_tiny_patch16_224", num_classes=5, img_size=64, depth=1)
    maps = timm.create_model("resnet18", num_classes=5)
    with pytest.raises(InputError, match=r"\(2, 64, 16, 16\), .* \(2, 17, 192\), .* images with images"):
        sk.stitch(
            {"a": maps, "b": tokens},
            taps=[{"a": "layer1", "b": "blocks.0"}],
            example=images(size=64),
            adapt=True,
        )


# --- units taken out again


@pytest.mark.parametrize("make", [Net, Loops], ids=["graph", "lockstep"])
def test_without_some_units_the_others_go_on(make: Callable[[], nn.Module]) -> None:
    net: Any = sk.stitch(*nets(2, make), taps=["one", "two"], example=images()).eval()
    less = net.without(["one"])
    assert list(less.units) == list(less.taps) == ["two"]
    assert less.units["two"] is net.units["two"]
    assert not less.training
    with torch.no_grad():
        found = less(images())
        net.units["one"].alpha.copy_(torch.eye(2))
        assert equal(found, net(images()))
        assert equal(less.without(["two"])(images()), [each(images()) for each in net.nets.values()])
    with pytest.raises(InputError, match="unknown unit at tap 'tow'; did you mean 'two'"):
        net.without(["tow"])

import copy
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

import stitchkit as sk
from stitchkit.errors import InputError

FEATURES = 6
IMAGE = torch.randn(3, 3, 12, 12, generator=torch.Generator().manual_seed(0))


class Dense(nn.Module):
    """A trunk, dropout by ``self.training`` and a convolution that gives scores."""

    tap_presets: ClassVar = {"heads": ("score",)}

    def __init__(self, outputs: int = 5, **options: Any) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, FEATURES, 3, 2, 1), nn.BatchNorm2d(FEATURES), nn.ReLU())
        self.drop = 0.0
        self.score = nn.Conv2d(FEATURES, outputs, **({"kernel_size": 1} | options))

    def forward(self, image: Tensor) -> Tensor:
        return self.score(F.dropout(self.trunk(image), self.drop, training=self.training))


class Detector(nn.Module):
    """Two heads that read the same features."""

    tap_presets: ClassVar = {"heads": ("heads.scores", "heads.deltas")}

    def __init__(self, features: int = FEATURES) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, features, 3, 2)
        outputs = {"scores": 4, "deltas": 16}
        self.heads = nn.ModuleDict({name: nn.Linear(features, count) for name, count in outputs.items()})

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        x = self.conv(image).relu().mean((2, 3))
        return {name: head(x) for name, head in self.heads.items()}


class Pyramid(Dense):
    """One scoring layer on maps of two sizes."""

    def forward(self, image: Tensor) -> Tensor:
        x = self.trunk(image)
        return self.score(x) + self.score(F.avg_pool2d(x, 2)).repeat_interleave(2, 2).repeat_interleave(2, 3)


class Branching(Dense):
    """Python that torch.fx cannot follow."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image if image.sum() > -1e9 else -image)


def pair(*makes: Callable[[], nn.Module]) -> list[Any]:
    torch.manual_seed(0)
    return [make() for make in makes or (Dense, lambda: Dense(2))]


def latent(*nets: Any, **options: Any) -> Any:
    return sk.latent(*(nets or pair()), **{"example": IMAGE, "width": 4, **options})


def values(outputs: Any) -> list[Tensor]:
    """All outputs of several networks, in order."""
    outputs = outputs.values() if isinstance(outputs, dict) else outputs
    return [x for each in outputs for x in (each.values() if isinstance(each, dict) else [each])]


def equal(found: Any, wanted: Any) -> bool:
    return len(found) == len(wanted) and all(map(torch.equal, found, wanted))


def gradients(net: nn.Module) -> dict[str, Tensor]:
    net.zero_grad()
    torch.stack([x.square().sum() for x in values(net(IMAGE))]).sum().backward()
    return {name: p.grad for name, p in net.named_parameters() if p.grad is not None}


# --- W = S L


@pytest.mark.parametrize(
    "makes",
    [
        (Dense, lambda: Dense(2)),
        (Detector, Detector),
        (Pyramid, Dense),
        (
            lambda: Dense(kernel_size=3, stride=2, padding=2, dilation=2, padding_mode="reflect"),
            lambda: Dense(kernel_size=3, padding="same", bias=False),
        ),
    ],
    ids=["dense", "detector", "pyramid", "kernels"],
)
def test_with_l_the_identity_and_s_the_old_layers_nothing_changes(makes: Any) -> None:
    nets = pair(*makes)
    net = latent(*nets, width=FEATURES)
    weight = net.latent.weight
    with torch.no_grad():
        weight.copy_(torch.eye(FEATURES).reshape(weight.shape))
        for (name, paths), old in zip(net.combinations.items(), nets, strict=True):
            for path in paths:
                net.nets.get_submodule(f"{name}.{path}").weight.copy_(old.get_submodule(path).weight)
        for mode in (True, False):
            alone = [copy.deepcopy(each).train(mode) for each in nets]
            assert equal(values(net.train(mode)(IMAGE)), values([each(IMAGE) for each in alone]))


def test_any_rotation_of_the_features_can_stand_between() -> None:
    nets = pair(Detector, Detector)
    net = latent(*nets, width=FEATURES)
    rotation = torch.linalg.qr(torch.randn(FEATURES, FEATURES)).Q
    with torch.no_grad():
        net.latent.weight.copy_(rotation)
        for name, old in zip(net.nets, nets, strict=True):
            for path in net.combinations[name]:
                combination = net.nets.get_submodule(f"{name}.{path}")
                combination.weight.copy_(old.get_submodule(path).weight @ rotation.T)
        for found, wanted in zip(values(net(IMAGE)), values([each(IMAGE) for each in nets]), strict=True):
            torch.testing.assert_close(found, wanted)


def test_the_layers_are_one_for_all_and_one_for_each() -> None:
    net = latent(*pair(lambda: Dense(5, kernel_size=3, padding=1), lambda: Dense(2, bias=False)), width=7)
    shapes = {name: tuple(p.shape) for name, p in net.named_parameters() if "trunk" not in name}
    assert shapes == {
        "latent.weight": (7, FEATURES, 1, 1),
        "nets.0.score.weight": (5, 7, 3, 3),
        "nets.0.score.bias": (5,),
        "nets.1.score.weight": (2, 7, 1, 1),
    }
    assert net.combinations == {"0": ("score",), "1": ("score",)}


def test_several_heads_read_the_latent_tasks_once() -> None:
    net = latent({"det": Detector(), "attr": Detector()})
    assert net.code.count("self.latent(") == 2
    assert net.combinations["det"] == ("heads.scores", "heads.deltas")
    outputs = net(IMAGE)
    assert [tuple(x.shape) for x in values(outputs)] == [(3, 4), (3, 16)] * 2
    assert list(outputs) == ["det", "attr"]


def test_every_network_trains_the_latent_tasks() -> None:
    net = latent()
    shares = [
        torch.autograd.grad(output.square().sum(), net.latent.weight, retain_graph=True)[0]
        for output in net(IMAGE)
    ]
    assert all(share.abs().sum() > 0 for share in shares)
    torch.testing.assert_close(gradients(net)["latent.weight"], shares[0] + shares[1])
    assert gradients(net).keys() == dict(net.named_parameters()).keys()


def test_sparsity_is_the_l1_norm_of_the_combinations_alone() -> None:
    net = latent(Detector(), Detector())
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(-0.5)
    sparsity = net.sparsity()
    assert sparsity.item() == 0.5 * 2 * (4 + 16) * 4
    sparsity.backward()
    found = {name: p.grad for name, p in net.named_parameters() if p.grad is not None}
    assert found.keys() == {f"nets.{i}.heads.{head}.weight" for i in (0, 1) for head in ("scores", "deltas")}
    assert all((gradient == -1).all() for gradient in found.values())


# --- how they start


def test_latent_tasks_start_at_the_scale_of_the_features() -> None:
    nets = pair(lambda: Detector(400), lambda: Detector(400))
    net = latent(*nets, width=300)
    assert net.latent.weight.std().item() == pytest.approx(400**-0.5, rel=0.02)
    assert net.latent.bias is None
    x = torch.randn(100, 400)
    assert (net.latent(x).std() / x.std()).item() == pytest.approx(1, rel=0.05)
    weight = net.nets["0"].heads.deltas.weight
    assert weight.abs().max() <= 300**-0.5  # PyTorch's own start, uniform
    assert weight.std().item() == pytest.approx((3 * 300) ** -0.5, rel=0.05)


def test_combinations_take_over_a_copy_of_the_bias_and_a_start_at_zero() -> None:
    nets = pair()
    nn.init.zeros_(nets[0].score.weight)
    nn.init.constant_(nets[0].score.bias, -4.6)
    net = latent(*nets)
    scores = [net.nets[name].score for name in "01"]
    assert not scores[0].weight.any()
    assert scores[1].weight.all()
    for score, given in zip(scores, nets, strict=True):
        assert torch.equal(score.bias, given.score.bias)
        assert score.bias is not given.score.bias


def test_from_zero_the_latent_tasks_learn_in_the_second_step() -> None:
    nets = pair()
    for each in nets:
        nn.init.zeros_(each.score.weight)
    net = latent(*nets)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    assert not gradients(net)["latent.weight"].any()
    optimizer.step()
    assert gradients(net)["latent.weight"].all()


# --- the given networks


def test_the_given_networks_keep_their_last_layers_and_share_the_rest() -> None:
    a, b = pair()
    before = copy.deepcopy(a.state_dict())
    net = latent({"a": a, "b": b})
    assert net.nets["a"].trunk is a.trunk
    assert net.nets["b"].trunk is b.trunk
    assert a.state_dict().keys() == before.keys()
    assert equal(list(a.state_dict().values()), list(before.values()))
    assert a(IMAGE).shape == (3, 5, 6, 6)
    wanted = {f"nets.{name}.{key}" for name in "ab" for key in before} | {"latent.weight"}
    assert net.state_dict().keys() == wanted


def test_joining_keeps_the_modes_of_all_parts() -> None:
    a, b = pair()
    a.trunk[1].eval()  # a frozen batch norm
    assert latent(a, b).training
    assert (a.training, a.trunk.training, a.trunk[1].training) == (True, True, False)
    assert not latent(a.eval(), b.eval()).training


def test_networks_on_the_meta_device_stay_there() -> None:
    with torch.device("meta"):
        nets = pair()
    assert {p.device.type for p in latent(*nets).parameters()} == {"meta"}


def test_layers_follow_the_type_of_the_networks() -> None:
    net = latent(*(each.double() for each in pair()), example=IMAGE.double())
    assert {p.dtype for p in net.parameters()} == {torch.float64}


# --- a module like any other


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["deepcopy", "pickle"]
)
def test_copies_are_whole_and_apart(copied: Callable[[nn.Module], Any]) -> None:
    net = latent().eval()
    twin = copied(net)
    with torch.no_grad():
        before = net(IMAGE)
        assert equal(twin(IMAGE), before)
        for parameter in twin.parameters():
            parameter.zero_()
        assert twin.sparsity() == 0
        assert equal(net(IMAGE), before)


def test_tensors_are_saved_once_and_loaded_by_name(tmp_path: Path) -> None:
    net, other = latent(Detector(), Detector()), latent(Detector(), Detector())
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    other.load_state_dict(load_file(tmp_path / "net.safetensors"))
    with torch.no_grad():
        assert equal(values(net(IMAGE)), values(other(IMAGE)))


def test_dropout_by_mode_is_switched_with_the_mode() -> None:
    a, b = pair()
    a.drop = 0.5
    net = latent(a, b)
    with torch.no_grad():
        assert not torch.equal(net(IMAGE)[0], net(IMAGE)[0])
        assert equal(net.eval()(IMAGE), net(IMAGE))


def test_compiles_into_one_graph() -> None:
    net = latent(*pair(Detector, Detector)).eval()
    compiled: Any = torch.compile(net, fullgraph=True, backend="aot_eager")
    wanted = gradients(net)
    for found, value in zip(values(compiled(IMAGE)), values(net(IMAGE)), strict=True):
        torch.testing.assert_close(found, value)
    again = gradients(compiled)
    for name, gradient in wanted.items():
        torch.testing.assert_close(again[f"_orig_mod.{name}"], gradient)


@pytest.fixture
def one_process(tmp_path: Path) -> Iterator[None]:
    rendezvous = f"file://{tmp_path / 'rendezvous'}"
    torch.distributed.init_process_group("gloo", init_method=rendezvous, rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


@pytest.mark.usefixtures("one_process")
def test_distributed_training_uses_every_parameter() -> None:
    net = latent(Detector(), Detector())
    wanted = gradients(net)
    parallel = DistributedDataParallel(net)
    gradients(parallel)  # a second step would fail if a parameter had been left out
    found = gradients(parallel)
    assert found.keys() == {f"module.{name}" for name, _ in net.named_parameters()}
    for name, gradient in wanted.items():
        torch.testing.assert_close(found[f"module.{name}"], gradient)


# --- how layers are named, and what is refused


@pytest.mark.parametrize(
    ("at", "combinations"),
    [
        (None, {"a": ("heads.scores", "heads.deltas"), "b": ("heads.scores", "heads.deltas")}),
        ("heads.*", {"a": ("heads.scores", "heads.deltas"), "b": ("heads.scores", "heads.deltas")}),
        (["heads.deltas"], {"a": ("heads.deltas",), "b": ("heads.deltas",)}),
        (
            {"a": "heads.scores", "b": ["heads.deltas", "heads.scores"]},
            {"a": ("heads.scores",), "b": ("heads.deltas", "heads.scores")},
        ),
    ],
)
def test_layers_are_named_as_taps_are(at: Any, combinations: dict[str, tuple[str, ...]]) -> None:
    a, b = pair(Detector, Detector)
    net = latent({"a": a, "b": b}, at=at)
    assert net.combinations == combinations
    for name, given in (("a", a), ("b", b)):
        for path in ("heads.scores", "heads.deltas"):
            kept = net.nets[name].get_submodule(path) is given.get_submodule(path)
            assert kept == (path not in combinations[name])


class Silent(Dense):
    tap_presets: ClassVar = {}


@pytest.mark.parametrize(
    ("makes", "options", "message"),
    [
        (
            (Dense, Silent),
            {},
            "network '1': Silent does not say which its last layers are; name them, for example at='score'",
        ),
        ((nn.ReLU, nn.ReLU), {}, "network '0': ReLU does not say which its last layers are; name them$"),
        ((Dense, Dense), {"at": "scores"}, "network '0': unknown tap 'scores'; did you mean 'score'"),
        (
            (Dense, Dense),
            {"at": []},
            "network '0': at is empty; name its last layers, for example at='score'",
        ),
        (
            (Dense, Dense),
            {"at": {"0": "score"}},
            r"at=\{'0': 'score'\} must name last layers of each network \(0, 1\)",
        ),
        ((Dense, Dense), {"at": "trunk"}, "network '0': 'trunk' is Sequential; latent tasks go before an nn"),
        ((Dense, Dense), {"at": "trunk.2"}, r"network '0': 'trunk.2' is ReLU\(\); latent tasks go before an"),
        (
            (Dense, lambda: Dense(4, groups=2)),
            {},
            r"network '1': 'score' is Conv2d\(6, 4, .*groups=2\); latent tasks go before an nn.Linear or an",
        ),
        (
            (Detector, lambda: Detector(8)),
            {},
            r"'heads.scores' of network '0' is Linear\(in_features=6, .*'heads.scores' of '1' is"
            r" Linear\(in_features=8, .*; name others in at=",
        ),
        ((Dense, Detector), {}, "last layers must be of one kind and read equally many features: 'score' of"),
        ((Dense, Dense), {"width": 0}, "width is the number of latent tasks, at least 1, but got 0"),
        ((Dense,), {}, "at least 2 networks are joined, but got 1"),
        ((Dense, Branching), {}, r"network '1' \(Branching\) cannot be traced to score: TraceError"),
        ((Dense, Dense), {"leaf": ["neck"]}, "network '0': unknown leaf 'neck'"),
    ],
)
def test_what_cannot_be_put_in_two_factors_is_named(makes: Any, options: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        latent(*pair(*makes), **options)
    assert "\n" not in str(error.value)

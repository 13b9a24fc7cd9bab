"""Properties of units."""

import copy
import itertools
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.networks import stitch
from stitchkit.testing.check import DoesNotApply, broken, check, expect, expect_same
from stitchkit.testing.given import class_of, name_of
from stitchkit.testing.options import expect_options
from stitchkit.testing.tiny_backbone import TinyBackbone
from stitchkit.units import MixingUnit, Unit

SHAPES = {"[B, C, H, W]": ((3, 6, 4, 5), 1), "[B, tokens, C]": ((3, 7, 6), -1), "[R, C]": ((3, 6), 1)}
CHANNELS = 6


@dataclass(frozen=True)
class UnitCase:
    """A unit and its options.

    Attributes:
        plugin: The unit's name, or its class.
        options: Its fields.
        networks: How many it joins.
    """

    plugin: str | type[Unit]
    options: Mapping[str, Any] = field(default_factory=dict)
    networks: int = 3

    def __str__(self) -> str:
        """The unit's name and options, as messages begin with them."""
        return f"unit {name_of(self.plugin)!r} {dict(self.options) or ''}".rstrip()

    @cached_property
    def unit(self) -> Unit:
        """The description."""
        return class_of("units", self.plugin).model_validate(dict(self.options))

    def build(self, channel_axis: int = 1) -> nn.Module:
        """A new module for a tap of six channels."""
        return self.unit.build(self.networks, CHANNELS, channel_axis)

    def maps(self, shape: tuple[int, ...] = SHAPES["[B, C, H, W]"][0]) -> list[Tensor]:
        """An activation map of each network, always the same."""
        generator = torch.Generator().manual_seed(0)
        return [torch.randn(shape, generator=generator) for _ in range(self.networks)]


@check("stitchkit.units.Unit")
def options_are_checked(case: UnitCase) -> None:
    """A unit that is written as JSON and read again is equal, and an unknown field is refused."""
    expect(isinstance(case.unit, Unit), "a stitchkit.units.Unit", type(case.unit).__name__)
    expect_options(case.unit)


@check("stitchkit.units.Unit.build")
def maps_come_out_as_they_went_in(case: UnitCase) -> None:
    """There are as many maps as went in, new ones, of the same shapes, types and strides."""
    for kind, (shape, axis) in SHAPES.items():
        xs = case.maps(shape)
        new = case.build(axis)(*xs)
        expect(isinstance(new, tuple), "a tuple of maps", type(new).__name__)
        laid_out = [[(x.dtype, tuple(x.shape), x.stride()) for x in maps] for maps in (xs, new)]
        expect(laid_out[1] == laid_out[0], f"{laid_out[0]} of {kind}", laid_out[1])
        shared = {x.data_ptr() for x in xs} & {x.data_ptr() for x in new}
        expect(not shared, "new maps, which an in-place layer may change", "maps that went in")


@check("stitchkit.units.Unit.build")
def strides_of_every_network_are_kept(case: UnitCase) -> None:
    """Each network's new map is laid out in memory as its own map was, whatever the others' are."""
    first, second, *others = case.maps()
    second = second.to(memory_format=torch.channels_last)
    others = [x.transpose(2, 3).contiguous().transpose(2, 3) for x in others]
    xs = [first, second, *others]
    new, strides = case.build()(*xs), [x.stride() for x in xs]
    expect([x.stride() for x in new] == strides, f"{strides}", [x.stride() for x in new])


@check("stitchkit.units.Unit.build")
def gradients_reach_maps_and_parameters(case: UnitCase) -> None:
    """All maps that went in, and all parameters, get a finite gradient."""
    for kind, (shape, axis) in SHAPES.items():
        module, xs = case.build(axis), [x.requires_grad_() for x in case.maps(shape)]
        torch.autograd.backward([x.relu_().square().sum() for x in module(*xs)])
        parameters = dict(module.named_parameters())
        for name, value in (*parameters.items(), *((f"map {i}", x) for i, x in enumerate(xs))):
            found = value.grad is not None and bool(value.grad.isfinite().all())
            expect(found, f"a finite gradient of {name} for {kind}", value.grad)


@check("stitchkit.units.Unit.build")
def no_network_is_special(case: UnitCase) -> None:
    """Networks in another order get the same maps in that order, as a new unit mixes them."""
    module, xs = case.build(), case.maps()
    new = module(*xs)
    for order in itertools.permutations(range(case.networks)):
        for place, permuted in zip(order, module(*(xs[i] for i in order)), strict=True):
            if not torch.allclose(permuted, new[place], atol=1e-5):
                broken(f"expected the same maps in the order {order}, but got others")


@check("stitchkit.units.Unit.build")
def half_precision_is_kept(case: UnitCase) -> None:
    """Maps in bfloat16 come out in bfloat16, near those in float32."""
    xs = case.maps()
    exact = case.build()(*xs)
    for new, wanted in zip(case.build()(*(x.bfloat16() for x in xs)), exact, strict=True):
        expect(new.dtype == torch.bfloat16, "bfloat16", new.dtype)
        error = float((new.float() - wanted).detach().abs().max())
        expect(error < 0.1, "a difference below 0.1", error)


@check("stitchkit.units.Unit.build")
def autocast_keeps_the_type(case: UnitCase) -> None:
    """Under autocast maps keep their type."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        dtypes = {x.dtype for x in case.build()(*case.maps())}
    expect(dtypes == {torch.float32}, "float32", dtypes)


@check("stitchkit.units.Unit.build")
def copies_compute_the_same(case: UnitCase) -> None:
    """A copy, and a module that was pickled, compute the same."""
    module, xs = case.build(), case.maps()
    new = module(*xs)
    expect_same(copy.deepcopy(module)(*xs), new, "the maps of a copy")
    expect_same(pickle.loads(pickle.dumps(module))(*xs), new, "the maps of a pickled module")


@check("stitchkit.units.Unit.build")
def a_state_dict_restores_a_module(case: UnitCase) -> None:
    """A new module that loads the state dict of a trained one computes the same."""
    trained, fresh, xs = case.build().eval(), case.build().eval(), case.maps()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for parameter in trained.parameters():
            nn.init.normal_(parameter)
    told_apart = not all(map(torch.equal, fresh(*xs), trained(*xs)))
    expect(told_apart, "other maps with other parameters", "the same")
    fresh.load_state_dict(trained.state_dict())
    expect_same(fresh(*xs), trained(*xs), "the maps")


@check("stitchkit.units.Unit.build")
def one_network_is_too_few(case: UnitCase) -> None:
    """A unit for one network is refused with an InputError."""
    try:
        case.unit.build(1, CHANNELS, 1)
    except InputError:
        return
    broken("expected stitchkit.InputError, but nothing was raised")


@check("stitchkit.units.MixingUnit")
def the_identity_leaves_networks_apart(case: UnitCase) -> None:
    """With `same` 1, where it may be, networks that are stitched give what they give alone, bit for bit."""
    start = getattr(case.unit, "same", None)
    if start is None:
        raise DoesNotApply("the unit has no same-task value")
    try:
        apart = type(case.unit).model_validate({**case.options, "same": 1.0})
    except ValueError:
        raise DoesNotApply("the unit cannot start from the identity") from None
    module, xs = apart.build(case.networks, CHANNELS, 1), case.maps()
    if isinstance(module, MixingUnit) and len([*module.mixing_parameters()]) < len([*module.parameters()]):
        raise DoesNotApply("the unit does more than mix")
    expect_same(module(*xs), tuple(xs), "maps that came out and went in")
    backbone, image = TinyBackbone(), torch.randn(2, 3, 32, 40, generator=torch.Generator().manual_seed(0))
    networks = {f"task{i}": backbone.dense(i + 2).eval() for i in range(case.networks)}
    alone = {name: network(image) for name, network in networks.items()}
    expect_same(dict(stitch(networks, unit=apart).eval()(image)), alone, "outputs stitched and alone")


@check("stitchkit.units.MixingUnit")
def alphas_can_be_read(case: UnitCase) -> None:
    """The alphas are [C or 1, N, N], and what is read off them fits together."""
    module = case.build()
    if not isinstance(module, MixingUnit):
        raise DoesNotApply("the module is no MixingUnit")
    shape = tuple(module.alpha.shape)
    wanted = [(groups, case.networks, case.networks) for groups in (1, CHANNELS)]
    expect(shape in wanted, f"{wanted[0]} or {wanted[1]}", shape)
    rows = module.same_task() + (case.networks - 1) * module.different_task()
    mean = module.alpha.detach().sum(dim=2).mean()
    expect(torch.allclose(rows, mean, atol=1e-5), f"same- and different-task values of rows {mean}", rows)
    sharing = module.sharing(tolerance=0.0)
    total = sharing.separate + sharing.shared + sharing.mixed
    expect(abs(total - 1) < 1e-6, "fractions of channels that sum to 1", total)
    own = {id(parameter) for parameter in module.parameters()}
    mixing = [id(parameter) for parameter in module.mixing_parameters()]
    expect(bool(mixing) and set(mixing) <= own, "mixing parameters among the module's own", len(mixing))

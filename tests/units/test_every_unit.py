"""What holds for every installed unit, beside what `stitchkit.testing` asks of every unit."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from stitchkit.plugins import find, names
from stitchkit.units import Unit

OPTIONS: dict[str, list[dict[str, Any]]] = {  # beside the defaults
    "cross_stitch": [{"granularity": "layer"}, {"constraint": "convex"}, {"constraint": "nonnegative"}],
    "nddr": [{"batch_norm": True}],
    "sluice": [{"subspaces": 3}],
    "legacy_all_ones": [{"granularity": "layer"}],
    "legacy_shared_row": [{"granularity": "layer"}],
}
EVERY = [(name, options) for name in names("units") for options in [{}, *OPTIONS.get(name, [])]]
CONVEX = [(name, options) for name, options in EVERY if name in ("cross_stitch", "nddr", "sluice")]
CONVEX.remove(("nddr", {"batch_norm": True}))
CHANNELS = 6
PLACES = {"BCHW": 1, "BHWC": -1, "BTC": -1, "BC": 1, "BCT": 1}  # axes of a map, axis of its channels
SIZES = {"B": 3, "C": CHANNELS, "H": 4, "W": 5, "T": 7}

every_unit = pytest.mark.parametrize(("name", "options"), EVERY, ids=lambda value: str(value) or None)
places = pytest.mark.parametrize(("axes", "channel_axis"), PLACES.items(), ids=list(PLACES))


def unit(name: str, options: dict[str, Any], networks: int = 3, channel_axis: int = 1) -> nn.Module:
    describes = find("units", name).model_validate(options)
    assert isinstance(describes, Unit)
    return describes.build(networks, CHANNELS, channel_axis)


def maps(networks: int = 3, axes: str = "BCHW", dtype: torch.dtype = torch.float32) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    shape = [SIZES[axis] for axis in axes]
    return [torch.randn(shape, generator=generator).to(dtype) for _ in range(networks)]


@every_unit
@places
@pytest.mark.parametrize("networks", range(2, 9))
def test_maps_come_out_new_and_like_those_that_went_in(
    networks: int, axes: str, channel_axis: int, name: str, options: dict[str, Any]
) -> None:
    xs = [x.requires_grad_() for x in maps(networks, axes)]
    mixes = unit(name, options, networks, channel_axis)
    new = mixes(*xs)
    assert isinstance(new, tuple)
    assert [(y.shape, y.dtype, y.stride()) for y in new] == [(x.shape, x.dtype, x.stride()) for x in xs]
    assert len({y.data_ptr() for y in (*new, *xs)}) == 2 * networks
    torch.autograd.backward([y.relu_().square().sum() for y in new])  # in-place layers may follow a tap
    parameters = dict(mixes.named_parameters())
    assert parameters
    for key, value in (*parameters.items(), *enumerate(xs)):
        assert value.grad is not None, key
        assert value.grad.isfinite().all(), key


@pytest.mark.parametrize(("name", "options"), CONVEX, ids=str)
@places
@pytest.mark.parametrize("networks", range(2, 9))
def test_the_start_is_the_convex_mix(
    networks: int, axes: str, channel_axis: int, name: str, options: dict[str, Any]
) -> None:
    xs = maps(networks, axes)
    others = sum(xs)
    for x, new in zip(xs, unit(name, {**options, "same": 0.7}, networks, channel_axis)(*xs), strict=True):
        torch.testing.assert_close(new, 0.7 * x + 0.3 / (networks - 1) * (others - x))


@every_unit
@places
def test_bfloat16_maps_stay_bfloat16(
    axes: str, channel_axis: int, name: str, options: dict[str, Any]
) -> None:
    xs = maps(3, axes, torch.bfloat16)
    mixes = unit(name, options, 3, channel_axis)
    exact = mixes(*(x.float() for x in xs))
    for casts in (mixes, copy.deepcopy(mixes).bfloat16()):
        for new, wanted in zip(casts(*xs), exact, strict=True):
            assert new.dtype == torch.bfloat16
            torch.testing.assert_close(new.float(), wanted, rtol=2e-2, atol=4e-2)


@every_unit
def test_compiles_into_one_graph_and_exports(name: str, options: dict[str, Any]) -> None:
    torch.compiler.reset()
    mixes, xs = unit(name, options, networks=2).eval(), tuple(maps(2))
    plain = mixes(*xs)
    compiled = torch.compile(mixes, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(*xs), plain)
    with torch.no_grad():
        torch.testing.assert_close(compiled(*xs), plain)
        exported = torch.export.export(mixes, xs).module()
        torch.testing.assert_close(exported(*xs), plain)

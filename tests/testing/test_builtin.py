"""The built-in plugins have the properties that stitchkit asks of every plugin."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from stitchkit import plugins
from stitchkit.testing import (
    BACKBONE_CHECKS,
    DATASET_CHECKS,
    METHOD_CHECKS,
    PROPOSALS_CHECKS,
    SAMPLER_CHECKS,
    TASK_CHECKS,
    UNIT_CHECKS,
    BackboneCase,
    DatasetCase,
    MethodCase,
    ProposalsCase,
    SamplerCase,
    TaskCase,
    UnitCase,
)

SMALL = {"train": 6, "test": 6, "processes": 1}
ROOMS = {**SMALL, "size": (32, 48)}
THINGS = {**SMALL, "size": (64, 80)}
WINDOWS = {"type": "windows", "limit": 100}
CAFFENET = {"width": 0.05, "first_padding": 4, "fc6_padding": 3}

DATA: dict[str, dict[str, Any]] = {"rooms": ROOMS, "things": THINGS}
REGIONS: dict[str, Any] = {"data": {"type": "things", **THINGS}, "sampler": "roi", "proposals": WINDOWS}
PIXELS: dict[str, Any] = {"data": {"type": "rooms", **ROOMS}}
TASKS: dict[str, dict[str, Any]] = {
    "segmentation": PIXELS,
    "normals": {
        **PIXELS,
        "options": {"codebook": 8},
        "tolerance": {"median": 0.05, "manhattan_median": 0.05},
    },
    "detection": REGIONS,
    "attributes": REGIONS,
}
UNITS: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in plugins.names("units")),
    *((name, {"granularity": "layer"}) for name in ("cross_stitch", "legacy_all_ones", "legacy_shared_row")),
    ("cross_stitch", {"constraint": "convex"}),
    ("cross_stitch", {"constraint": "nonnegative"}),
    ("nddr", {"batch_norm": True}),
    ("sluice", {"subspaces": 3}),
]
BACKBONES: dict[str, dict[str, Any]] = {
    "stitchkit:caffenet": CAFFENET,
    "timm:test_resnet": {"fc_width": 16},
    "torchvision:squeezenet1_1": {"fc_width": 16},
}
ITERATIONS = {"one": 5, "other": 5}
METHODS: dict[str, dict[str, Any]] = {
    "one_task": {"iterations": ITERATIONS},
    "one_task_longer": {"iterations": 5},
    "split": {"at": ["trunk.second", "head"]},
    "mtl_shared": {"width": 4},
}


def every(cases: Iterable[Any], checks: Iterable[Any]) -> Callable[..., Any]:
    """A test for each check of each case."""
    both = [
        pytest.param(case, check, id=str(case).partition(" ")[2].replace("'", "") + f"-{check}")
        for case in cases
        for check in checks
    ]
    return pytest.mark.parametrize(("case", "check"), both)


@pytest.fixture(autouse=True, scope="module")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterable[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STITCHKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def test_all_built_in_plugins_are_tried() -> None:
    assert set(plugins.names("tasks")) == set(TASKS)
    assert set(plugins.names("datasets")) == {*DATA, "frames", "nyuv2", "voc2008"}
    assert {name.partition(":")[0] for name in plugins.names("backbones")} == {
        *(name.partition(":")[0] for name in BACKBONES),
        "python",  # the user's own code
    }


@every([TaskCase(name, **given) for name, given in TASKS.items()], TASK_CHECKS)
def test_tasks(case: TaskCase, check: Any) -> None:
    check(case)


@every([DatasetCase(name, options) for name, options in DATA.items()], DATASET_CHECKS)
def test_data_sets(case: DatasetCase, check: Any) -> None:
    check(case)


@pytest.mark.parametrize("name", ["nyuv2", "voc2008"])
@pytest.mark.parametrize("check", DATASET_CHECKS, ids=str)
def test_data_sets_of_real_pictures(name: str, check: Any, real_data: Callable[[str], Path]) -> None:
    check(DatasetCase(name, {"root": real_data(name)}))


@every([UnitCase(name, options) for name, options in UNITS], UNIT_CHECKS)
def test_units(case: UnitCase, check: Any) -> None:
    check(case)


@every([BackboneCase(name, options) for name, options in BACKBONES.items()], BACKBONE_CHECKS)
def test_backbones(case: BackboneCase, check: Any) -> None:
    check(case)


@every([MethodCase(name, METHODS.get(name, {})) for name in plugins.names("methods")], METHOD_CHECKS)
def test_methods(case: MethodCase, check: Any) -> None:
    check(case)


@every(
    [
        SamplerCase("whole_images", PIXELS["data"]),
        SamplerCase("roi", REGIONS["data"], proposals=WINDOWS),
    ],
    SAMPLER_CHECKS,
)
def test_samplers(case: SamplerCase, check: Any) -> None:
    check(case)


@every(
    [
        ProposalsCase("windows", REGIONS["data"], {"limit": 100}),
        ProposalsCase("selective_search", REGIONS["data"]),
    ],
    PROPOSALS_CHECKS,
)
def test_proposals(case: ProposalsCase, check: Any) -> None:
    check(case)

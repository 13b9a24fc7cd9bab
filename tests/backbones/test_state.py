from typing import Any

import pytest
import torch
from torch import Tensor, nn

from stitchkit.backbones.state import fill
from stitchkit.errors import InputError


def net() -> Any:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))


GIVEN = {name: torch.rand_like(x, dtype=torch.float32) for name, x in net().state_dict().items()}
GIVEN["1.num_batches_tracked"] = torch.tensor(7)


@pytest.mark.parametrize("prefix", ["", "trunk.", "module."])
def test_tensors_are_loaded_by_name_and_others_left_out(prefix: str) -> None:
    found = net()
    fill(found, {prefix + name: x for name, x in GIVEN.items()} | {"fc.weight": torch.zeros(1)}, "file")
    assert all(torch.equal(x, GIVEN[name]) for name, x in found.state_dict().items())


def test_old_files_have_no_counter_and_scores_may_start_at_random() -> None:
    found = net()
    start = found[0].weight.clone()
    old = {name: x for name, x in GIVEN.items() if not name.endswith("tracked")}
    fill(found, old, "file", without={"0.weight"})
    assert torch.equal(found[0].weight, start)
    assert torch.equal(found[0].bias, GIVEN["0.bias"])


def without(name: str) -> dict[str, Tensor]:
    return {key: x for key, x in GIVEN.items() if key != name}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (without("0.bias"), r"file: no tensor '0.bias' of the model; the first that it has are '0.weight', "),
        (GIVEN | {"0.bias": torch.zeros(5)}, r"file: '0.bias' has shape \[5\] where the model has \[4\]"),
        (GIVEN | {"0.bias": torch.full((4,), torch.nan)}, "file: '0.bias' holds values that are no finite"),
        ({}, "no tensor '0.weight' of the model; the first that it has are none"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(given: dict[str, Tensor], message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        fill(net(), given, "file")
    assert "\n" not in str(error.value)

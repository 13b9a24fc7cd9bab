"""Cross-stitch networks, and all that differ from them in the unit at each tap."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import PositiveFloat
from torch import Tensor, nn

from stitchkit.methods.base import Plans, Run, unknown_tasks
from stitchkit.methods.joint import JointConfig, JointMethod, Weight
from stitchkit.networks import stitch
from stitchkit.recipe.places import KeyPath
from stitchkit.recipe.schema import Taps, UnitBlock
from stitchkit.units import Unit


class CrossStitchConfig(JointConfig):
    """Options of ``cross_stitch``."""

    start: Literal["one_task", "backbone"] = "one_task"  # where the networks come from (Section 5.3)
    taps: Taps | None = None  # names, globs, presets or pairs; null: the backbone's
    unit: UnitBlock = UnitBlock()
    alpha_lr_scale: PositiveFloat = 1000.0  # learning rate of alpha over the base rate (Section 5.2)
    alpha_weight_decay: Weight = 0.0  # the paper is silent on it


class CrossStitch(JointMethod):
    """All networks joined by a unit at each tap (paper, Sections 3 and 4)."""

    Config = CrossStitchConfig
    config: CrossStitchConfig
    label = "Cross-stitch"

    @property
    def starts_from_one_task(self) -> bool:  # type: ignore[override]
        """Unless the networks come from the backbone."""
        return self.config.start == "one_task"

    def problems(self, tasks: Sequence[str]) -> Iterator[tuple[KeyPath, str]]:
        """Taps that are pairs must name tasks, two at the least."""
        for index, pair in enumerate(self.config.taps or ()):
            if isinstance(pair, dict):
                yield from unknown_tasks(pair, tasks, ("taps", index))
                if len(pair) < 2:
                    message = f"must name taps of two tasks or more, but got {', '.join(pair) or 'none'}"
                    yield ("taps", index), message

    def candidates(self, plans: Plans) -> dict[str, list[Run]]:
        """One run for all tasks."""
        starts = list(plans.one_task().values()) if self.starts_from_one_task else []
        return {"": [plans.run(plans.tasks, self.config.iterations, self.options(), starts)]}

    def options(self) -> dict[str, Any]:
        """The options as plain data, the unit's defaults filled in."""
        unit = self.config.unit
        plain = {"type": unit.type, "options": unit.options().model_dump(mode="json")}
        return {**self.config.model_dump(mode="json"), "unit": plain}

    def build(self, run: Run, networks: dict[str, nn.Module], example: Mapping[str, Tensor]) -> nn.Module:
        """The stitched network."""
        unit = self.config.unit.options()
        assert isinstance(unit, Unit), f"unit plugin {self.config.unit.type!r} must be a stitchkit.units.Unit"
        return stitch(networks, taps=self.config.taps, unit=unit, example=dict(example))

    def rates(self) -> dict[str, float]:
        """Those of alpha too."""
        return {
            **super().rates(),
            "alpha_lr_scale": self.config.alpha_lr_scale,
            "alpha_weight_decay": self.config.alpha_weight_decay,
        }

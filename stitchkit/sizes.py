"""Sizes that images are brought to before a network sees them."""

from typing import Self

from pydantic import BaseModel, ConfigDict, PositiveInt, model_validator


class ShorterSide(BaseModel):
    """Keep the proportions: the shorter side gets one length, unless the longer would pass a limit.

    As in Fast R-CNN, with 600 and 1000 pixels (Girshick, ICCV 2015).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    shorter: PositiveInt
    longer: PositiveInt

    @model_validator(mode="after")
    def _longer_is_longer(self) -> Self:
        if self.longer <= self.shorter:
            raise ValueError(f"longer must be more than shorter, {self.shorter}, but got {self.longer}")
        return self


Size = tuple[int, int] | ShorterSide
"""Height and width in pixels, or a rule for them."""

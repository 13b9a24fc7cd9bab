"""What every plugin's options are."""

from pydantic import BaseModel, ConfigDict


class Config(BaseModel):
    """Base of every plugin's options: unknown keys and infinite numbers are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

"""What methods have in common that train the networks of all tasks together."""

from typing import Annotated, Any

from pydantic import Field, PositiveFloat, PositiveInt

from stitchkit.methods.base import Method
from stitchkit.plugins import Config


class JointConfig(Config):
    """Options of every method that trains networks together."""

    iterations: PositiveInt = 10_000  # of this stage, all tasks together
    lr: PositiveFloat | None = None  # base learning rate of this stage; null: as in training


class JointMethod(Method):
    """A method with one network for all tasks."""

    config: Any

    def options(self) -> dict[str, Any]:
        """The options as plain data."""
        return self.config.model_dump(mode="json")

    def rates(self) -> dict[str, float]:
        """Its own learning rate, if it has one."""
        return {} if self.config.lr is None else {"lr": self.config.lr}


Weight = Annotated[float, Field(ge=0.0)]
"""A factor that may be nought."""

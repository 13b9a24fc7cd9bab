"""Options of the backbones that are made from any model."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from stitchkit.plugins import Config

TapNames = Annotated[list[str], Field(min_length=1)]


class ModelConfig(Config):
    """Options of ``timm:*``, ``torchvision:*`` and ``python:*``."""

    # Of dense networks; null: own if the model has one, else fcn
    head: Literal["fcn", "multi_scale", "own"] | None = None
    taps: TapNames | None = None  # where heads may take maps, and regions the last; null: the stages
    output_stride: Literal[8, 16, 32] | None = None  # of the last stage, by dilation; null: the model's own
    width: PositiveInt = 128  # channels of the head multi_scale
    fc_width: PositiveInt = 1024  # outputs of fc6 and fc7, for tasks on regions
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1  # before a dense head's scores; in fc6 and fc7
    pretrained: bool = False  # the library's own trained weights, fetched on first use
    weights: Path | None = None  # .safetensors or .pth: the model's tensors by name; more in it is left out
    options: dict[str, Any] = Field({})  # for the model's constructor, for example drop_path_rate

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        if self.pretrained and self.weights is not None:
            raise ValueError("pretrained and weights are two starts; keep one of them")
        return self

"""``stitchkit taps``: where a model can be stitched."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stitchkit.cli.examples import examples


@examples("stitchkit taps timm:resnet18", "stitchkit taps stitchkit:caffenet --size 480,640")
def taps(
    model: Annotated[str, typer.Argument(help="timm:NAME, torchvision:NAME or stitchkit:caffenet.")],
    size: Annotated[str, typer.Option(help="Image size: one number, or height,width.")] = "224",
) -> None:
    """List the tap points of a model in the order in which they are computed."""
    import torch

    import stitchkit
    from stitchkit.backbones.sources import create
    from stitchkit.errors import InputError

    try:
        sides = [int(side) for side in size.split(",")]
        height, width = sides if len(sides) == 2 else (sides * 2 if len(sides) == 1 else [])
    except ValueError:
        raise InputError(f"--size must be a number or height,width, but got {size!r}") from None
    table = Table("tap", "module", "shape", "channels", "presets", box=None, pad_edge=False)
    for tap in stitchkit.taps(create(model), example=torch.zeros(1, 3, height, width)):
        shape = "x".join(map(str, tap.shape)) if tap.shape else ""
        table.add_row(tap.name, tap.module, shape, str(tap.channels), ", ".join(tap.presets))
    Console().print(table)

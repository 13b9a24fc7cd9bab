"""``stitchkit taps``: where a model can be stitched."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from stitchkit.cli.examples import examples
from stitchkit.cli.run import PluginFiles
from stitchkit.cli.sizes import sides

if TYPE_CHECKING:
    from stitchkit.graph.taps import Tap


@examples(
    "stitchkit taps timm:resnet18",
    "stitchkit taps timm:vit_tiny_patch16_224 --preset stages",
    "stitchkit taps stitchkit:caffenet --size 480,640 --json",
)
def taps(
    model: Annotated[
        str, typer.Argument(help="timm:NAME, torchvision:NAME, python:MODULE.FUNCTION or stitchkit:caffenet.")
    ],
    size: Annotated[
        str | None,
        typer.Option(help="Image size: one number, or height,width.", show_default="the model's own, or 224"),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="Only the taps that this preset, path or pattern means.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object: model, size, taps. For programs.")
    ] = False,
    plugin: PluginFiles = None,
) -> None:
    """List the tap points of a model in the order in which they are computed."""
    from stitchkit.backbones.sources import create
    from stitchkit.errors import InputError
    from stitchkit.graph.observe import first_line, inputs_of, observe
    from stitchkit.graph.taps import observed_taps, select

    height_width = sides(size) if size else None
    network = create(model)
    images = {name: image[:1] for name, image in inputs_of(network).items()}
    if height_width:
        images = {name: image.new_zeros(*image.shape[:2], *height_width) for name, image in images.items()}
    try:
        found = observed_taps(network, observe(network, images))
    except InputError as error:
        cause = first_line(error.__cause__ or error)
        raise InputError(
            f"{model} does not take images of this size: {cause}; choose another --size"
        ) from None
    if preset:
        found = select(preset, model, network, found)
    if as_json:
        height, width = next(iter(images.values())).shape[-2:]
        print(json.dumps({"model": model, "size": [height, width], "taps": [asdict(tap) for tap in found]}))
    else:
        _print(found)


def _print(taps: "list[Tap]") -> None:
    table = Table("tap", "module", "shape", "channels", "axis", "presets", box=None, pad_edge=False)
    for tap in taps:
        shape = "x".join(map(str, tap.shape or ()))
        table.add_row(
            tap.name, tap.module, shape, str(tap.channels), str(tap.channel_axis), ", ".join(tap.presets)
        )
    console = Console()
    if not console.is_terminal:
        console.width = console.measure(table).maximum  # nothing is folded on its way to a file or a pipe
    console.print(table)

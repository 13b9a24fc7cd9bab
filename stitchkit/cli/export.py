"""``stitchkit export``: a trained row for programs that know nothing of stitchkit."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stitchkit.cli import complete
from stitchkit.cli.examples import examples
from stitchkit.cli.predict import RowName, Seed, Study
from stitchkit.cli.run import PluginFiles, Trust, say
from stitchkit.cli.sizes import sides


@examples(
    "stitchkit export runs/nyu_alexnet/sample --onnx net.onnx",
    "stitchkit export runs/nyu_alexnet/sample --row one_task --seed 0 --torch-export net.pt2 --dynamic-batch",
    "stitchkit export runs/nyu_alexnet/sample --safetensors normals.safetensors --task normals",
)
def export(
    study: Study,
    row: RowName = None,
    seed: Seed = None,
    onnx: Annotated[Path | None, typer.Option(metavar="F.onnx", help="Write ONNX (extra onnx).")] = None,
    torch_export: Annotated[
        Path | None, typer.Option(metavar="F.pt2", help="Write for torch.export.load.")
    ] = None,
    safetensors: Annotated[
        Path | None,
        typer.Option(metavar="F.safetensors", help="Write the weights of one task's network, without units."),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(help="The task of --safetensors.", show_default=False, autocompletion=complete.tasks),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(help="Image size: one number, or height,width.", show_default="training.size"),
    ] = None,
    dynamic_batch: Annotated[
        bool, typer.Option("--dynamic-batch", help="Take any number of images, not one.")
    ] = False,
    raw_input: Annotated[
        bool, typer.Option("--raw-input", help="Take float32 images, preprocessed.")
    ] = False,
    trust: Trust = False,
    plugin: PluginFiles = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object: row, seed, inputs, outputs, files. For programs.")
    ] = False,
) -> None:
    """Write the networks of a row, with their preprocessing, to files.

    The program takes uint8 RGB images, [batch, 3, height, width], of the size given, and what tasks on
    regions take beside them; it gives the raw outputs of each task. What is written was compared with
    PyTorch; a program that computes something else is not written, and the exit code is 1.
    """
    from stitchkit.errors import InputError
    from stitchkit.study.export import Inexact, exported, write_onnx, write_torch_export, write_weights
    from stitchkit.study.trained import open_row

    if not (onnx or torch_export or safetensors):
        raise InputError("nothing to write; give --onnx, --torch-export or --safetensors with a file")
    given = sides(size) if size else None
    opened = open_row(study, row, seed, trust=trust)
    facts: dict[str, object] = {"row": opened.name, "seed": opened.seed}
    files: dict[str, dict[str, object]] = {}
    if safetensors:
        files[str(safetensors)] = {"values": write_weights(opened, task, given, safetensors)}
    if onnx or torch_export:
        made = exported(opened, given, raw_input=raw_input, dynamic_batch=dynamic_batch)
        facts |= made.signature()
        try:
            if torch_export:
                files[str(torch_export)] = {"difference": write_torch_export(made, torch_export)}
            if onnx:
                files[str(onnx)] = {"difference": write_onnx(made, onnx)}
        except Inexact as error:
            print(f"stitchkit: {error}", file=sys.stderr)
            raise typer.Exit(1) from None
    if as_json:
        print(json.dumps({**facts, "files": files}, indent=1))
    else:
        _print(files)


def _print(files: dict[str, dict[str, object]]) -> None:
    console = Console()
    for path, facts in files.items():
        say(console, "written", Path(path))
        (what, value), *_ = facts.items()
        if what == "values":
            words = f"{value:,} values"
        elif value is None:
            words = "not compared with PyTorch; run: pip install 'stitchkit[onnx]'"
        else:
            words = f"differs from PyTorch by at most {value:.2g}"
        console.print(f"{'':>8}  {words}", highlight=False, markup=False)

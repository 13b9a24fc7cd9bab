"""``stitchkit predict``: pictures of one's own through a trained row."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stitchkit.cli import complete
from stitchkit.cli.examples import examples
from stitchkit.cli.run import PluginFiles, Trust, say

Study = Annotated[
    Path, typer.Argument(metavar="STUDY_DIR", help="Folder that holds results.json.", show_default=False)
]
RowName = Annotated[
    str | None,
    typer.Option(
        "--row", help="Row of the table.", show_default="cross_stitch", autocompletion=complete.rows
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(help="Seed of the row.", show_default="first", autocompletion=complete.seeds),
]


@examples(
    "stitchkit predict runs/nyu_alexnet/sample kitchen.jpg hall.png",
    "stitchkit predict runs/nyu_alexnet/sample 'photos/**/*.jpg' --row one_task --to predicted --raw",
    "stitchkit predict runs/voc_alexnet/sample photos --proposals selective_search --device cpu",
)
def predict(
    study: Study,
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE...", help="Files, folders (without subfolders) or patterns.", show_default=False
        ),
    ],
    row: RowName = None,
    seed: Seed = None,
    to: Annotated[
        Path | None,
        typer.Option(help="Folder to write to.", show_default="STUDY_DIR/predictions/..."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
    proposals: Annotated[
        str | None,
        typer.Option(
            help="Plugin that proposes boxes, for tasks on regions.",
            show_default="the recipe's",
            autocompletion=complete.plugin_names("proposals"),
        ),
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Also write predictions as .npy or .npz.")] = False,
    trust: Trust = False,
    plugin: PluginFiles = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object: row, seed, folder, pictures, ... For programs."),
    ] = False,
) -> None:
    """Predict every task for pictures of your own, with the networks of a row.

    Each picture gets a folder with a drawing for each task and `overview.png`, all side by side; predictions
    have the size of the picture. Neither the study's data nor the weights it started from need be there. A
    picture that cannot be read is named, the rest goes on, and the exit code is 1.
    """
    from stitchkit.data import pictures_in
    from stitchkit.study.predict import device_of, predict_pictures
    from stitchkit.study.trained import open_row

    files = pictures_in(images)
    where = device_of(device)
    opened = open_row(study, row, seed, trust=trust)
    name = f"{re.sub(r'[^A-Za-z0-9_.=+-]+', '_', opened.name)}-seed{opened.seed}"
    folder = to or study / "predictions" / name
    predicted = predict_pictures(opened, files, folder, where, proposals=proposals, raw=raw)
    if as_json:
        found = {
            "row": opened.name,
            "seed": opened.seed,
            "folder": str(folder),
            "tasks": list(opened.tasks),
            "pictures": {key: str(path) for key, path in predicted.pictures.items()},
            "failed": {str(files[key]): why for key, why in predicted.failed.items()},
        }
        print(json.dumps(found, indent=1))
    elif predicted.pictures:
        console, count = Console(), len(predicted.pictures)
        done = f"{count} picture{'s' * (count > 1)}: {', '.join(opened.tasks)}"
        words = f"{done}; row {opened.name}, seed {opened.seed}"
        console.print(words, highlight=False, markup=False, soft_wrap=True)
        say(console, "folder", folder)
    for why in predicted.failed.values():
        print(f"stitchkit: {why}", file=sys.stderr)
    if predicted.failed:
        raise typer.Exit(1)

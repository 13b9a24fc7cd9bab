import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from stitchkit.report.pictures import Tile, frames
from stitchkit.report.run_files import runs_of
from stitchkit.results import Results

Study = Callable[..., tuple[Results, Path]]


def decoded(tile: Tile) -> Image.Image:
    assert tile.uri is not None
    return Image.open(io.BytesIO(base64.b64decode(tile.uri.partition(",")[2])))


def test_frames_hold_image_truth_and_each_method(study: Study) -> None:
    results, folder = study()
    drawn = frames(results, runs_of(results, folder))
    assert [frame.name for frame in drawn] == ["frame2", "frame10"]
    (task, tiles), _ = drawn[0].tasks
    assert task == "seg"
    assert [tile.caption for tile in tiles] == ["Ground truth", "One-task", "Cross-stitch"]
    assert tiles[2].alt == "Cross-stitch's prediction of seg, frame frame2"


def test_label_maps_are_exact_and_photographs_small(study: Study) -> None:
    results, folder = study()
    frame = frames(results, runs_of(results, folder))[0]
    label_map, photograph = decoded(frame.tasks[0][1][0]), decoded(frame.image)
    assert np.asarray(label_map).tolist() == np.full((6, 8, 3), (1, 2, 3)).tolist()
    assert photograph.format == "JPEG"
    assert photograph.size == (480, 360)


def test_the_first_seed_is_shown(study: Study) -> None:
    results, folder = study()
    for run in runs_of(results, folder):
        if run.record.seed == 4:
            Image.new("RGB", (8, 6), (9, 9, 9)).save(run.folder / "pictures/frame2/sn.prediction.png")
    tile = dict(frames(results, runs_of(results, folder))[0].tasks)["sn"][1]
    assert decoded(tile).getpixel((0, 0)) == (1, 2, 3)


def test_missing_and_broken_files_are_empty_tiles(study: Study) -> None:
    results, folder = study()
    for run in runs_of(results, folder):
        if run.record.method == "cross_stitch":
            (run.folder / "pictures/frame2/seg.prediction.png").unlink()
            (run.folder / "pictures/frame2/sn.prediction.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    tasks = dict(frames(results, runs_of(results, folder))[0].tasks)
    assert tasks["seg"][2].uri is None
    assert tasks["sn"][2].uri is None
    assert tasks["seg"][1].uri is not None


def test_no_pictures_no_frames(study: Study) -> None:
    results, folder = study(files=False)
    assert frames(results, runs_of(results, folder)) == ()

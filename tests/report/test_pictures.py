import base64
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from stitchkit.report import pictures, write_report
from stitchkit.report.pictures import Tile, frames
from stitchkit.report.run_files import runs_of
from stitchkit.results import Results

Study = Callable[..., tuple[Results, Path]]


def decoded(tile: Tile) -> Image.Image:
    assert tile.uri is not None
    return Image.open(io.BytesIO(base64.b64decode(tile.uri.partition(",")[2])))


def photograph(results: Results, folder: Path) -> Image.Image:
    path = runs_of(results, folder)[0].picture("frame2", "image")
    assert path is not None
    return Image.open(path)


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
    label_map, image = decoded(frame.tasks[0][1][0]), decoded(frame.image)
    assert np.asarray(label_map).tolist() == np.full((6, 8, 3), (1, 2, 3)).tolist()
    assert image.format == "JPEG"
    assert image.size == (480, 360)


def test_many_pictures_are_made_smaller() -> None:
    sides = [pictures._side(count) for count in (1, 45, 180, 10_000)]
    assert sides == [480, 480, 240, 240]


def test_lines_drawn_on_a_photograph_keep_their_colours(study: Study) -> None:
    results, folder = study()
    image = photograph(results, folder).resize((320, 240))
    drawn = image.copy()
    ImageDraw.Draw(drawn).line((20, 0, 20, 239), (255, 112, 112), width=2)
    for run in runs_of(results, folder):
        image.save(run.folder / "pictures/frame2/image.png")
        drawn.save(run.folder / "pictures/frame2/seg.prediction.png")
    tile = frames(results, runs_of(results, folder))[0].tasks[0][1][1]
    shown = np.asarray(decoded(tile), dtype=int)
    assert np.abs(shown[:, 20:22] - (255, 112, 112)).mean() < 5  # with colours at half resolution: 21


def test_what_is_drawn_on_the_image_is_told_from_maps_of_many_colours(study: Study) -> None:
    results, folder = study()
    image = photograph(results, folder)
    drawn = image.copy()
    ImageDraw.Draw(drawn).rectangle((100, 100, 600, 500), (255, 112, 112))
    for run in runs_of(results, folder):
        drawn.save(run.folder / "pictures/frame2/seg.prediction.png")
        image.rotate(180).save(run.folder / "pictures/frame2/sn.prediction.png")
    tasks = dict(frames(results, runs_of(results, folder))[0].tasks)
    assert [tile.on_image for tile in tasks["seg"]] == [False, True, True]
    assert [tile.on_image for tile in tasks["sn"]] == [False, False, False]


def test_what_is_drawn_on_the_image_is_shown_larger_than_maps(study: Study) -> None:
    results, folder = study()
    for run in runs_of(results, folder):
        if "seg" in run.record.task_order:
            for row in range(3):
                results.rows[f"m{row}"] = results.rows["one_task"]
                key = f"more-{row}-{run.record.key}"
                results.runs.append(run.record.model_copy(update={"key": key, "row": f"m{row}"}))
            photograph(results, folder).save(run.folder / "pictures/frame2/seg.prediction.png")
    page = write_report(results, folder).read_text("utf-8")
    article = page[page.index("Frame frame2") : page.index("Frame frame10")]
    assert re.findall(r"--tiles: (\d)", article) == ["3", "5"]


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
        if run.row == "cross_stitch":
            (run.folder / "pictures/frame2/seg.prediction.png").unlink()
            (run.folder / "pictures/frame2/sn.prediction.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    tasks = dict(frames(results, runs_of(results, folder))[0].tasks)
    assert tasks["seg"][2].uri is None
    assert tasks["sn"][2].uri is None
    assert tasks["seg"][1].uri is not None


def test_no_pictures_no_frames(study: Study) -> None:
    results, folder = study(files=False)
    assert frames(results, runs_of(results, folder)) == ()

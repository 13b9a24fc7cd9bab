import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stitchkit_nyuv2 import NYUv2, NYUv2Config
from stitchkit_nyuv2.depth_normals import Camera

from stitchkit.data import VOID
from stitchkit.data.frame_writer import FrameWriter
from stitchkit.errors import InputError


def toy(root: Path, size: tuple[int, int] = (480, 640), **options: Any) -> Path:
    named = {"name": "nyuv2", "classes": [f"c{n}" for n in range(40)], "normals_source": "a toy", **options}
    writer = FrameWriter(root, size=size, **named)
    rows, columns = np.indices(size)
    writer.write(
        1,
        image=np.stack([rows % 256, columns % 256, columns // 256], -1).astype(np.uint8),
        labels=(rows % 41).astype(np.uint8),
        depth=np.full(size, 2, np.float32),
        normals=np.broadcast_to(np.array([0, 0, -1], np.float32), (*size, 3)),
    )
    writer.finish({"train": [1], "test": [1]})
    return root


@pytest.mark.parametrize(
    ("frame", "size", "top", "left"),
    [("gupta", (425, 560), 45, 40), ("fouhey", (427, 561), 44, 40), ("full", (480, 640), 0, 0)],
)
def test_frames_of_the_evaluations(tmp_path: Path, frame: Any, size: Any, top: int, left: int) -> None:
    data = NYUv2(NYUv2Config(root=toy(tmp_path), frame=frame), "train")
    sample = data[0]
    assert {tuple(value.shape[-2:]) for value in sample.values()} == {size}
    assert sample["image"][:2, 0, 0].tolist() == [top, left]
    assert data.targets["labels"].published == (frame == "gupta")
    assert ("Published segmentation figures" in data.limits) == (frame != "gupta")


def test_only_the_official_labels_are_published_ones(tmp_path: Path) -> None:
    data = NYUv2(NYUv2Config(root=toy(tmp_path, classes=["a"] * 13 + ["b"] * 28)), "train")
    assert not data.targets["labels"].published


def test_limits_say_what_the_folder_says(tmp_path: Path) -> None:
    root = toy(tmp_path)
    assert NYUv2(NYUv2Config(root=root), "train").limits == (
        "Surface normals: a toy; angular errors on them must not be set beside published ones."
    )
    description = json.loads((root / "dataset.json").read_text())
    description["normal"]["published"] = True
    description["depth"].update(path="depth/{:04d}.png", scale=0.04, size=[240, 320])
    for number in (root / "depth").iterdir():
        number.rename(number.with_suffix(".png"))
    (root / "dataset.json").write_text(json.dumps(description))
    assert NYUv2(NYUv2Config(root=root), "train").limits == (
        "Surface normals: a toy. Depth is stored in steps of 4.0 cm at 240 x 320."
    )


def test_missing_data_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STITCHKIT_DATA", str(tmp_path))
    with pytest.raises(
        InputError, match=r"NYUv2 is not at .*nyuv2; set STITCHKIT_DATA .* prepare nyuv2 --from"
    ):
        NYUv2(NYUv2Config(), "train")
    monkeypatch.delenv("STITCHKIT_DATA")
    with pytest.raises(InputError, match=r"STITCHKIT_DATA is not set; .*classMapping40\.mat"):
        NYUv2(NYUv2Config(), "train")


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="images of 480 x 640"):
        NYUv2(NYUv2Config(root=toy(tmp_path, size=(48, 64))), "train")


def test_real_frames(real_data: Callable[[str], Path]) -> None:
    root = real_data("nyuv2")
    train, test = (NYUv2(NYUv2Config(root=root), split) for split in ("train", "test"))
    assert (len(train), len(test)) == (795, 654)
    assert not set(train.numbers) & set(test.numbers)
    assert len(train.targets["labels"].classes) == 40
    assert train.targets["labels"].published
    assert not train.targets["normals"].published
    assert train.fingerprint != test.fingerprint
    assert "3.9 cm" in train.limits
    columns, rows = map(torch.from_numpy, Camera().offsets(480, 640))
    ray_x, ray_y = columns[40:600] / Camera().fx, rows[45:470] / Camera().fy
    counts = torch.zeros(256, dtype=torch.long)
    for data, step in ((train, 40), (test, 33)):
        for index in range(0, len(data), step):
            sample = data[index]
            assert {tuple(value.shape[-2:]) for value in sample.values()} == {(425, 560)}
            counts += torch.bincount(sample["labels"].flatten().long(), minlength=256)
            lengths = torch.linalg.vector_norm(sample["normals"], dim=0)
            valid = lengths > 0
            assert valid.float().mean() > 0.5
            torch.testing.assert_close(lengths[valid], torch.ones_like(lengths[valid]), rtol=0, atol=1e-5)
            x, y, z = sample["normals"].as_subclass(torch.Tensor)
            facing = (x * ray_x + y * ray_y + z < 0)[valid].float().mean()
            assert facing > 0.99, "normals face the camera"
            assert 0.3 < sample["depth"].median() < 10
    assert counts[40:VOID].sum() == 0
    assert counts[:40].argsort(descending=True)[:2].tolist() == [0, 1], "most pixels are wall, then floor"

import re
from pathlib import Path

import pytest
from stitchkit_frames import Frames, FramesConfig

from stitchkit.data import Normals
from stitchkit.errors import InputError

README = Path(__file__).parents[2] / "plugins" / "stitchkit_frames" / "README.md"


def test_a_folder_written_as_the_readme_shows_is_a_data_set(tmp_path, monkeypatch):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, str(README), "exec"), {})
    train, test = (Frames(FramesConfig(root=tmp_path / "frames"), split) for split in ("train", "test"))
    assert (len(train), len(test)) == (3, 1)
    assert train.targets["labels"].classes == ("wall", "floor")
    assert (train[0]["labels"] == 0).all()
    assert isinstance(test[0]["normals"], Normals)
    assert test.key(0) == "0004"
    assert train.fingerprint != test.fingerprint


def test_a_folder_that_is_none_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        Frames(FramesConfig(root=tmp_path / "nowhere"), "train")

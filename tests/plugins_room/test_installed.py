import pytest
from distributions import install

from stitchkit import plugins
from stitchkit.errors import InputError
from stitchkit.plugins.installed import announcements


def test_an_entry_point_is_read_with_its_owner(lab):
    lab(samplers={"some": "lab.parts:Some"})
    (found,) = announcements("samplers")["some"]
    assert (found.kind, found.name, found.target) == ("samplers", "some", "lab.parts:Some")
    assert (found.owner, found.package) == ("lab 1.0", "lab")
    assert "some" not in announcements("tasks")


def test_of_a_distribution_that_is_there_twice_the_first_on_the_path_counts(tmp_path, monkeypatch):
    for version, name in (("1.0", "older"), ("2.0", "newer")):
        folder = tmp_path / version
        folder.mkdir()
        install(folder, "lab", version, samplers={name: "lab:Some"})
        monkeypatch.syspath_prepend(folder)
    assert "newer" in plugins.names("samplers")
    assert "older" not in plugins.names("samplers")


def test_a_distribution_without_a_version_is_named_alone(tmp_path, monkeypatch):
    (tmp_path / "lab.egg-info").mkdir()
    (tmp_path / "lab.egg-info" / "entry_points.txt").write_text("[stitchkit.samplers]\nsome = lab:Some\n")
    monkeypatch.syspath_prepend(tmp_path)
    (found,) = announcements("samplers")["some"]
    assert (found.owner, found.version) == ("lab", "")


@pytest.mark.parametrize(
    "text",
    [
        b"some = lab:Some\n",
        b"[stitchkit.samplers]\nsome = lab:A\nsome = lab:B\n",
        b"[stitchkit.samplers]\nsome = %(nothing)s\n",
    ],
    ids=["no group", "a name twice", "a reference to nothing"],
)
def test_entry_points_that_cannot_be_read_are_named(tmp_path, monkeypatch, text):
    (tmp_path / "lab-1.0.dist-info").mkdir()
    (tmp_path / "lab-1.0.dist-info" / "entry_points.txt").write_bytes(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"^an entry_points.txt in \S+ cannot be read: ") as caught:
        plugins.names("samplers")
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)

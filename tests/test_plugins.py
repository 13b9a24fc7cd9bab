import pytest

from stitchkit import plugins
from stitchkit.errors import InputError
from stitchkit.tasks import Task


def test_the_built_in_plugins_are_announced_like_any_other():
    assert {"segmentation", "normals"} <= set(plugins.names("tasks"))
    assert {"nyuv2", "rooms"} <= set(plugins.names("datasets"))
    assert issubclass(plugins.find("tasks", "segmentation"), Task)
    assert ("units", "cross_stitch") in {(kind, name) for kind, name, _ in plugins.announced()}


def test_a_misspelt_plugin_names_the_closest():
    with pytest.raises(
        InputError, match=r"unknown task plugin 'segmentaton'; did you mean 'segmentation' or 'detection'\?"
    ):
        plugins.find("tasks", "segmentaton")


def test_a_broken_plugin_is_named_with_its_distribution(monkeypatch):
    import entrypoints

    broken = entrypoints.EntryPoint(
        "broken", "no_such_module_anywhere", "Thing", distro=entrypoints.Distribution("other", "1.0")
    )
    monkeypatch.setattr(plugins, "_announced", lambda kind: {"broken": broken})
    with pytest.raises(InputError, match="tasks plugin 'broken' of other cannot be loaded: No module named"):
        plugins.find("tasks", "broken")


class Family:
    @classmethod
    def of(cls, name):
        if name != "net":
            raise InputError(f"unknown member {name!r}")
        return f"the backbone of {name}"


@pytest.fixture
def lab(monkeypatch):
    import entrypoints

    point = entrypoints.EntryPoint("lab:*", __name__, "Family")
    monkeypatch.setattr(plugins, "_announced", lambda kind: {"lab:*": point, "lab:own": point})
    monkeypatch.setattr(entrypoints.EntryPoint, "load", lambda self: Family)


@pytest.mark.usefixtures("lab")
def test_a_family_answers_for_names_that_are_not_announced_alone():
    assert plugins.names("backbones") == ["lab:*", "lab:own"]
    assert plugins.find("backbones", "lab:net") == "the backbone of net"
    assert plugins.find("backbones", "lab:own") is Family
    with pytest.raises(InputError, match="unknown member 'nets'"):
        plugins.find("backbones", "lab:nets")


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("name", ["lab:*", "lab:", "lab", "bal:net"])
def test_a_family_is_no_plugin_itself(name):
    with pytest.raises(InputError, match="unknown backbone plugin"):
        plugins.find("backbones", name)


@pytest.mark.parametrize("name", ["timm:*", "torchvision:*", "python:*"])
def test_built_in_families_are_announced(name):
    assert name in plugins.names("backbones")

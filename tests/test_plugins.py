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
    with pytest.raises(InputError, match=r"unknown task plugin 'segmentaton'; did you mean 'segmentation'\?"):
        plugins.find("tasks", "segmentaton")


def test_a_broken_plugin_is_named_with_its_distribution(monkeypatch):
    import entrypoints

    broken = entrypoints.EntryPoint(
        "broken", "no_such_module_anywhere", "Thing", distro=entrypoints.Distribution("other", "1.0")
    )
    monkeypatch.setattr(plugins, "_announced", lambda kind: {"broken": broken})
    with pytest.raises(InputError, match="tasks plugin 'broken' of other cannot be loaded: No module named"):
        plugins.find("tasks", "broken")

import sys

import pytest

from stitchkit import plugins
from stitchkit.errors import InputError
from stitchkit.plugins.kinds import KINDS
from stitchkit.samplers import Sampler
from stitchkit.tasks import Task

BUILT_IN = [(kind, name) for kind in KINDS for name in plugins.names(kind)]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name in BUILT_IN if "*" not in name])
def test_every_built_in_plugin_is_in_order(kind, name):
    assert isinstance(plugins.find(kind, name), type)


@pytest.mark.parametrize("name", ["timm:resnet18", "torchvision:resnet18", "timm:vit_tiny_patch16_224"])
def test_members_of_the_built_in_families_are_in_order(name):
    assert plugins.find("backbones", name) is plugins.find("backbones", name)


def test_the_built_in_plugins_are_announced_like_any_other():
    assert {"segmentation", "normals"} <= set(plugins.names("tasks"))
    assert {"nyuv2", "rooms"} <= set(plugins.names("datasets"))
    assert {"timm:*", "torchvision:*", "python:*"} <= set(plugins.names("backbones"))
    assert issubclass(plugins.find("tasks", "segmentation"), Task)


def test_a_misspelt_plugin_names_the_closest():
    with pytest.raises(
        InputError, match=r"unknown task plugin 'segmentaton'; did you mean 'segmentation' or 'detection'\?"
    ):
        plugins.find("tasks", "segmentaton")


def test_a_misspelt_kind_names_the_closest():
    with pytest.raises(InputError, match=r"unknown kind of plugin 'task'; did you mean 'tasks'"):
        plugins.find("task", "segmentation")  # type: ignore[arg-type]


def test_what_is_installed_is_found_and_imported_only_then(lab):
    lab(samplers={"some": "lab:Some"})
    assert "some" in plugins.names("samplers")
    assert "lab" not in sys.modules
    some = plugins.find("samplers", "some")
    assert issubclass(some, Sampler)
    assert some is sys.modules["lab"].Some


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("import no_such_module_anywhere", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
        ("raise ValueError('first line\\nsecond')", "ValueError: first line"),
        ("raise ValueError", "ValueError"),
        ("if", r"SyntaxError: invalid syntax \(lab.py, line 1\)"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("Same = 1", "AttributeError: module 'lab' has no attribute 'Some'"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_named_with_its_distribution(lab, code, cause):
    lab(code, samplers={"some": "lab:Some"})
    with pytest.raises(
        InputError,
        match=f"^sampler plugin 'some' of lab 1.0 cannot be loaded: {cause}; mend or uninstall it$",
    ):
        plugins.find("samplers", "some")


def test_an_entry_point_that_names_nothing_is_named_with_its_distribution(lab):
    lab(samplers={"some": "no module:at all"})
    with pytest.raises(
        InputError, match=r"^sampler plugin 'some' of lab 1.0 cannot be loaded: BadEntryPoint: "
    ):
        plugins.find("samplers", "some")


def test_a_plugin_is_checked_when_it_is_found(lab):
    lab(samplers={"some": "lab:Sampler"}, units={"some": "lab:Some"})
    assert plugins.find("samplers", "some") is Sampler
    with pytest.raises(
        InputError, match=r"^unit plugin 'some' of lab 1.0: Some must be derived from stitchkit.units.Unit$"
    ):
        plugins.find("units", "some")


def test_a_name_of_two_distributions_is_an_error_for_that_name_alone(lab, rival):
    lab(samplers={"some": "lab:Some", "other": "lab:Some"})
    rival(samplers={"some": "lab:Sampler"})
    with pytest.raises(
        InputError,
        match=r"^sampler plugin 'some' is announced by rival 2.0 and lab 1.0; uninstall all but one of them$",
    ):
        plugins.find("samplers", "some")
    assert plugins.find("samplers", "other").__name__ == "Some"


def test_the_same_name_of_two_kinds_is_no_conflict(lab):
    lab(
        "from stitchkit.samplers import Sampler as A\nfrom stitchkit.units import CrossStitch as B",
        samplers={"same": "lab:A"},
        units={"same": "lab:B"},
    )
    assert plugins.find("samplers", "same") is Sampler
    assert plugins.find("units", "same") is plugins.find("units", "cross_stitch")


FAMILY = """
    from stitchkit.errors import InputError
    from stitchkit.samplers import Sampler

    class Family:
        @classmethod
        def of(cls, name):
            if name == "wrong":
                return Family
            if name == "broken":
                return {}["key"]
            if name != "net":
                raise InputError(f"unknown member {name!r}")
            return Sampler

    class Own(Sampler):
        pass
    """


@pytest.fixture
def family(lab):
    lab(FAMILY, samplers={"lab:*": "lab:Family", "lab:own": "lab:Own"})


@pytest.mark.usefixtures("family")
def test_a_family_answers_for_names_that_are_not_announced_alone():
    assert {"lab:*", "lab:own"} <= set(plugins.names("samplers"))
    assert plugins.find("samplers", "lab:net") is Sampler
    assert plugins.find("samplers", "lab:own").__name__ == "Own"


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lab:nets", "unknown member 'nets'"),
        ("lab:wrong", r"sampler plugin 'lab:wrong' of lab 1.0: Family must be derived from \S+Sampler"),
        (
            "lab:broken",
            r"sampler plugin 'lab:\*' of lab 1.0 cannot give 'broken': KeyError: 'key'; mend or uninstall it",
        ),
    ],
)
def test_what_a_family_cannot_give_is_said(name, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        plugins.find("samplers", name)


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("name", ["lab:*", "lab:", "lab", "bal:net"])
def test_a_family_is_no_plugin_itself(name):
    with pytest.raises(InputError, match="unknown sampler plugin"):
        plugins.find("samplers", name)


def test_names_that_name_code():
    assert plugins.names_code("python:lab.net")
    assert not plugins.names_code("timm:resnet18")

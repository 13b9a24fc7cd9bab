import pytest
from toys import Brightness, Squares, Tiny

import stitchkit as sk
from stitchkit import plugins
from stitchkit.errors import InputError
from stitchkit.methods.constant import Constant
from stitchkit.samplers import Sampler
from stitchkit.units import CrossStitch


class Some(Sampler):
    """Some of the pixels."""


@pytest.mark.parametrize(
    ("decorator", "kind", "cls"),
    [
        (sk.task, "tasks", Brightness),
        (sk.dataset, "datasets", Squares),
        (sk.sampler, "samplers", Some),
        (sk.unit, "units", CrossStitch),
        (sk.backbone, "backbones", Tiny),
        (sk.method, "methods", Constant),
        (sk.proposal, "proposals", plugins.find("proposals", "windows")),
    ],
)
def test_a_decorated_class_is_found_and_unchanged(decorator, kind, cls):
    assert decorator("lab:mine")(cls) is cls
    assert plugins.find(kind, "lab:mine") is cls
    assert "lab:mine" in plugins.names(kind)


def test_a_class_defined_anew_takes_the_place_of_the_older_one():
    def cell() -> type[Sampler]:
        @sk.sampler("some")
        class Some(Sampler):
            pass

        return Some

    first, second = cell(), cell()
    assert first is not second
    assert plugins.find("samplers", "some") is second


def test_another_class_cannot_take_a_name():
    sk.sampler("some")(Some)
    with pytest.raises(
        InputError,
        match=r"^sampler plugin 'some' is Some of \S+test_decorators.py already; "
        r"give Sampler of \S+samplers.py another name$",
    ):
        sk.sampler("some")(Sampler)
    assert plugins.find("samplers", "some") is Some


def test_an_installed_plugins_name_is_taken_and_its_distribution_named():
    with pytest.raises(
        InputError,
        match=r"^sampler plugin 'whole_images' is stitchkit.samplers:WholeImages of stitchkit \S+ already; "
        r"give Some of \S+test_decorators.py another name$",
    ):
        sk.sampler("whole_images")(Some)
    assert plugins.find("samplers", "whole_images") is not Some


BOTH = """
    import stitchkit as sk
    from stitchkit.samplers import Sampler

    class Other(Sampler):
        pass

    @sk.sampler("some")
    class Some(Sampler):
        pass
    """


def test_a_plugin_may_be_announced_and_decorated(lab):
    lab(BOTH, samplers={"some": "lab:Some"})
    some = plugins.find("samplers", "some")
    assert some.__name__ == "Some"
    assert plugins.find("samplers", "some") is some
    assert plugins.names("samplers").count("some") == 1


def test_a_package_that_means_two_classes_by_a_name_is_an_error(lab):
    lab(BOTH, samplers={"some": "lab:Other"})
    with pytest.raises(
        InputError, match=r"^sampler plugin 'some' is lab:Other of lab 1.0 already; give Some of \S+lab.py"
    ):
        plugins.find("samplers", "some")


def test_a_class_is_checked_when_it_is_registered():
    with pytest.raises(
        InputError,
        match=r"^unit plugin 'some' of \S+test_decorators.py: Some must be derived from \S+Unit$",
    ):
        sk.unit("some")(Some)
    assert "some" not in plugins.names("units")


@pytest.mark.parametrize("name", ["", "two words", "a:b:c", ":a", "a:", "*", "a/b", "-a"])
def test_a_name_that_cannot_be_one_is_refused(name):
    with pytest.raises(InputError, match=r'^@sampler\("name"\) takes a name of letters') as caught:
        sk.sampler(name)
    assert repr(name) in str(caught.value)


def test_a_decorator_without_a_name_is_refused():
    with pytest.raises(InputError, match=r"but got type; write one in brackets above the class"):

        @sk.sampler  # type: ignore[arg-type]
        class Nameless(Sampler):
            pass


def test_a_family_can_be_registered():
    @sk.sampler("lab:*")
    class Family:
        @staticmethod
        def of(name: str) -> type[Sampler]:
            return Some

    assert plugins.find("samplers", "lab:anything") is Some

import subprocess
import sys

import pytest

import stitchkit as sk
from stitchkit import plugins
from stitchkit.errors import InputError
from stitchkit.plugins import Plugin
from stitchkit.samplers import Sampler


def of_lab(found: list[Plugin]) -> list[Plugin]:
    return [plugin for plugin in found if plugin.distribution in ("lab", "rival")]


def test_without_details_nothing_is_imported():
    code = (
        "import sys; from stitchkit.plugins import announced, names\n"
        "assert ('units', 'cross_stitch') in {(p.kind, p.name) for p in announced()}\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_details_are_the_first_line_of_the_docstring(lab):
    lab(samplers={"some": "lab:Some", "plain": "lab:Plain"})
    with open(sys.path[0] + "/lab.py", "a") as file:
        file.write("\nclass Plain(Sampler):\n    pass\n")
    assert of_lab(plugins.announced("samplers", details=True)) == [
        Plugin("samplers", "plain", "lab", "1.0"),
        Plugin("samplers", "some", "lab", "1.0", summary="Some of the pixels."),
    ]


def test_a_broken_plugin_is_listed_with_its_cause_and_stops_no_other(lab):
    lab(samplers={"some": "lab:Some", "broken": "nowhere:Some"}, units={"wrong": "lab:Some"})
    found = plugins.announced(details=True)
    assert [(plugin.name, plugin.status) for plugin in of_lab(found)] == [
        (
            "broken",
            "broken: sampler plugin 'broken' of lab 1.0 cannot be loaded: "
            "ModuleNotFoundError: No module named 'nowhere'; mend or uninstall it",
        ),
        ("some", ""),
        ("wrong", "broken: unit plugin 'wrong' of lab 1.0: Some must be derived from stitchkit.units.Unit"),
    ]
    assert all(plugin.summary and not plugin.status for plugin in found if plugin.distribution == "stitchkit")


def test_a_name_of_two_distributions_is_listed_for_both(lab, rival):
    lab(samplers={"some": "lab:Some"})
    rival(samplers={"some": "lab:Sampler"})
    both = of_lab(plugins.announced("samplers", details=True))
    assert [(plugin.distribution, plugin.version) for plugin in both] == [("rival", "2.0"), ("lab", "1.0")]
    assert {plugin.status for plugin in both} == {
        "broken: sampler plugin 'some' is announced by rival 2.0 and lab 1.0; uninstall all but one of them"
    }


def test_what_is_registered_here_is_listed_with_its_file():
    @sk.sampler("some")
    class Some(Sampler):
        """Some."""

    assert Plugin("samplers", "some", __file__, "", summary="Some.") in plugins.announced(
        "samplers", details=True
    )


def test_one_kind_alone_or_an_error():
    assert {plugin.kind for plugin in plugins.announced("units")} == {"units"}
    with pytest.raises(InputError, match="unknown kind of plugin 'unit'; did you mean 'units'"):
        plugins.announced("unit")  # type: ignore[arg-type]

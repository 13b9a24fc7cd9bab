import re
import sys

import pytest
from distributions import install

from stitchkit.errors import InputError
from stitchkit.skeletons import Kind
from stitchkit.skeletons.names import Names


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("roughness", ("roughness", "roughness", "roughness", "Roughness")),
        ("Street_Scenes", ("street-scenes", "street_scenes", "street_scenes", "StreetScenes")),
        ("lab.net--2d", ("lab-net-2d", "lab_net_2d", "lab_net_2d", "LabNet2d")),
        ("stitchkit-gate", ("stitchkit-gate", "stitchkit_gate", "gate", "Gate")),
    ],
)
def test_names_follow_from_that_of_the_distribution(name, names):
    assert Names.of(name) == Names(*names)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("my plugin", "my-plugin"),
        ("3d-rooms", "d-rooms"),
        ("../up", "up"),
        ("gate-", "gate"),
        ("über", "ber"),
        ("", "street-scenes"),
        ("line\n", "line"),
    ],
)
def test_what_no_distribution_can_be_called_is_refused_with_a_near_name(name, near):
    with pytest.raises(InputError, match=f"{re.escape(repr(name))}; try '{near}'"):
        Names.of(name)


@pytest.mark.parametrize("name", ["class", "None", "true", "tests", "stitchkit-3d", "stitchkit-import"])
def test_what_python_cannot_call_so_is_refused(name):
    with pytest.raises(InputError, match="a name in the plugin's code, which cannot be"):
        Names.of(name)


def test_a_name_is_free_of_one_kind_where_a_plugin_of_another_kind_has_it(tmp_path, monkeypatch):
    install(tmp_path, "lab", "0.3", units={"gated": "elsewhere:Gated"})
    monkeypatch.syspath_prepend(tmp_path)
    Names.of("gated").check_free(Kind.task)
    with pytest.raises(InputError, match=r"unit plugin 'gated' is of lab 0\.3 already; choose another name"):
        Names.of("gated").check_free(Kind.unit)


def test_a_package_is_not_shadowed_and_not_imported(tmp_path, monkeypatch):
    (tmp_path / "somebody_s.py").write_text("raise SystemExit\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"package 'somebody_s' is installed.*'my-somebody-s'"):
        Names.of("somebody-s").check_free(Kind.method)
    assert "somebody_s" not in sys.modules

import subprocess
import sys

import pytest

import stitchkit


def test_importing_loads_no_torch() -> None:
    code = "import stitchkit, sys; stitchkit.__version__; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_public_names_are_there() -> None:
    assert set(stitchkit.__all__) <= set(dir(stitchkit))
    for name in stitchkit.__all__:
        assert getattr(stitchkit, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'stich'"):
        stitchkit.stich  # noqa: B018

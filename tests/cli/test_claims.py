"""All figures are invented."""

import json
import subprocess
import sys

import pytest
from invented_studies import invent, write

from stitchkit.claims import CLAIMS

ROWS = {"one_task": 0.0, "cross_stitch": 0.9}


@pytest.fixture
def runs(tmp_path):
    write(invent(tmp_path, ROWS, profile="small"))
    write(invent(tmp_path, {"one_task": 0.0, "cross_stitch": -0.9}, profile="sample"))
    return tmp_path


def test_claims_prints_a_table_and_succeeds_whatever_the_verdicts(stitchkit_command, runs):
    code, output, errors = stitchkit_command("claims", runs / "table5_nyu" / "sample")
    assert (code, errors) == (0, "")
    assert "0 hold, 2 do not hold, 18 cannot be told." in output


def test_claims_of_all_profiles_and_of_one(stitchkit_command, runs):
    _, output, _ = stitchkit_command("claims", runs)
    assert "sample: 0 hold, 2 do not hold" in output
    assert "small: 2 hold, 0 do not hold" in output
    _, output, _ = stitchkit_command("claims", runs, "--profile", "small")
    assert "2 hold, 0 do not hold" in output
    assert "sample" not in output


def test_claims_as_json_has_an_object_for_each_claim_and_profile(stitchkit_command, runs):
    code, output, _ = stitchkit_command("claims", runs, "--json")
    found = json.loads(output)
    assert code == 0
    assert [(one["profile"], one["claim"]) for one in found] == [
        (profile, claim.name) for profile in ("sample", "small") for claim in CLAIMS
    ]
    assert [one["verdict"] for one in found[:2]] == ["does not hold"] * 2


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--profile", "smal"], "unknown profile 'smal'; did you mean 'small'"), ([], "holds no results.json")],
)
def test_claims_says_in_one_line_what_is_to_be_mended(stitchkit_command, runs, words, message):
    folder = runs if words else runs / "nowhere"
    code, output, errors = stitchkit_command("claims", folder, *words)
    assert (code, output) == (2, "")
    (line,) = errors.splitlines()
    assert line.startswith(f"stitchkit: {folder}")
    assert message in line


def test_claims_imports_neither_torch_nor_matplotlib(runs):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from stitchkit.cli.claims import claims\n"
        f"claims(Path({str(runs)!r}))\n"
        "print({'torch', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"

import json
from pathlib import Path

import pytest
from invented_studies import invent

from stitchkit.claims import CLAIMS, as_object, caveats, hold, listing
from stitchkit.claims.alphas import SIMILAR
from stitchkit.claims.compare import SEEDS, SEEDS_ALONE
from stitchkit.claims.wording import count

PAGE = (Path(__file__).parents[2] / "docs" / "claims.md").read_text(encoding="utf-8")
ROWS = {"one_task": 0.0, "cross_stitch": 0.9}


def test_the_document_lists_the_claims_as_the_code_has_them():
    assert PAGE.endswith(f"\n\n{listing()}\n")


def test_the_document_names_the_rules_numbers():
    assert (SEEDS, SEEDS_ALONE, SIMILAR) == (2, 3, 0.2)
    assert "two seeds" in PAGE
    assert "three seeds" in PAGE
    assert "at most 0.2" in PAGE


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_texts_are_whole_sentences(claim):
    for text in (claim.statement, claim.criterion):
        assert text[0].isupper()
        assert text.endswith(".")
        assert "  " not in text
    assert not claim.paper.endswith(".")


def test_the_count_of_verdicts_reads_as_a_sentence(tmp_path):
    studies = [invent(tmp_path, ROWS)]
    judged = [hold(claim, studies, "default") for claim in CLAIMS]
    assert count(judged) == "2 hold, 0 do not hold, 18 cannot be told"
    assert count(judged[:1]) == "1 holds, 0 do not hold, 0 cannot be told"


def test_caveats_tell_of_data_once_and_of_changed_recipes(tmp_path):
    studies = [
        invent(tmp_path, ROWS, recipe="a", overrides=["training.lr=0.1"]),
        invent(tmp_path, ROWS, recipe="b"),
    ]
    lines = caveats(studies)
    assert [line for line in lines if line.startswith("Data of ")] == [
        "Data of a, b: invented (fingerprint 0123456789ab), 5 test frames. Nobody measured anything."
    ]
    assert lines[-1] == "a was run with training.lr=0.1"


def test_objects_are_plain_data_with_every_finding(tmp_path):
    study = invent(tmp_path, ROWS)
    plain = json.loads(json.dumps(as_object(hold(CLAIMS[1], [study], "default"))))
    assert plain["claim"] == "T5_cs_beats_onetask_seg"
    assert plain["verdict"] == "holds"
    assert plain["studies"] == [study.folder.as_posix()]
    assert plain["findings"][1] == {
        "subject": "Cross stitch against One task",
        "text": "mIU +0.90 [+0.80, +1.00]",
        "holds": True,
        "doubt": "",
        "aside": False,
    }

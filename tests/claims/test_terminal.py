import io

from invented_studies import invent
from rich.console import Console

from stitchkit.claims import CLAIMS, hold, print_claims

ROWS = {"one_task": 0.0, "cross_stitch": 0.9}


def printed(profiles, encoding="utf-8", width=80):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_claims(profiles, Console(file=stream, width=width))
    stream.seek(0)
    return stream.read()


def judged(studies, profile="default"):
    return [hold(claim, studies, profile) for claim in CLAIMS]


def test_eighty_columns_hold_every_claim_as_plain_text(tmp_path):
    text = printed({"default": judged([invent(tmp_path, ROWS)])})
    lines = text.splitlines()
    assert max(len(line) for line in lines if not line.startswith("  stitchkit run")) <= 80
    assert "\x1b" not in text
    for claim in CLAIMS:
        (line,) = [line for line in lines if line.startswith(f"{claim.name} ")]
        assert line.split()[1] in ("holds", "cannot")
    assert "2 hold, 0 do not hold, 18 cannot be told." in text
    assert "Nobody measured anything." in " ".join(text.split())


def test_commands_stand_whole_below_with_the_claims_they_are_for(tmp_path):
    longest = "training." + "x" * 100 + "=1"
    study = invent(tmp_path, ROWS, seeds=[0], overrides=[longest])
    lines = printed({"default": judged([study])}).splitlines()
    start = lines.index(f"  stitchkit run recipes/paper/table5_nyu.yaml {longest} 'seeds=[0,1,2]'")
    assert lines[start - 1] == "To tell more, run:"
    assert lines[start + 1].split() == ["for", "T5_cs_beats_onetask_sn,", "T5_cs_beats_onetask_seg"]
    assert "  stitchkit run recipes/paper/table2_lr_scale.yaml" in lines


def test_several_profiles_have_a_column_each(tmp_path):
    good = invent(tmp_path, ROWS)
    bad = invent(tmp_path, {"one_task": 0.0, "cross_stitch": -0.9}, profile="small")
    text = printed({"default": judged([good]), "small": judged([bad], "small")})
    line = next(line for line in text.splitlines() if line.startswith("T5_cs_beats_onetask_sn "))
    assert line.split() == ["T5_cs_beats_onetask_sn", "holds", "does", "not", "hold"]
    assert "small: 0 hold, 2 do not hold, 18 cannot be told." in text
    assert "add --profile with one of default, small" in text


def test_a_study_that_is_not_the_claims_own_is_said_to_be_none(tmp_path):
    text = " ".join(printed({"default": judged([invent(tmp_path, ROWS, recipe="nyu_alexnet")])}).split())
    assert "Study: nyu_alexnet, in place of the claim's own" in text


def test_old_code_pages_get_question_marks(tmp_path):
    text = printed({"default": judged([invent(tmp_path, ROWS)])}, encoding="cp437")
    assert "mean ?0.90°" in text

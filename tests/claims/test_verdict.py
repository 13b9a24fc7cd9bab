from itertools import permutations

import pytest

from stitchkit.claims import Finding, Outcome, verdict

YES = Finding("A against B", "mIU +1.00 [+0.50, +1.50]", True)
MORE = Finding("A against B", "mean −1.00°", True)
NO = Finding("A against C", "mIU −1.00", False)
OPEN = Finding("A against D", "mIU +0.10 [−0.50, +0.70]", None, "the interval includes zero")


@pytest.mark.parametrize(
    ("findings", "outcome", "why"),
    [
        ([YES, MORE], Outcome.HOLDS, "2 of 2 borne out: A against B: mIU +1.00 [+0.50, +1.50], mean −1.00°"),
        ([YES], Outcome.HOLDS, "A against B: mIU +1.00 [+0.50, +1.50]"),
        ([YES, OPEN, NO], Outcome.DOES_NOT_HOLD, "1 of 3 contradicted: A against C: mIU −1.00"),
        (
            [YES, OPEN],
            Outcome.CANNOT_TELL,
            "1 of 2 borne out; the interval includes zero (A against D: mIU +0.10 [−0.50, +0.70])",
        ),
    ],
)
def test_a_verdict_is_all_any_or_open_and_says_why(findings, outcome, why):
    found = verdict(findings)
    assert (found.outcome, found.why) == (outcome, why)
    assert found.findings == tuple(findings)


def test_the_order_of_findings_changes_no_outcome():
    assert {verdict(order).outcome for order in permutations([YES, NO, OPEN])} == {Outcome.DOES_NOT_HOLD}


def test_what_is_said_beside_a_claim_has_no_say_in_it():
    aside = Finding("A against E", "mIU −1.00", False, aside=True)
    found = verdict([YES, aside, Finding("A against E", "mean −1.00°", True, aside=True)])
    assert found.outcome is Outcome.HOLDS
    assert "Beside" not in verdict([NO, aside]).why
    assert found.why.endswith(". Beside the claim, A against E: better in 1 of 2 figures, worse in 1")


def test_a_sentence_lists_eight_findings_and_counts_the_rest():
    why = verdict([YES] * 28).why
    assert why.count("mIU") == 8
    assert why.endswith("; and 20 more")

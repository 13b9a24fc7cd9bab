"""What a claim comes to: findings, and the verdict that they add up to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_LISTED = 8  # findings that a sentence can carry

ONE_SEED = "one seed cannot speak for others"
FEW_SEEDS = "without an interval over test images it takes 3 seeds"
NO_INTERVAL = "no interval over test images"
HAS_ZERO = "the interval includes zero"
DISAGREE = "the seeds disagree"
DIVERGED = "training diverged in some seeds only"
NO_FIGURE = "the rows have no figure in common"


class Outcome(StrEnum):
    """What can be said of a claim."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Finding:
    """One of the statements that a claim consists of.

    Attributes:
        subject: What it is about: "Cross-stitch against One-task"; a sentence lists those of one together.
        text: The figures: "mIU +0.90 [0.31, 1.52]".
        holds: None where it cannot be told.
        doubt: Why it cannot be told; empty otherwise.
        aside: Whether it has no say in the verdict, and is told beside a claim that holds.
    """

    subject: str
    text: str
    holds: bool | None
    doubt: str = ""
    aside: bool = False


@dataclass(frozen=True)
class Verdict:
    """What the findings add up to, and why in one sentence."""

    outcome: Outcome
    why: str
    findings: tuple[Finding, ...] = ()


def verdict(findings: Sequence[Finding]) -> Verdict:
    """A claim holds if every finding holds, and does not if any is certainly the other way round.

    Otherwise it cannot be told: what is not certain is not evidence against a claim.
    """
    own = [finding for finding in findings if not finding.aside]
    hold = [finding for finding in own if finding.holds]
    against = [finding for finding in own if finding.holds is False]
    doubtful = [finding for finding in own if finding.holds is None]
    if against:
        outcome, why = Outcome.DOES_NOT_HOLD, _counted(against, own, "contradicted: ") + _listed(against)
    elif doubtful:
        outcome, why = Outcome.CANNOT_TELL, _counted(hold, own, "borne out; ") + _by_doubt(doubtful)
    else:
        outcome = Outcome.HOLDS
        why = _counted(hold, own, "borne out: ") + _listed(hold) + _asides(findings)
    return Verdict(outcome, why, tuple(findings))


def _counted(some: Sequence[Finding], of: Sequence[Finding], words: str) -> str:
    return f"{len(some)} of {len(of)} {words}" if len(of) > 1 else ""


def _listed(findings: Sequence[Finding]) -> str:
    groups = _grouped(findings[:MOST_LISTED], lambda finding: finding.subject)
    parts = [f"{subject}: {', '.join(f.text for f in group)}" for subject, group in groups.items()]
    more = len(findings) - MOST_LISTED
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")


def _by_doubt(findings: Sequence[Finding]) -> str:
    groups = _grouped(findings, lambda finding: finding.doubt)
    return "; ".join(f"{doubt} ({_listed(group)})" for doubt, group in groups.items())


def _asides(findings: Sequence[Finding]) -> str:
    groups = _grouped((finding for finding in findings if finding.aside), lambda finding: finding.subject)
    return "".join(
        f". Beside the claim, {subject}: better in {sum(f.holds is True for f in group)} of {len(group)} "
        f"figures, worse in {sum(f.holds is False for f in group)}"
        for subject, group in groups.items()
    )


def _grouped(findings: Iterable[Finding], by: Callable[[Finding], str]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(by(finding), []).append(finding)
    return groups

"""Claims and verdicts in words: for a terminal, for programs and for the documents."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from stitchkit.claims.hold import Judged
from stitchkit.claims.paper import CLAIMS, Claim
from stitchkit.claims.study import Study
from stitchkit.claims.verdict import Outcome


def count(judged: Sequence[Judged]) -> str:
    """How many claims hold, do not hold and cannot be told: "3 hold, 1 does not hold, 16 cannot be told"."""
    found = Counter(one.verdict.outcome for one in judged)
    hold, not_hold, open_ = (found[outcome] for outcome in Outcome)
    verbs = "holds" if hold == 1 else "hold", "does" if not_hold == 1 else "do"
    return f"{hold} {verbs[0]}, {not_hold} {verbs[1]} not hold, {open_} cannot be told"


def caveats(studies: Sequence[Study]) -> list[str]:
    """What a reader must know beside the verdicts: the rule, the data and their limits, changed recipes."""
    lines = [
        "A claim holds, or does not, where 95 % intervals over test images and all seeds (2 or more) say so; "
        "docs/claims.md has each rule. Figures are differences, of percentages in points.",
        "A verdict speaks for the data, networks and schedules of these studies, not for the paper's own.",
    ]
    data: dict[str, list[str]] = {}
    for results in (study.results for study in studies):
        name, fingerprint, frames = results.data.name, results.data.fingerprint, results.data.test_frames
        line = f"{name} (fingerprint {fingerprint[:12]}), {frames} test frames. {results.data.limits}"
        data.setdefault(line.strip(), []).append(results.recipe)
    lines += [f"Data of {', '.join(dict.fromkeys(names))}: {line}" for line, names in data.items()]
    return lines + [
        f"{study.results.recipe} was run with {' '.join(study.results.overrides)}"
        for study in studies
        if study.results.overrides
    ]


def as_object(judged: Judged) -> dict[str, Any]:
    """Plain data, for programs."""
    claim = judged.claim
    return {
        "profile": judged.profile,
        "claim": claim.name,
        "where": claim.where,
        "statement": claim.statement,
        "paper": claim.paper,
        "criterion": claim.criterion,
        "verdict": judged.verdict.outcome.value,
        "why": judged.verdict.why,
        "findings": [asdict(finding) for finding in judged.verdict.findings],
        "studies": [study.folder.as_posix() for study in judged.studies],
        "commands": list(judged.commands),
    }


def listing() -> str:
    """All claims in Markdown, as docs/claims.md has them."""
    return "\n\n".join(map(_entry, CLAIMS))


def _entry(claim: Claim) -> str:
    lines = [f"### {claim.name}", "", f"{claim.statement} ({claim.where})", ""]
    lines += [f"- The paper: {claim.paper}."] if claim.paper else []
    lines += [f"- Holds if: {claim.criterion}"]
    lines += [f"- Recipe: {', '.join(f'`recipes/paper/{name}.yaml`' for name in claim.recipes)}"]
    return "\n".join(lines)

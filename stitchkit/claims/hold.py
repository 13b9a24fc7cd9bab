"""Claims held against studies: which study answers a claim, and what to run where none does."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from stitchkit.claims.compare import SEEDS_ALONE
from stitchkit.claims.paper import CLAIMS, Claim
from stitchkit.claims.study import Missing, Study
from stitchkit.claims.verdict import FEW_SEEDS, NO_INTERVAL, ONE_SEED, Outcome, Verdict, verdict

_OWN = {recipe for claim in CLAIMS for recipe in claim.recipes}


@dataclass(frozen=True)
class Judged:
    """A claim and what the studies of one profile say of it.

    Attributes:
        claim: What is claimed.
        profile: Of the studies.
        verdict: What they say.
        studies: Those that it was judged on; none where something was missing.
        commands: That would answer it, or answer it better.
    """

    claim: Claim
    profile: str
    verdict: Verdict
    studies: tuple[Study, ...] = ()
    commands: tuple[str, ...] = ()


def hold(claim: Claim, studies: Sequence[Study], profile: str) -> Judged:
    """Judge a claim on the studies of its own recipes, else on others that have what it needs.

    Args:
        claim: What is claimed.
        studies: All of one profile.
        profile: Its name.
    """
    missing: list[tuple[Study, ...]] = []
    why = ""
    for chosen in product(*(_by_preference(recipe, studies) for recipe in claim.recipes)):
        try:
            found = verdict(claim.judge(*chosen))
        except Missing as lack:
            why = why or _lacks(claim, chosen, lack)
            missing.append(chosen)
        else:
            return Judged(claim, profile, found, chosen, _commands_for_more(found, chosen))
    there = {study.results.recipe for study in studies}
    absent = [recipe for recipe in claim.recipes if recipe not in there]
    if absent:
        others = ", and no other study has what it needs" if studies else ""
        why = f"there is no study of {' and '.join(absent)}{others}"
    commands = tuple(_command(f"recipes/paper/{recipe}.yaml", profile) for recipe in absent or claim.recipes)
    return Judged(claim, profile, Verdict(Outcome.CANNOT_TELL, why), commands=commands)


def _by_preference(recipe: str, studies: Sequence[Study]) -> list[Study]:
    """The study of the recipe first, then those of the paper's other recipes, then the rest, by name."""

    def rank(study: Study) -> tuple[bool, bool, str]:
        name = study.results.recipe
        return name != recipe, name not in _OWN, name

    return sorted(studies, key=rank)


def _lacks(claim: Claim, chosen: Sequence[Study], lack: Missing) -> str:
    return f"the study of {' and '.join(study.results.recipe for study in chosen)} does not answer: {lack}"


def _commands_for_more(found: Verdict, studies: Sequence[Study]) -> tuple[str, ...]:
    """What would settle a claim that more seeds or intervals could settle."""
    doubts = {finding.doubt for finding in found.findings if not finding.aside}
    if found.outcome is not Outcome.CANNOT_TELL or not doubts & {ONE_SEED, FEW_SEEDS, NO_INTERVAL}:
        return ()
    commands = []
    for results in (study.results for study in studies):
        more = [seed for seed in range(SEEDS_ALONE) if seed not in results.seeds]
        seeds = [*results.seeds, *more][: max(SEEDS_ALONE, len(results.seeds))]
        words = [word for word in results.overrides if not word.startswith("seeds=")]
        words += [] if results.seeds == seeds else [f"seeds={seeds}".replace(" ", "")]
        words += [] if results.resamples else ["evaluation.resamples=1000"]
        if words != results.overrides:
            commands.append(_command(results.path or f"{results.recipe}.yaml", results.profile, words))
    return tuple(commands)


def _command(recipe: str, profile: str, words: Sequence[str] = ()) -> str:
    options = [] if profile == "default" else ["--profile", profile]
    return shlex.join(["stitchkit", "run", recipe, *options, *words])

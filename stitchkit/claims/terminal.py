"""Verdicts in a terminal, and as plain text in a file or a pipe."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stitchkit.claims.hold import Judged
from stitchkit.claims.paper import CLAIMS
from stitchkit.claims.verdict import Outcome
from stitchkit.claims.wording import caveats, count

STYLES = {Outcome.HOLDS: "bold green", Outcome.DOES_NOT_HOLD: "bold red", Outcome.CANNOT_TELL: "dim"}


def print_claims(profiles: Mapping[str, Sequence[Judged]], console: Console) -> None:
    """Print every claim with its verdict and why; of several profiles, a column of verdicts for each."""
    if len(profiles) == 1:
        (judged,) = profiles.values()
        console.print(_reasons(judged, console))
        studies = {study.folder: study for one in judged for study in one.studies}
        lines = [f"{count(judged)}.", *caveats(list(studies.values()))]
    else:
        console.print(_overview(profiles))
        lines = [f"{profile}: {count(of_profile)}." for profile, of_profile in profiles.items()]
        lines.append(f"For the reasons, add --profile with one of {', '.join(profiles)}.")
    for line in lines:
        console.print()
        console.print(_text(line, console))
    if len(profiles) == 1:
        _print_commands(judged, console)


def _print_commands(judged: Sequence[Judged], console: Console) -> None:
    """What would tell more, each command on a line of its own, so that it can be copied."""
    claims: dict[str, list[str]] = {}
    for one in judged:
        for command in one.commands:
            claims.setdefault(command, []).append(one.claim.name)
    if claims:
        console.print()
        console.print("To tell more, run:")
    for command, names in claims.items():
        console.print(_text(f"  {command}", console, "cyan"), soft_wrap=True)
        console.print(Padding(_text(f"for {', '.join(names)}", console, "dim"), (0, 0, 0, 6)))


def _reasons(judged: Sequence[Judged], console: Console) -> Table:
    table = _table("Claim", "Verdict", "Why", gap=1)
    for one in judged:
        name = _text(f"{one.claim.name}\n", console) + _text(one.claim.where, console, "dim")
        table.add_row(name, _outcome(one), _why(one, console))
    return table


def _overview(profiles: Mapping[str, Sequence[Judged]]) -> Table:
    table = _table("Claim", *profiles)
    for place, claim in enumerate(CLAIMS):
        table.add_row(claim.name, *(_outcome(judged[place]) for judged in profiles.values()))
    return table


def _why(judged: Judged, console: Console) -> Text:
    why = judged.verdict.why
    lines = [
        _text(judged.claim.statement, console, "italic"),
        _text(f"{why[:1].upper()}{why[1:]}.", console),
    ]
    answered = tuple(study.results.recipe for study in judged.studies)
    if answered:
        another = "" if answered == judged.claim.recipes else ", in place of the claim's own"
        lines.append(_text(f"Study: {', '.join(answered)}{another}", console, "dim"))
    return Text("\n").join(lines)


def _outcome(judged: Judged) -> Text:
    return Text(judged.verdict.outcome.value, STYLES[judged.verdict.outcome])


def _table(*headings: str, gap: int = 0) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, leading=gap)
    for heading in headings:
        table.add_column(heading, no_wrap=heading in ("Claim", "Verdict"), overflow="fold")
    return table


def _text(text: str, console: Console, style: str = "") -> Text:
    """The text with ``?`` for what the stream's encoding lacks, as minus signs in old code pages."""
    return Text(text.encode(console.encoding, "replace").decode(console.encoding), style)
